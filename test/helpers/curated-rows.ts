/** Columns as rows, to compare them with what is curated row by row. */
import type { ColumnCuration } from '../../core/columns/curate-columns.ts';
import type { QuoteColumn } from '../../core/columns/quote-columns.ts';
import type { CuratedRow } from '../../core/curation.ts';
import { QUOTE_FIELDS, type Quote } from '../../core/quote.ts';

/** Rows by day, in the files' order. */
export function curatedRows(
  { columns, days }: ColumnCuration,
  sourceTopic?: string,
): Map<string, CuratedRow[]> {
  const at = (column: Float64Array, row: number): number => column[row] ?? Number.NaN;
  const rowAt = (row: number): CuratedRow => {
    const { sources, offsets, timestamps, eventTimes } = columns;
    const quote = Object.fromEntries(
      QUOTE_FIELDS.map(({ name }, place) => [name, valueAt(columns.fields[place], row)]),
    ) as Quote;
    const source = sources && {
      logId: String(valueAt(sources.logIds, row)),
      topic: String(sourceTopic),
      partition: at(sources.partitions, row),
      offset: at(sources.offsets, row),
    };
    const whence = {
      offset: at(offsets, row),
      timestamp: at(timestamps, row),
      eventTime: at(eventTimes, row),
    };
    return { quote, ...whence, ...(source && { source }) };
  };
  return new Map([...days].map(([day, rows]) => [day, [...rows].map(rowAt)]));
}

function valueAt(column: QuoteColumn | undefined, row: number): string | number | null {
  if (column instanceof Float64Array) return Number.isNaN(column[row]) ? null : (column[row] ?? null);
  const code = column?.codes[row] ?? -1;
  return column === undefined || code < 0 ? null : column.dictionary.textOf(code);
}
