/**
 * Invariant 1, as algebra: the raw objects of one partition form a chain that covers the offset axis from 0 without
 * overlap. An object starts at the previous one's end + 1, whatever its first record; offsets that no record has belong
 * to the object that follows them. What an object covers but does not hold may be landed later as a fill.
 */

/** Offsets first to last, both included. */
export interface OffsetRun {
  readonly first: number;
  readonly last: number;
}

/** What one chain object covers, and which of it it holds. */
export interface RawExtent {
  /** First offset covered; its key. */
  readonly start: number;
  /** Last offset covered, which is also the last it holds. */
  readonly last: number;
  /** Offsets held, as rising runs that do not touch. */
  readonly held: readonly OffsetRun[];
}

interface HasOffset {
  readonly offset: number;
}

/** The end of a chain without objects. */
export const EMPTY_CHAIN_END = -1;

/** Where the object goes that extends a chain. */
export function nextStart(chainEnd: number): number {
  return chainEnd + 1;
}

/** The records above a chain's end: what is still to be landed by extending it. Offsets must rise. */
export function recordsBeyond<T extends HasOffset>(records: readonly T[], chainEnd: number): readonly T[] {
  const from = records.findIndex((record) => record.offset > chainEnd);
  if (from === 0) return records;
  return from === -1 ? [] : records.slice(from);
}

/** The records in the range that an object covers. Offsets must rise. */
export function recordsCovered<T extends HasOffset>(
  records: readonly T[],
  extent: Pick<RawExtent, 'start' | 'last'>,
): readonly T[] {
  return records.filter(({ offset }) => offset >= extent.start && offset <= extent.last);
}

/** The offsets of records, which rise, as runs. */
export function heldRuns(records: readonly HasOffset[]): OffsetRun[] {
  return runsOf(Float64Array.from(records, ({ offset }) => offset));
}

/** Rising offsets as runs. */
export function runsOf(offsets: Float64Array): OffsetRun[] {
  const runs: OffsetRun[] = [];
  let first = offsets[0];
  if (first === undefined) return runs;
  let last = first;
  for (const offset of offsets.subarray(1)) {
    if (offset !== last + 1) {
      runs.push({ first, last });
      first = offset;
    }
    last = offset;
  }
  return [...runs, { first, last }];
}

export function isHeld(runs: readonly OffsetRun[], offset: number): boolean {
  let low = 0;
  let high = runs.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const run = runs[middle];
    if (run === undefined) return false;
    if (offset < run.first) high = middle - 1;
    else if (offset > run.last) low = middle + 1;
    else return true;
  }
  return false;
}

/** `1234-1240,1243` */
export function formatRuns(runs: readonly OffsetRun[]): string {
  return runs.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

/** Reads what `formatRuns` wrote, or gives undefined if it is something else. */
export function parseRuns(text: string): OffsetRun[] | undefined {
  const runs: OffsetRun[] = [];
  let previous = -2;
  for (const part of text.split(',')) {
    const [, firstText, lastText] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (firstText === undefined) return undefined;
    const first = Number(firstText);
    const last = Number(lastText ?? firstText);
    if (first <= previous + 1 || last < first) return undefined;
    runs.push({ first, last });
    previous = last;
  }
  return runs;
}

/** Where a chain is broken. */
export interface ChainBreak {
  readonly kind: 'gap' | 'overlap';
  /** First offset that no object covers, or that two do. */
  readonly offset: number;
}

/** Finds the first place where extents, sorted by start, fail to cover the axis from 0 without overlap. */
export function findChainBreak(
  extents: readonly Pick<RawExtent, 'start' | 'last'>[],
): ChainBreak | undefined {
  let end = EMPTY_CHAIN_END;
  for (const { start, last } of extents) {
    if (start > nextStart(end)) return { kind: 'gap', offset: nextStart(end) };
    if (start < nextStart(end)) return { kind: 'overlap', offset: start };
    end = last;
  }
  return undefined;
}
