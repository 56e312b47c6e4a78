/** Avro bodies of quotes: written by the current schema, read by whatever version wrote them. */
import avsc from 'avsc';
import { TickerlakeError } from './errors.ts';
import type { QualityCode } from './quality.ts';
import { QUOTE_FIELDS, type Quote, quoteAvroSchema } from './quote.ts';

/** Thrown for a body that its schema cannot read to the last byte; the code is the one to quarantine it with. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  readonly code: Extract<QualityCode, 'body_undecodable' | 'body_trailing_bytes'>;

  constructor(code: BodyError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Reads one body. @throws BodyError */
export type QuoteDecoder = (body: Buffer) => Quote;

const READER = parseType(quoteAvroSchema());

/** The current schema as the registry and the catalog hold it: JSON text. */
export const QUOTE_SCHEMA_TEXT = JSON.stringify(quoteAvroSchema());

/** The Avro body of a quote, by the current schema. */
export function encodeQuote(quote: Quote): Buffer {
  return READER.toBuffer(quote);
}

/** Values of some hundred records: a value keeps its block in memory for as long as it is itself kept. */
const BLOCK_BYTES = 65_536;

/**
 * Encodes quotes as the values of Kafka records: the header of their frame, then the Avro body. Each is written in its place
 * in a block of many, so that none is copied. @param header by `frameHeader`, of the current schema's version
 */
export function createValueEncoder(header: Buffer): (quote: Quote) => Buffer {
  let block = Buffer.alloc(0);
  let end = 0;
  /** Where the body ends; below 0 if the block has no room for it, by as much as is missing. */
  const write = (quote: Quote): number =>
    end + header.length > block.length
      ? -BLOCK_BYTES
      : READER.encode(quote, block, end + header.copy(block, end));
  return (quote) => {
    let bodyEnd = write(quote);
    while (bodyEnd < 0) {
      block = Buffer.allocUnsafe(Math.max(BLOCK_BYTES, block.length - end - bodyEnd));
      end = 0;
      bodyEnd = write(quote);
    }
    const value = block.subarray(end, bodyEnd);
    end = bodyEnd;
    return value;
  };
}

/**
 * A decoder for bodies written by a schema version, resolved to the current one (fields unknown to it are dropped,
 * fields that it adds take their default).
 * @throws TickerlakeError SCHEMA_INCOMPATIBLE
 */
export function createQuoteDecoder(writerSchemaText: string): QuoteDecoder {
  let resolver: avsc.Resolver | undefined;
  try {
    const writer = parseType(JSON.parse(writerSchemaText));
    resolver = writer.fingerprint().equals(READER.fingerprint()) ? undefined : READER.createResolver(writer);
  } catch (error) {
    throw new TickerlakeError(
      'SCHEMA_INCOMPATIBLE',
      `the current quote schema cannot read it: ${textOf(error)}`,
      {
        cause: error,
      },
    );
  }
  return (body) => {
    let quote: Quote;
    try {
      quote = READER.fromBuffer(body, resolver) as Quote;
    } catch (error) {
      const message = textOf(error);
      throw new BodyError(message === 'trailing data' ? 'body_trailing_bytes' : 'body_undecodable', message, {
        cause: error,
      });
    }
    const badText = TEXT_FIELDS.find((name) => isDamagedText(quote[name], body));
    if (badText === undefined) return quote;
    throw new BodyError('body_undecodable', `${badText} is not UTF-8`);
  };
}

const TEXT_FIELDS = QUOTE_FIELDS.flatMap((field) => (field.kind === 'string' ? [field.name] : []));

/** Decoding puts U+FFFD in place of bytes that are not UTF-8; whoever wrote one on purpose wrote its own bytes. */
function isDamagedText(text: string | null, body: Buffer): boolean {
  return text?.includes('\uFFFD') === true && !body.includes(Buffer.from(text));
}

function parseType(schema: unknown): avsc.Type {
  return avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: false });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
