import type { FaultKind, Totals } from './compare.ts';
import type { LakeReconciliation, LocatedFault } from './reconcile-lake.ts';

/** The line that a reconcile comes down to; "=" stands in it only when it is true. */
export function reconcileLine({ totals, served }: Pick<LakeReconciliation, 'totals' | 'served'>): string {
  const { produced, curated, quarantined, queryable, lost, duplicated, uncompacted } = totals;
  const sign = produced === curated + quarantined ? '=' : '≠';
  const line = `reconcile: produced ${produced} ${sign} curated ${curated} + quarantined ${quarantined}; queryable ${queryable}; lost ${lost}; duplicated ${duplicated}${uncompacted === 0 ? '' : `; of these uncompacted ${uncompacted}`}`;
  if (served === undefined) return line;
  return `${line}; served ${served.served}; served lost ${served.servedLost}; served duplicated ${served.servedDuplicated}`;
}

const PROBLEMS: Readonly<Record<FaultKind, (count: number, offset: string) => string>> = {
  missing: (count, offset) => `${count} neither visible nor quarantined, the first at ${offset}`,
  doubled: (count, offset) => `${count} too many, the first at ${offset}`,
  uncompacted: (count, offset) =>
    `${count} at or below the view's cut that history does not show as curated, the first at ${offset}: tickerlake compact`,
  truncated: (count, offset) => `${count} acknowledged that the broker does not hold, from ${offset} on`,
  unacknowledged: (count) => `the broker holds ${count} that no producer's log acknowledges`,
  phantom: (count, offset) => `${count} visible beyond the log's end, which is ${offset}`,
  'receipts-differ': (count) => `receipts and rows differ by ${count}`,
  'values-differ': () => "the rows' values are not those that were produced: their hash differs",
  'filtered-missing': (count, offset) =>
    `${count} that the watchlist keeps and view quotes_filtered lacks, the first at ${offset}`,
  'filtered-doubled': (count, offset) => `${count} too many in view quotes_filtered, the first at ${offset}`,
  'filtered-unknown': (count, offset) =>
    `${count} in view quotes_filtered that the watchlist does not keep, the first at ${offset}`,
  'filtered-unaccounted': (count, offset) =>
    `receipts of topic quotes_filtered are off by ${count}, and cover it up to ${offset}`,
  'served-missing': (count, offset) => `${count} not in the serving database, the first at ${offset}`,
  'served-doubled': (count, offset) => `${count} too many in the serving database, the first at ${offset}`,
  'served-unknown': (count, offset) =>
    `${count} in the serving database that nothing in the lake accounts for, the first at ${offset}`,
  'served-values-differ': () => "the serving database's values are not those of the lake: their hash differs",
  'latest-differs': (count, offset) =>
    `${count} symbols whose row in latest_quotes is not their newest, one at ${offset}`,
};

/** One sentence a fault: which partition, what, where the first record concerned was seen last. */
export function faultLine(fault: LocatedFault): string {
  const problem = PROBLEMS[fault.kind](fault.count, `offset ${fault.offset ?? '?'}`);
  const seen = fault.lastSeen === undefined ? '' : `; last seen in ${fault.lastSeen}`;
  return `partition ${fault.partition}: ${problem}${seen}`;
}

/** What `--json` prints. */
export function reconcileJson(result: LakeReconciliation): Readonly<Record<string, unknown>> & Totals {
  const { ok, totals, partitions, served, faults } = result;
  if (served === undefined) return { ok, ...totals, partitions, faults };
  const { partitions: servedPartitions, ...servedTotals } = served;
  return { ok, ...totals, ...servedTotals, partitions, servedPartitions, faults };
}
