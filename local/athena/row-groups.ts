/** Which files of a scan hold rows of use, and in how many bytes, by the statistics of their row groups. */
import type { ParquetFooter } from './parquet-footers.ts';
import { mayHold, type Ranges, statisticOf } from './value-ranges.ts';

export interface RowGroups {
  /** Whether a row of use may be in any of them. */
  readonly mayHoldRows: boolean;
  /** Compressed bytes of the columns' chunks in those where one may be. */
  readonly bytes: number;
}

/** @param columnOf the file's own name of a column, lower case */
export function judgeRowGroups(
  footer: ParquetFooter,
  columns: readonly string[],
  ranges: Ranges,
  columnOf: (name: string) => string = (name) => name,
): RowGroups {
  const [first] = footer.values();
  const count = first?.chunks.length ?? 0;
  const judged = [...ranges].flatMap(([name, confined]) => {
    const column = footer.get(columnOf(name));
    return column === undefined ? [] : [{ confined, chunks: column.chunks }];
  });
  const read = columns.flatMap((name) => footer.get(columnOf(name)) ?? []);
  let kept = 0;
  let bytes = 0;
  for (let group = 0; group < count; group++) {
    const isLeftOut = judged.some(({ confined, chunks }) => {
      const chunk = chunks[group];
      if (chunk === undefined) return false;
      const { min, max, isAllNull } = chunk;
      const [least, greatest] = [statisticOf(confined.kind, min), statisticOf(confined.kind, max)];
      return !mayHold(confined, { least, greatest, isAllNull });
    });
    if (isLeftOut) continue;
    kept++;
    for (const { chunks } of read) bytes += chunks[group]?.bytes ?? 0;
  }
  return { mayHoldRows: kept > 0, bytes };
}
