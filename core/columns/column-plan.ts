/**
 * How a body of one schema version is read straight into columns. A plan takes good quotes only: of whatever is odd about a body
 * it says no, and the record is then judged by itself (core/curation.ts), so that there is one judge.
 */
import { isAmountField, isBadAmount, MAX_TIME_MS, MIN_TIME_MS } from '../quality.ts';
import { QUOTE_FIELDS, type QuoteFieldKind } from '../quote.ts';
import type { AvroCursor } from './avro-cursor.ts';
import type { QuoteColumn, QuoteColumns, TextColumn } from './quote-columns.ts';
import { NO_TEXT } from './text-dictionary.ts';

type Act = 'text' | 'amount' | 'time' | 'skip-text' | 'skip-double' | 'skip-long' | 'absent';

interface Step {
  readonly act: Act;
  readonly isNullable: boolean;
  /** Place in QUOTE_FIELDS; -1 of a field that the contract does not know. */
  readonly place: number;
}

export interface ColumnPlan {
  readonly steps: readonly Step[];
}

const AVRO_KINDS: Readonly<Record<QuoteFieldKind, string>> = {
  string: 'string',
  double: 'double',
  time: 'long',
};
const SKIPS: Readonly<Record<string, Act>> = {
  string: 'skip-text',
  double: 'skip-double',
  long: 'skip-long',
};

/**
 * The plan of a schema version that the contract can read.
 * @returns undefined of one with types that the contract does not use: its records are judged one by one
 */
export function planColumns(writerSchemaText: string): ColumnPlan | undefined {
  const { fields } = JSON.parse(writerSchemaText) as { fields?: readonly { name: string; type: unknown }[] };
  if (fields === undefined) return undefined;
  const steps = fields.map(({ name, type }) => planField(name, type));
  if (!steps.every((step) => step !== undefined)) return undefined;
  const read = new Set(steps.map(({ place }) => place));
  const absent = [...QUOTE_FIELDS.keys()].filter((place) => !read.has(place));
  return { steps: [...steps, ...absent.map((place): Step => ({ act: 'absent', isNullable: true, place }))] };
}

function planField(name: string, type: unknown): Step | undefined {
  const isNullable = Array.isArray(type) && type.length === 2 && type[0] === 'null';
  const inner: unknown = isNullable ? type[1] : type;
  if (typeof inner !== 'string') return undefined;
  const place = QUOTE_FIELDS.findIndex((field) => field.name === name);
  const field = QUOTE_FIELDS[place];
  if (field === undefined) {
    const act = SKIPS[inner];
    return act && { act, isNullable, place };
  }
  if (AVRO_KINDS[field.kind] !== inner || (isNullable && !field.nullable)) return undefined;
  if (field.kind === 'string') return { act: 'text', isNullable, place };
  if (field.kind === 'time') return { act: 'time', isNullable, place };
  return isAmountField(field.name) ? { act: 'amount', isNullable, place } : undefined;
}

/** Reads bodies into columns; remembers which texts go with which symbol, since most stay the same from quote to quote. */
export class ColumnReader {
  readonly #columns: QuoteColumns;
  /** By field and code of the symbol: the text seen last. */
  readonly #likely: Int32Array[];

  constructor(columns: QuoteColumns) {
    this.#columns = columns;
    this.#likely = columns.fields.map(() => new Int32Array(0));
  }

  /**
   * Reads the body from the cursor's position to `end` into the row after the last.
   * @returns whether it is one good quote, to its last byte; if not, nothing is said of what was read
   */
  read(plan: ColumnPlan, cursor: AvroCursor, end: number): boolean {
    const { fields, length: row } = this.#columns;
    const { bytes } = cursor;
    let symbol = NO_TEXT;
    for (const { act, isNullable, place } of plan.steps) {
      if (isNullable) {
        const isNull = act === 'absent' || bytes[cursor.position] === 0;
        if (isNull) {
          if (act !== 'absent') cursor.position += 1;
          if (place >= 0) setNull(fields[place] as QuoteColumn, row);
          continue;
        }
        if (bytes[cursor.position] !== 2) return false;
        cursor.position += 1;
      }
      if (act === 'amount') {
        const value = cursor.double();
        if (isBadAmount(value)) return false;
        (fields[place] as Float64Array)[row] = value;
      } else if (act === 'text') {
        const code = this.#readText(cursor, end, place, symbol);
        if (code < 0) return false;
        (fields[place] as TextColumn).codes[row] = code;
        if (place === SYMBOL) symbol = code;
      } else if (act === 'time') {
        const value = cursor.long();
        if (!(value >= MIN_TIME_MS && value <= MAX_TIME_MS)) return false;
        (fields[place] as Float64Array)[row] = value;
      } else if (!skip(act, cursor)) return false;
    }
    return cursor.position === end;
  }

  #readText(cursor: AvroCursor, end: number, place: number, symbol: number): number {
    const length = cursor.long();
    const start = cursor.position;
    if (!(length >= 0 && start + length <= end) || (length === 0 && place === SYMBOL)) return -1;
    cursor.position = start + length;
    const { dictionary } = this.#columns.fields[place] as TextColumn;
    if (symbol < 0) return dictionary.code(cursor.bytes, cursor.view, start, length, NO_TEXT);
    const likely = this.#likelyOf(place, symbol);
    const code = dictionary.code(cursor.bytes, cursor.view, start, length, (likely[symbol] as number) - 1);
    if (code >= 0) likely[symbol] = code + 1;
    return code;
  }

  /** Codes plus one, 0 where none was seen. */
  #likelyOf(place: number, symbol: number): Int32Array {
    const known = this.#likely[place] as Int32Array;
    if (symbol < known.length) return known;
    const larger = new Int32Array(Math.max(256, symbol * 2));
    larger.set(known);
    this.#likely[place] = larger;
    return larger;
  }
}

const SYMBOL = QUOTE_FIELDS.findIndex(({ name }) => name === 'symbol');

function setNull(column: QuoteColumn, row: number): void {
  if (column instanceof Float64Array) column[row] = Number.NaN;
  else column.codes[row] = NO_TEXT;
}

/** Whether there was something to skip. */
function skip(act: Act, cursor: AvroCursor): boolean {
  if (act === 'skip-double') {
    cursor.position += 8;
    return true;
  }
  const value = cursor.long();
  if (act === 'skip-long') return !Number.isNaN(value);
  cursor.position += value;
  return value >= 0;
}
