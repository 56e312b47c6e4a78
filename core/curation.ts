/** Judges the records of a raw object: each becomes one curated row or one quarantined record, whatever it holds. */
import { BodyError, type QuoteDecoder } from './codec.ts';
import { DAY_MS, eventTimeMs, judge } from './quality.ts';
import type { QuarantinedRecord } from './quarantine.ts';
import type { Quote } from './quote.ts';
import type { RawRecord } from './raw-file.ts';
import { parseSourceHeaders, type SourceCoordinates } from './source-coordinates.ts';
import { utcDay } from './trading-date.ts';
import { FramingError, frameBody, frameSchemaVersionId, HEADER_BYTES } from './wire.ts';

export interface CuratedRow {
  readonly quote: Quote;
  readonly offset: number;
  /** The Kafka record's timestamp, epoch ms. */
  readonly timestamp: number;
  /** Epoch ms. */
  readonly eventTime: number;
  /** The record that it repeats, in a derived topic: its identity, since it may stand there more than once. */
  readonly source?: SourceCoordinates;
}

export interface Curation {
  /** Rows by UTC day of event time, each sorted by symbol, event time, offset; days in order. */
  readonly days: ReadonlyMap<string, readonly CuratedRow[]>;
  readonly quarantined: readonly QuarantinedRecord[];
}

export interface CurationRules {
  /** The decoder of a schema version; undefined if the topic's schema has no such version. */
  readonly decoderOf: (schemaVersionId: string) => QuoteDecoder | undefined;
  /** First day of the lake, epoch ms. */
  readonly lakeStartMs: number;
  /** The topic that theirs is derived from. @default - theirs is not derived */
  readonly sourceTopic?: string | undefined;
}

/** Ids of the schema versions that a raw object's records name. */
export function schemaVersionIdsIn(records: readonly RawRecord[]): Set<string> {
  const ids = new Map<string, string>();
  for (const { value } of records) {
    if (value === null || value.length < HEADER_BYTES) continue;
    const bytes = value.toString('latin1', 2, HEADER_BYTES);
    if (!ids.has(bytes)) ids.set(bytes, frameSchemaVersionId(value));
  }
  return new Set(ids.values());
}

export function curate(records: readonly RawRecord[], rules: CurationRules): Curation {
  const days = new Map<number, CuratedRow[]>();
  const quarantined: QuarantinedRecord[] = [];
  const decoders = new DecoderCache(rules.decoderOf);
  for (const record of records) {
    const verdict = curateRecord(record, decoders, rules);
    if ('code' in verdict) {
      quarantined.push(verdict);
      continue;
    }
    const day = Math.floor(verdict.eventTime / DAY_MS);
    const rows = days.get(day);
    if (rows === undefined) days.set(day, [verdict]);
    else rows.push(verdict);
  }
  const sorted = [...days].sort(([a], [b]) => a - b);
  return {
    days: new Map(sorted.map(([day, rows]) => [utcDay(day * DAY_MS), sortRows(rows)])),
    quarantined,
  };
}

/** Judges one record. */
export function curateRecord(
  record: RawRecord,
  decoders: DecoderCache,
  { lakeStartMs, sourceTopic }: CurationRules,
): CuratedRow | QuarantinedRecord {
  const { value, timestamp, offset } = record;
  if (value === null) return { record, code: 'value_missing' };
  let schemaVersionId: string | undefined;
  try {
    const body = frameBody(value);
    const decode = decoders.find(value);
    if (decode === undefined) {
      return { record, code: 'schema_unknown', schemaVersionId: frameSchemaVersionId(value) };
    }
    const quote = decode(body);
    const source = sourceTopic === undefined ? undefined : parseSourceHeaders(record.headers, sourceTopic);
    const isSourceMissing = sourceTopic !== undefined && source === undefined;
    const code = isSourceMissing ? 'source_missing' : judge(quote, timestamp, lakeStartMs);
    if (code === undefined) {
      const row = { quote, offset, timestamp, eventTime: eventTimeMs(quote, timestamp) };
      return source === undefined ? row : { ...row, source };
    }
    schemaVersionId = frameSchemaVersionId(value);
    return { record, code, schemaVersionId };
  } catch (error) {
    if (error instanceof FramingError) return { record, code: 'framing_undecodable', detail: error.message };
    if (!(error instanceof BodyError)) throw error;
    schemaVersionId = frameSchemaVersionId(value);
    return { record, code: error.code, detail: error.message, schemaVersionId };
  }
}

/** Finds decoders by the bytes of the id, so that its text is made once a version and not once a record. */
export class DecoderCache {
  readonly #decoderOf: CurationRules['decoderOf'];
  readonly #decoders = new Map<string, QuoteDecoder | undefined>();

  constructor(decoderOf: CurationRules['decoderOf']) {
    this.#decoderOf = decoderOf;
  }

  find(value: Buffer): QuoteDecoder | undefined {
    const bytes = value.toString('latin1', 2, HEADER_BYTES);
    const known = this.#decoders.get(bytes);
    if (known !== undefined || this.#decoders.has(bytes)) return known;
    const decoder = this.#decoderOf(frameSchemaVersionId(value));
    this.#decoders.set(bytes, decoder);
    return decoder;
  }
}

/** Symbols are ranked once each: comparing numbers is far cheaper than comparing text. */
function sortRows(rows: CuratedRow[]): CuratedRow[] {
  const symbols = [...new Set(rows.map(({ quote }) => quote.symbol))].sort((a, b) => (a < b ? -1 : 1));
  const rank = new Map(symbols.map((symbol, index) => [symbol, index]));
  const bySymbol: CuratedRow[][] = symbols.map(() => []);
  for (const row of rows) bySymbol[rank.get(row.quote.symbol) ?? 0]?.push(row);
  return bySymbol.flatMap((some) => some.sort((a, b) => a.eventTime - b.eventTime || a.offset - b.offset));
}
