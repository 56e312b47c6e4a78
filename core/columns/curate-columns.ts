/**
 * Judges the records of a raw object by column: the same verdicts, rows and order as curate() gives record by record
 * (core/curation.ts), which still judges whatever is not plainly good.
 */
import { type CurationRules, curateRecord, DecoderCache } from '../curation.ts';
import { DAY_MS, MAX_TIME_MS } from '../quality.ts';
import type { QuarantinedRecord } from '../quarantine.ts';
import { parseSourceHeaders } from '../source-coordinates.ts';
import { utcDay } from '../trading-date.ts';
import { frameSchemaVersionId, HEADER_BYTES, isSameVersion, UNCOMPRESSED_HEADER } from '../wire.ts';
import { AvroCursor } from './avro-cursor.ts';
import { type ColumnPlan, ColumnReader } from './column-plan.ts';
import { QuoteColumns } from './quote-columns.ts';
import type { RawColumns } from './raw-columns.ts';
import { rankSymbols, sortRows } from './sort-rows.ts';

export interface ColumnRules extends CurationRules {
  /** How bodies of a schema version are read into columns; undefined if each is to be judged by itself. */
  readonly planOf: (schemaVersionId: string) => ColumnPlan | undefined;
}

export interface ColumnCuration {
  readonly columns: QuoteColumns;
  /** Numbers of rows by UTC day of event time, each sorted by symbol, event time, offset; days in order. */
  readonly days: ReadonlyMap<string, Int32Array>;
  readonly quarantined: readonly QuarantinedRecord[];
}

export function curateColumns(raw: RawColumns, rules: ColumnRules): ColumnCuration {
  const columns = new QuoteColumns(raw.length, { isDerived: rules.sourceTopic !== undefined });
  const quarantined: QuarantinedRecord[] = [];
  const fast = new GoodRecords(raw, columns, rules);
  const decoders = new DecoderCache(rules.decoderOf);
  for (let row = 0; row < raw.length; row += 1) {
    if (fast.take(row)) continue;
    const verdict = curateRecord(raw.record(row), decoders, rules);
    if ('code' in verdict) quarantined.push(verdict);
    else columns.add(verdict);
  }
  return { columns, days: daysOf(columns), quarantined };
}

/** Takes the records that are good at first sight. */
class GoodRecords {
  readonly #raw: RawColumns;
  readonly #columns: QuoteColumns;
  readonly #rules: ColumnRules;
  readonly #cursor: AvroCursor;
  readonly #reader: ColumnReader;
  /** Where a value starts that names the version of `#plan`. */
  #known = -1;
  #plan: ColumnPlan | undefined;

  constructor(raw: RawColumns, columns: QuoteColumns, rules: ColumnRules) {
    this.#raw = raw;
    this.#columns = columns;
    this.#rules = rules;
    this.#cursor = new AvroCursor(raw.block);
    this.#reader = new ColumnReader(columns);
  }

  /** Whether it became the next row. */
  take(record: number): boolean {
    const { offsets, timestamps, valueStarts, ends } = this.#raw;
    const start = valueStarts[record] as number;
    const end = ends[record] as number;
    const plan = start < 0 ? undefined : this.#planAt(start, end);
    if (plan === undefined) return false;
    const columns = this.#columns;
    this.#cursor.position = start + HEADER_BYTES;
    if (!this.#reader.read(plan, this.#cursor, end)) return false;
    const timestamp = timestamps[record] as number;
    const { length: row } = columns;
    const latestUpdate = columns.latestUpdates[row] as number;
    const eventTime = Number.isNaN(latestUpdate) ? timestamp : latestUpdate;
    const isDue =
      eventTime >= this.#rules.lakeStartMs && eventTime <= timestamp + DAY_MS && eventTime <= MAX_TIME_MS;
    if (!isDue || !this.#takeSource(record)) return false;
    columns.offsets[row] = offsets[record] as number;
    columns.timestamps[row] = timestamp;
    columns.eventTimes[row] = eventTime;
    columns.length = row + 1;
    return true;
  }

  #planAt(start: number, end: number): ColumnPlan | undefined {
    const { block, view } = this.#raw;
    if (end - start < HEADER_BYTES || view.getUint16(start) !== UNCOMPRESSED_HEADER) return undefined;
    if (this.#known >= 0 && isSameVersion(view, start, this.#known)) return this.#plan;
    this.#known = start;
    this.#plan = this.#rules.planOf(frameSchemaVersionId(block.subarray(start)));
    return this.#plan;
  }

  /** True also where there is none to take. */
  #takeSource(record: number): boolean {
    const { sources, length: row } = this.#columns;
    const { sourceTopic } = this.#rules;
    if (sources === undefined || sourceTopic === undefined) return true;
    const source = parseSourceHeaders(this.#raw.record(record).headers, sourceTopic);
    if (source === undefined) return false;
    sources.logIds.codes[row] = sources.logIds.dictionary.add(source.logId);
    sources.partitions[row] = source.partition;
    sources.offsets[row] = source.offset;
    return true;
  }
}

function daysOf(columns: QuoteColumns): Map<string, Int32Array> {
  const byDay = new Map<number, number[]>();
  for (let row = 0; row < columns.length; row += 1) {
    const day = Math.floor((columns.eventTimes[row] as number) / DAY_MS);
    const rows = byDay.get(day);
    if (rows === undefined) byDay.set(day, [row]);
    else rows.push(row);
  }
  const ranks = rankSymbols(columns.symbols.dictionary);
  const sorted = [...byDay].sort(([a], [b]) => a - b);
  return new Map(
    sorted.map(([day, rows]) => [utcDay(day * DAY_MS), sortRows(columns, ranks, Int32Array.from(rows))]),
  );
}
