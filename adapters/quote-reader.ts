/** Reads delivered records as the lake does: by their schema versions, and by its rules, so that both keep the same ones. */
import { type CuratedRow, curateRecord, DecoderCache, schemaVersionIdsIn } from '../core/curation.ts';
import type { DeliveredPartition, DeliveredRecord } from '../core/kafka-event.ts';
import type { RawRecord } from '../core/raw-file.ts';
import { QuoteDecoders } from './quote-decoders.ts';
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
  readonly #decoders: QuoteDecoders;
  readonly #options: QuoteReaderOptions;

  constructor(schemas: SchemaVersions, options: QuoteReaderOptions) {
    this.#decoders = new QuoteDecoders(schemas);
    this.#options = options;
  }

  /** @throws TickerlakeError REGISTRY_UNAVAILABLE */
  async read({ records }: DeliveredPartition): Promise<ReadQuotes> {
    const raw = records.map(withBytes);
    await this.#decoders.learn(schemaVersionIdsIn(raw));
    const { lakeStartMs, derivedFrom } = this.#options;
    const decoders = new DecoderCache(this.#decoders.find);
    const rules = { decoderOf: this.#decoders.find, lakeStartMs, sourceTopic: derivedFrom };
    const quotes: ReadQuote[] = [];
    for (const record of raw) {
      const verdict = curateRecord(record, decoders, rules);
      if (!('code' in verdict)) quotes.push({ ...verdict, record });
    }
    return { quotes, unreadable: raw.length - quotes.length };
  }
}

function withBytes(record: DeliveredRecord): RawRecord {
  return { ...record, key: bytesOf(record.key), value: bytesOf(record.value) };
}

function bytesOf(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, 'base64');
}
