import type { Fault } from './compare.ts';
import type { OffsetSet } from './offset-set.ts';
import type { SummedRows } from './row-sums.ts';

/** What is known of the records that one source partition gave to the speed path, each named by its source offset. */
export interface ServedEvidence {
  readonly logId: string;
  /** Of the source topic. */
  readonly partition: number;
  /** Rows of the source topic's view that the watchlist keeps, judged by SQL: the filter's own code has no part in it. */
  readonly watched: SummedRows;
  /** Whether `watched` are all that the filter can have kept: not where the watchlist was another one once. */
  readonly isWatchedWhole: boolean;
  /** Rows of the derived topic's view. */
  readonly filtered: SummedRows;
  /** Each record of the two above once, with its values. */
  readonly expected: SummedRows;
  /** Rows of the serving database. */
  readonly served: SummedRows;
}

/** What the receipts of one partition of the derived topic account for. */
export interface DerivedEvidence {
  readonly logId: string;
  readonly partition: number;
  readonly endOffset: number;
  readonly receipts: {
    readonly curated: number;
    readonly quarantined: OffsetSet;
    readonly coveredTo: number;
  };
}

/** A symbol whose latest row is not its newest one. */
export interface LatestDifference {
  readonly partition: number;
  readonly offset: number;
  /** How many symbols there are like it. */
  readonly symbols: number;
}

export interface ServedTotals {
  /** Rows of the serving database. */
  readonly served: number;
  /** Records that are expected there and are not. */
  readonly servedLost: number;
  /** Rows beyond the first of an identity, and rows that nobody expects. */
  readonly servedDuplicated: number;
}

export interface ServedVerdict extends ServedTotals {
  readonly logId: string;
  readonly partition: number;
  readonly expected: number;
  readonly valuesAgree: boolean;
}

export interface ServedReconciliation extends ServedTotals {
  readonly partitions: readonly ServedVerdict[];
  readonly faults: readonly Fault[];
}

/**
 * Compares the speed path's end with what the lake says should be there: every record that the watchlist keeps, once, with the
 * same values; and each symbol's latest row the newest of its rows.
 */
export function compareServed(
  evidence: readonly ServedEvidence[],
  derived: readonly DerivedEvidence[],
  latest: LatestDifference | undefined,
): ServedReconciliation {
  const judged = evidence.map(judgePartition);
  const partitions = judged.map(({ verdict }) => verdict);
  const sum = (key: keyof ServedTotals): number => partitions.reduce((total, each) => total + each[key], 0);
  const logId = evidence[0]?.logId ?? '';
  const faults = [...judged.flatMap((each) => each.faults), ...derived.flatMap(judgeDerived)];
  if (latest !== undefined) {
    const { partition, offset, symbols: count } = latest;
    faults.push({ kind: 'latest-differs', logId, partition, offset, count });
  }
  return {
    served: sum('served'),
    servedLost: sum('servedLost'),
    servedDuplicated: sum('servedDuplicated'),
    partitions,
    faults,
  };
}

function judgePartition(evidence: ServedEvidence): {
  readonly verdict: ServedVerdict;
  readonly faults: readonly Fault[];
} {
  const { logId, partition, watched, filtered, expected, served } = evidence;
  const faults: Fault[] = [];
  const report = (kind: Fault['kind'], count: number, offset?: number): void => {
    if (count !== 0) faults.push({ kind, logId, partition, offset, count });
  };

  const missing = expected.offsets.except(served.offsets);
  const unknown = served.offsets.except(expected.offsets);
  const doubled = served.rows - served.offsets.size;
  report('served-missing', missing.count, missing.first);
  report('served-doubled', doubled, served.firstDoubled);
  report('served-unknown', unknown.count, unknown.first);

  const unfiltered = watched.offsets.except(filtered.offsets);
  const unwatched = evidence.isWatchedWhole ? filtered.offsets.except(watched.offsets) : NONE;
  report('filtered-missing', unfiltered.count, unfiltered.first);
  report('filtered-doubled', filtered.rows - filtered.offsets.size, filtered.firstDoubled);
  report('filtered-unknown', unwatched.count, unwatched.first);

  // Rows that are gone or too many change the hash anyway.
  const valuesAgree = expected.hash === served.hash && filtered.hash === served.hash;
  if (!valuesAgree && faults.length === 0) report('served-values-differ', served.rows || 1);

  return {
    verdict: {
      logId,
      partition,
      expected: expected.offsets.size,
      served: served.rows,
      servedLost: missing.count,
      servedDuplicated: doubled + unknown.count,
      valuesAgree,
    },
    faults,
  };
}

const NONE = { count: 0, first: undefined };

/** Every record of the derived topic has to be in a receipt, as those of the source topic. */
function judgeDerived({ logId, partition, endOffset, receipts }: DerivedEvidence): readonly Fault[] {
  const count = endOffset - receipts.curated - receipts.quarantined.size;
  if (count === 0) return [];
  const offset = receipts.coveredTo < endOffset ? receipts.coveredTo : undefined;
  return [{ kind: 'filtered-unaccounted', logId, partition, offset, count: Math.abs(count) }];
}
