/** The order of rows in a file: by symbol, event time, offset. */
import type { QuoteColumns } from './quote-columns.ts';
import type { TextDictionary } from './text-dictionary.ts';

/** The place of each code among all symbols of the dictionary. */
export function rankSymbols(dictionary: TextDictionary): Int32Array {
  const symbols = Array.from({ length: dictionary.size }, (_, code) => ({
    code,
    text: dictionary.textOf(code),
  }));
  symbols.sort((a, b) => (a.text < b.text ? -1 : 1));
  const ranks = new Int32Array(symbols.length);
  for (const [rank, { code }] of symbols.entries()) ranks[code] = rank;
  return ranks;
}

/**
 * @param rows numbers of rows, whose offsets rise
 * @returns the same, sorted: by counting, since each is compared with few others
 */
export function sortRows(
  { symbols: { codes }, eventTimes }: QuoteColumns,
  ranks: Int32Array,
  rows: Int32Array,
): Int32Array {
  const ends = new Int32Array(ranks.length + 1);
  for (const row of rows)
    ends[(ranks[codes[row] as number] as number) + 1] =
      (ends[(ranks[codes[row] as number] as number) + 1] as number) + 1;
  for (let rank = 1; rank < ends.length; rank += 1)
    ends[rank] = (ends[rank] as number) + (ends[rank - 1] as number);
  const sorted = new Int32Array(rows.length);
  for (const row of rows) {
    const rank = ranks[codes[row] as number] as number;
    const at = ends[rank] as number;
    sorted[at] = row;
    ends[rank] = at + 1;
  }
  // Each symbol's rows now end where `ends` says, and are in the order of their offsets.
  for (let rank = 0, start = 0; rank < ranks.length; start = ends[rank] as number, rank += 1)
    sortByTime(sorted, start, ends[rank] as number, eventTimes);
  return sorted;
}

function sortByTime(rows: Int32Array, start: number, end: number, eventTimes: Float64Array): void {
  for (let at = start + 1; at < end; at += 1) {
    if ((eventTimes[rows[at] as number] as number) >= (eventTimes[rows[at - 1] as number] as number))
      continue;
    rows.subarray(start, end).sort((a, b) => (eventTimes[a] as number) - (eventTimes[b] as number) || a - b);
    return;
  }
}
