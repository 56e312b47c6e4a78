/** Quotes by column, in the order in which they were accepted. */
import type { CuratedRow } from '../curation.ts';
import { QUOTE_FIELDS } from '../quote.ts';
import { NO_TEXT, TextDictionary } from './text-dictionary.ts';

export interface TextColumn {
  readonly dictionary: TextDictionary;
  /** NO_TEXT for null. */
  readonly codes: Int32Array;
}

/** What rows of a derived topic repeat. */
export interface SourceColumns {
  readonly logIds: TextColumn;
  readonly partitions: Float64Array;
  readonly offsets: Float64Array;
}

/** A quote's field as a column; no number of a good quote is NaN, so it stands for null. */
export type QuoteColumn = TextColumn | Float64Array;

export class QuoteColumns {
  /** In the order of QUOTE_FIELDS. */
  readonly fields: readonly QuoteColumn[];
  readonly offsets: Float64Array;
  /** Kafka's, epoch ms. */
  readonly timestamps: Float64Array;
  /** Epoch ms. */
  readonly eventTimes: Float64Array;
  readonly sources: SourceColumns | undefined;
  /** Rows accepted so far. */
  length = 0;

  /** @param capacity rows that it can take at most */
  constructor(capacity: number, { isDerived }: { readonly isDerived: boolean }) {
    const text = (): TextColumn => ({ dictionary: new TextDictionary(), codes: new Int32Array(capacity) });
    this.fields = QUOTE_FIELDS.map(({ kind }) => (kind === 'string' ? text() : new Float64Array(capacity)));
    this.offsets = new Float64Array(capacity);
    this.timestamps = new Float64Array(capacity);
    this.eventTimes = new Float64Array(capacity);
    this.sources = isDerived
      ? { logIds: text(), partitions: new Float64Array(capacity), offsets: new Float64Array(capacity) }
      : undefined;
  }

  /** Rows as columns. @throws RangeError if they shall name a source and one does not */
  static of(rows: readonly CuratedRow[], options: { readonly isDerived: boolean }): QuoteColumns {
    const columns = new QuoteColumns(rows.length, options);
    for (const row of rows) columns.add(row);
    return columns;
  }

  /** The symbols. */
  get symbols(): TextColumn {
    return this.fields[SYMBOL] as TextColumn;
  }

  /** Epoch ms. */
  get latestUpdates(): Float64Array {
    return this.fields[LATEST_UPDATE] as Float64Array;
  }

  add(row: CuratedRow): void {
    const at = this.length;
    for (const [place, { name }] of QUOTE_FIELDS.entries()) {
      const value = row.quote[name];
      const column = this.fields[place] as QuoteColumn;
      if (column instanceof Float64Array) column[at] = numberOrNull(value, name);
      else column.codes[at] = typeof value === 'string' ? column.dictionary.add(value) : NO_TEXT;
    }
    this.offsets[at] = row.offset;
    this.timestamps[at] = row.timestamp;
    this.eventTimes[at] = row.eventTime;
    if (this.sources !== undefined) this.#addSource(this.sources, row);
    this.length = at + 1;
  }

  #addSource({ logIds, partitions, offsets }: SourceColumns, { source, offset }: CuratedRow): void {
    if (source === undefined) throw new RangeError(`the row of offset ${offset} names no source`);
    logIds.codes[this.length] = logIds.dictionary.add(source.logId);
    partitions[this.length] = source.partition;
    offsets[this.length] = source.offset;
  }
}

const SYMBOL = QUOTE_FIELDS.findIndex(({ name }) => name === 'symbol');
const LATEST_UPDATE = QUOTE_FIELDS.findIndex(({ name }) => name === 'latestUpdate');

function numberOrNull(value: string | number | null, name: string): number {
  if (value === null) return Number.NaN;
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw new RangeError(`${name} is ${String(value)}, which no column holds`);
}
