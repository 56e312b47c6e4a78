/** Values of one column of a file, in the file's order: those that are not null, and what Parquet says of all of them. */
import type { TextColumn } from '../columns/quote-columns.ts';
import { NO_TEXT } from '../columns/text-dictionary.ts';

export interface ColumnStatistics {
  readonly min_value?: number | Uint8Array;
  readonly max_value?: number | Uint8Array;
  readonly null_count: bigint;
  readonly nan_count?: bigint;
}

interface Values {
  /** Rows, null or not. */
  readonly length: number;
  /** 1 where a row has a value, 0 where it has none; undefined if all have one. */
  readonly presence: Int32Array | undefined;
}

export interface TextValues extends Values {
  /** Of the values that are there, into `texts`. */
  readonly codes: Int32Array;
  /** Distinct texts, UTF-8, in the order of their first row. */
  readonly texts: readonly Uint8Array[];
}

export interface NumberValues extends Values {
  /** The values that are there. */
  readonly numbers: Float64Array;
}

/** @param rows numbers of rows, in the file's order */
export function gatherTexts({ codes, dictionary }: TextColumn, rows: Int32Array): TextValues {
  const dense = new Int32Array(dictionary.size).fill(NO_TEXT);
  const texts: Uint8Array[] = [];
  const present = new Int32Array(rows.length);
  let count = 0;
  for (const row of rows) {
    const code = codes[row] as number;
    if (code === NO_TEXT) continue;
    let own = dense[code] as number;
    if (own === NO_TEXT) {
      own = texts.length;
      dense[code] = own;
      texts.push(dictionary.bytesOf(code));
    }
    present[count++] = own;
  }
  const presence =
    count === rows.length ? undefined : Int32Array.from(rows, (row) => (codes[row] === NO_TEXT ? 0 : 1));
  return { length: rows.length, presence, codes: present.subarray(0, count), texts };
}

/** @param column NaN stands for null */
export function gatherNumbers(column: Float64Array, rows: Int32Array): NumberValues {
  const numbers = new Float64Array(rows.length);
  let count = 0;
  for (const row of rows) {
    const value = column[row] as number;
    // NaN alone differs from itself.
    if (value === value) numbers[count++] = value;
  }
  const presence =
    count === rows.length ? undefined : Int32Array.from(rows, (row) => (Number.isNaN(column[row]) ? 0 : 1));
  return { length: rows.length, presence, numbers: numbers.subarray(0, count) };
}

/** The same number in every row. */
export function repeatNumber(value: number, length: number): NumberValues {
  return { length, presence: undefined, numbers: new Float64Array(length).fill(value) };
}

/** The same text in every row. */
export function repeatText(value: string, length: number): TextValues {
  return { length, presence: undefined, codes: new Int32Array(length), texts: [Buffer.from(value)] };
}

/** First byte of the code points that have none of their length above them: a bound above such a text is the text. */
const MAX_LEAD_BYTE = 0xf4;
const MAX_BOUND_BYTES = 16;

export function textStatistics({ length, codes, texts }: TextValues): ColumnStatistics {
  const null_count = BigInt(length - codes.length);
  let [min, max] = [texts[0], texts[0]];
  if (min === undefined || max === undefined) return { null_count };
  for (const text of texts) {
    if (Buffer.compare(text, min) < 0) min = text;
    if (Buffer.compare(text, max) > 0) max = text;
  }
  // The writer cuts bounds short where it can; what it cannot cut would go into the footer whole.
  if (max.length > MAX_BOUND_BYTES && max[0] === MAX_LEAD_BYTE) return { null_count };
  return { min_value: min, max_value: max, null_count };
}

/** Zeros are signed as the format wants them: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift */
export function numberStatistics({ length, numbers }: NumberValues, isDouble: boolean): ColumnStatistics {
  const counts = { null_count: BigInt(length - numbers.length), ...(isDouble && { nan_count: 0n }) };
  if (numbers.length === 0) return counts;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of numbers) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min_value: min === 0 ? -0 : min, max_value: max === 0 ? 0 : max, ...counts };
}
