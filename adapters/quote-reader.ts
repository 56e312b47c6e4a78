/** Reads delivered records as the lake does: by their schema versions, and by its rules, so that both keep the same ones. */
import { createQuoteDecoder, type QuoteDecoder } from '../core/codec.ts';
import { type CuratedRow, curate, schemaVersionIdsIn } from '../core/curation.ts';
import { TickerlakeError } from '../core/errors.ts';
import type { DeliveredPartition, DeliveredRecord } from '../core/kafka-event.ts';
import type { RawRecord } from '../core/raw-file.ts';
import type { SchemaVersions } from './schema-registry.ts';

export interface ReadQuote extends CuratedRow {
  readonly record: RawRecord;
}

export interface ReadQuotes {
  /** In the order of their offsets. */
  readonly quotes: readonly ReadQuote[];
  /** Records that the lake quarantines: none of them is a quote. */
  readonly unreadable: number;
}

export interface QuoteReaderOptions {
  /** First day of the lake, epoch ms. */
  readonly lakeStartMs: number;
  /** The topic that theirs is derived from; every quote then has its `source`. @default - theirs is not derived */
  readonly derivedFrom?: string;
}

export class QuoteReader {
  readonly #schemas: SchemaVersions;
  readonly #options: QuoteReaderOptions;
  /** Undefined of a version that the current schema cannot read. */
  readonly #decoders = new Map<string, QuoteDecoder | undefined>();

  constructor(schemas: SchemaVersions, options: QuoteReaderOptions) {
    this.#schemas = schemas;
    this.#options = options;
  }

  /** @throws TickerlakeError REGISTRY_UNAVAILABLE */
  async read({ records }: DeliveredPartition): Promise<ReadQuotes> {
    const raw = records.map(withBytes);
    await this.#learn(schemaVersionIdsIn(raw));
    const { lakeStartMs, derivedFrom } = this.#options;
    const decoderOf = (id: string): QuoteDecoder | undefined => this.#decoders.get(id);
    const { days } = curate(raw, { decoderOf, lakeStartMs, sourceTopic: derivedFrom });
    const rows = new Map([...days.values()].flat().map((row) => [row.offset, row]));
    const quotes = raw.flatMap((record) => {
      const row = rows.get(record.offset);
      return row === undefined ? [] : [{ ...row, record }];
    });
    return { quotes, unreadable: raw.length - quotes.length };
  }

  /** Versions are asked for only when a record names one that is not known yet. */
  async #learn(ids: ReadonlySet<string>): Promise<void> {
    if ([...ids].every((id) => this.#decoders.has(id))) return;
    for (const [id, text] of await this.#schemas.load()) {
      if (!this.#decoders.has(id)) this.#decoders.set(id, decoderOrNone(text));
    }
  }
}

function withBytes(record: DeliveredRecord): RawRecord {
  return { ...record, key: bytesOf(record.key), value: bytesOf(record.value) };
}

function bytesOf(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, 'base64');
}

function decoderOrNone(schemaText: string): QuoteDecoder | undefined {
  try {
    return createQuoteDecoder(schemaText);
  } catch (error) {
    if (error instanceof TickerlakeError && error.code === 'SCHEMA_INCOMPATIBLE') return undefined;
    throw error;
  }
}
