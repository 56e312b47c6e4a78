import type { FaultKind, Reconciliation, Totals } from './compare.ts';
import type { LakeReconciliation, LocatedFault } from './reconcile-lake.ts';

/** The line that a reconcile comes down to; "=" stands in it only when it is true. */
export function reconcileLine({ totals }: Pick<Reconciliation, 'totals'>): string {
  const { produced, curated, quarantined, queryable, lost, duplicated } = totals;
  const sign = produced === curated + quarantined ? '=' : '≠';
  return `reconcile: produced ${produced} ${sign} curated ${curated} + quarantined ${quarantined}; queryable ${queryable}; lost ${lost}; duplicated ${duplicated}`;
}

const PROBLEMS: Readonly<Record<FaultKind, (count: number, offset: string) => string>> = {
  missing: (count, offset) => `${count} neither visible nor quarantined, the first at ${offset}`,
  doubled: (count, offset) => `${count} too many, the first at ${offset}`,
  truncated: (count, offset) => `${count} acknowledged that the broker does not hold, from ${offset} on`,
  unacknowledged: (count) => `the broker holds ${count} that no producer's log acknowledges`,
  phantom: (count, offset) => `${count} visible beyond the log's end, which is ${offset}`,
  'receipts-differ': (count) => `receipts and rows differ by ${count}`,
  'values-differ': () => "the rows' values are not those that were produced: their hash differs",
};

/** One sentence a fault: which partition, what, where the first record concerned was seen last. */
export function faultLine(fault: LocatedFault): string {
  const problem = PROBLEMS[fault.kind](fault.count, `offset ${fault.offset ?? '?'}`);
  const seen = fault.lastSeen === undefined ? '' : `; last seen in ${fault.lastSeen}`;
  return `partition ${fault.partition}: ${problem}${seen}`;
}

/** What `--json` prints. */
export function reconcileJson(result: LakeReconciliation): Readonly<Record<string, unknown>> & Totals {
  return { ok: result.ok, ...result.totals, partitions: result.partitions, faults: result.faults };
}
