import { absentFrom, OffsetSet } from './offset-set.ts';

/** What the four ledgers of one (log, partition) say: producers, broker, receipts, and the view. */
export interface PartitionEvidence {
  readonly logId: string;
  readonly partition: number;
  /** Sum of the acknowledgements in the producers' logs, and of the hashes of what they judged good. */
  readonly acknowledged: { readonly records: number; readonly acceptedHash: string };
  readonly broker: { readonly endOffset: number };
  /** Sum over the receipts of all raw objects. */
  readonly receipts: {
    readonly curated: number;
    readonly quarantined: OffsetSet;
    /** Offsets that are curated, as far as receipts tell. @default - not known of any */
    readonly curatedOffsets?: OffsetSet;
  };
  /** Last offset that SQL sees through history. @default - all is seen in curated files */
  readonly cut?: number | undefined;
  /** Every row that SQL sees. */
  readonly visible: {
    readonly rows: number;
    readonly offsets: OffsetSet;
    readonly firstDoubled: number | undefined;
    readonly hash: string;
  };
}

export type FaultKind =
  | 'missing'
  | 'doubled'
  | 'uncompacted'
  | 'truncated'
  | 'unacknowledged'
  | 'phantom'
  | 'receipts-differ'
  | 'values-differ'
  | ServedFaultKind;

/** What can be wrong with the speed path: in the derived topic's view, or in the serving database. */
export type ServedFaultKind =
  | 'filtered-missing'
  | 'filtered-doubled'
  | 'filtered-unknown'
  | 'filtered-unaccounted'
  | 'served-missing'
  | 'served-doubled'
  | 'served-unknown'
  | 'served-values-differ'
  | 'latest-differs';

/** One thing that is not as it should be in one partition; `offset` is the first concerned, where one can be named. */
export interface Fault {
  readonly kind: FaultKind;
  readonly logId: string;
  readonly partition: number;
  readonly offset: number | undefined;
  readonly count: number;
}

export interface Totals {
  readonly produced: number;
  readonly curated: number;
  readonly quarantined: number;
  /** Rows of the view. */
  readonly queryable: number;
  /** Records acknowledged that are neither visible nor quarantined. */
  readonly lost: number;
  /** Rows beyond the first of an identity, and records both visible and quarantined. */
  readonly duplicated: number;
  /** Of the lost and duplicated, those at or below the view's cut that the next compaction puts right. */
  readonly uncompacted: number;
}

export interface PartitionVerdict extends Totals {
  readonly logId: string;
  readonly partition: number;
  readonly valuesAgree: boolean;
}

export interface Reconciliation {
  /** True only when each partition adds up and every value is the one produced. */
  readonly ok: boolean;
  readonly totals: Totals;
  readonly partitions: readonly PartitionVerdict[];
  readonly faults: readonly Fault[];
}

/**
 * Invariant 7: produced = curated + quarantined, queryable = rows of the view = distinct identities, and the hash of all
 * values agrees; per partition, so that a sum cannot hide that one partition lost what another doubled.
 */
export function compareLedgers(evidence: readonly PartitionEvidence[]): Reconciliation {
  const judged = evidence.map(judgePartition);
  const partitions = judged.map(({ verdict }) => verdict);
  const faults = judged.flatMap((partition) => partition.faults);
  const sum = (key: keyof Totals): number => partitions.reduce((total, verdict) => total + verdict[key], 0);
  return {
    ok: faults.length === 0,
    totals: {
      produced: sum('produced'),
      curated: sum('curated'),
      quarantined: sum('quarantined'),
      queryable: sum('queryable'),
      lost: sum('lost'),
      duplicated: sum('duplicated'),
      uncompacted: sum('uncompacted'),
    },
    partitions,
    faults,
  };
}

