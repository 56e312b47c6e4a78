/** What can be said of a record's bytes: as far as they decode, and the bytes themselves. */
import { BodyError, createQuoteDecoder } from '../../core/codec.ts';
import { TickerlakeError } from '../../core/errors.ts';
import type { Quote } from '../../core/quote.ts';
import { FramingError, frameBody, frameSchemaVersionId } from '../../core/wire.ts';

/** How far a value decodes: each step is there only if the one before worked. */
export interface DecodedValue {
  readonly schemaVersionId?: string;
  /** Whether the registry has that version. */
  readonly isSchemaKnown?: boolean;
  /** Bytes behind the header, inflated. */
  readonly bodyBytes?: number;
  readonly quote?: Quote;
  /** Why it does not decode further. */
  readonly stoppedBy?: string;
}

/** @param schemas text of the topic's schema versions by id */
export function decodeValue(value: Buffer | null, schemas: ReadonlyMap<string, string>): DecodedValue {
  if (value === null) return { stoppedBy: 'it has no value: a tombstone' };
  let body: Buffer;
  try {
    body = frameBody(value);
  } catch (error) {
    if (error instanceof FramingError) return { stoppedBy: `not in the wire format: ${error.message}` };
    throw error;
  }
  const schemaVersionId = frameSchemaVersionId(value);
  const schema = schemas.get(schemaVersionId);
  const framed = { schemaVersionId, isSchemaKnown: schema !== undefined, bodyBytes: body.length };
  if (schema === undefined) return { ...framed, stoppedBy: 'no version of the topic’s schema has this id' };
  try {
    return { ...framed, quote: createQuoteDecoder(schema)(body) };
  } catch (error) {
    if (error instanceof BodyError) return { ...framed, stoppedBy: `${error.code}: ${error.message}` };
    if (!(error instanceof TickerlakeError)) throw error;
    return { ...framed, stoppedBy: error.message };
  }
}

const ROW_BYTES = 16;
const GROUP_BYTES = 8;

/** Lines of 16 bytes: where, in hexadecimal, as ASCII. */
export function hexDump(bytes: Buffer): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += ROW_BYTES) {
    const row = bytes.subarray(at, at + ROW_BYTES);
    const pairs = [...row].map((byte) => byte.toString(16).padStart(2, '0'));
    const groups = [pairs.slice(0, GROUP_BYTES), pairs.slice(GROUP_BYTES)].map((group) => group.join(' '));
    const text = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
    const hex = groups.join('  ').padEnd(ROW_BYTES * 3);
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex} |${text.join('')}|`);
  }
  return lines;
}