function judgePartition(evidence: PartitionEvidence): {
  readonly verdict: PartitionVerdict;
  readonly faults: readonly Fault[];
} {
  const { logId, partition, acknowledged, broker, receipts, visible } = evidence;
  const faults: Fault[] = [];
  const report = (kind: FaultKind, count: number, offset?: number): void => {
    if (count !== 0) faults.push({ kind, logId, partition, offset, count: Math.abs(count) });
  };

  const end = broker.endOffset;
  const truncated = Math.max(0, acknowledged.records - end);
  const missing = absentFrom([visible.offsets, receipts.quarantined], 0, end);
  const twiceDecided = common(visible.offsets, receipts.quarantined, end);
  const waiting = missing.count + twiceDecided.count === 0 ? NOTHING_WAITS : findUncompacted(evidence, end);
  const gone = absentFrom([visible.offsets, receipts.quarantined, waiting.unseen], 0, end);
  const twiceSeen = common(visible.offsets, receipts.quarantined, end, waiting.superseded);
  const doubledRows = visible.rows - visible.offsets.size;
  const duplicated = doubledRows + twiceDecided.count;

  report('truncated', truncated, end);
  report('missing', gone.count, gone.first);
  report('doubled', doubledRows + twiceSeen.count, earliest(visible.firstDoubled, twiceSeen.first));
  const uncompacted = waiting.unseen.size + waiting.superseded.size;
  report('uncompacted', uncompacted, waiting.first);
  report('unacknowledged', Math.max(0, end - acknowledged.records));
  const beyondEnd = visible.offsets.size - (end - absentFrom([visible.offsets], 0, end).count);
  report('phantom', beyondEnd, beyondEnd > 0 ? end : undefined);
  if (missing.count === 0 && duplicated === 0 && beyondEnd === 0) {
    report('receipts-differ', receipts.curated - visible.rows);
  }
  const valuesAgree = visible.hash === acknowledged.acceptedHash;
  // Rows that are gone or doubled change the hash anyway: only a change without such a cause is news.
  if (!valuesAgree && faults.length === 0) report('values-differ', visible.rows || 1);

  return {
    verdict: {
      logId,
      partition,
      produced: acknowledged.records,
      curated: receipts.curated,
      quarantined: receipts.quarantined.size,
      queryable: visible.rows,
      lost: missing.count + truncated,
      duplicated,
      uncompacted,
      valuesAgree,
    },
    faults,
  };
}

/** What the next compaction puts right: at or below the cut, history is shown, which does not follow receipts at once. */
interface Uncompacted {
  /** Curated, and not in history yet. */
  readonly unseen: OffsetSet;
  /** In history still, and quarantined by newer code. */
  readonly superseded: OffsetSet;
  readonly first: number | undefined;
}

const NOTHING_WAITS: Uncompacted = {
  unseen: new OffsetSet(),
  superseded: new OffsetSet(),
  first: undefined,
};

function findUncompacted({ receipts, visible, cut = -1 }: PartitionEvidence, end: number): Uncompacted {
  const [unseen, superseded] = [new OffsetSet(), new OffsetSet()];
  let first: number | undefined;
  for (let offset = 0; offset <= Math.min(cut, end - 1); offset++) {
    const isQuarantined = receipts.quarantined.has(offset);
    const waits = visible.offsets.has(offset)
      ? isQuarantined && superseded.add(offset)
      : !isQuarantined && receipts.curatedOffsets?.has(offset) === true && unseen.add(offset);
    if (waits) first ??= offset;
  }
  return { unseen, superseded, first };
}

/** How many offsets below `end` are in both sets and not excepted, and the first of them: |A| + |B| - |A or B|. */
function common(
  left: OffsetSet,
  right: OffsetSet,
  end: number,
  except = new OffsetSet(),
): { readonly count: number; readonly first: number | undefined } {
  const held = (sets: readonly OffsetSet[]): number => end - absentFrom(sets, 0, end).count;
  const count = held([left]) + held([right]) - held([left, right]) - except.size;
  if (count === 0) return { count, first: undefined };
  for (let offset = 0; offset < end; offset++) {
    if (left.has(offset) && right.has(offset) && !except.has(offset)) return { count, first: offset };
  }
  return { count, first: undefined };
}

function earliest(...offsets: readonly (number | undefined)[]): number | undefined {
  const known = offsets.filter((offset) => offset !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
