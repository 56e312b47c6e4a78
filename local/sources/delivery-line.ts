/** The records of one assignment on their way to the function: which batch is next, and how far each partition has come. */
import type { SourceRecord } from './kafka-records.ts';
import {
  type Batch,
  type BatchOutcome,
  type BatchSteps,
  decideBatch,
  type KafkaRetryPolicy,
} from './kafka-retry.ts';
import { type BatchLimits, PartitionQueues } from './partition-queues.ts';

/** Records held beyond the batch under way, so that fetching and invoking overlap. */
const READ_AHEAD_BATCHES = 2;

/** Where a partition's reading went back: its topic has been deleted and created again. */
export class OffsetWentBack extends Error {
  override readonly name = 'OffsetWentBack';

  constructor({ topic, partition, offset }: SourceRecord, expected: number) {
    super(
      `partition ${partition} of topic ${topic} begins again at offset ${offset} where ${expected} was next: was the topic recreated?`,
    );
  }
}

/** What became of a batch. */
export interface Settlement extends BatchSteps {
  /** Offsets to commit once what is diverted has arrived, by partition: those that have moved. */
  readonly commit: ReadonlyMap<number, number>;
}

export class DeliveryLine {
  private readonly limits: BatchLimits;
  private readonly policy: KafkaRetryPolicy;
  private readonly queues = new PartitionQueues();
  private readonly nextOffsets = new Map<number, number>();
  /** End of what is done or diverted, by partition. */
  private readonly finished = new Map<number, number>();
  private readonly committed = new Map<number, number>();
  /** What is to be tried again, before anything newer. */
  private retries: Batch[] = [];
  private openedMs: number;

  constructor(limits: BatchLimits, policy: KafkaRetryPolicy, nowMs: number) {
    this.limits = limits;
    this.policy = policy;
    this.openedMs = nowMs;
  }

  /** @throws OffsetWentBack when a later record of the partition is in the line already */
  add(record: SourceRecord, nowMs: number): void {
    const expected = this.nextOffsets.get(record.partition) ?? 0;
    if (record.offset < expected) throw new OffsetWentBack(record, expected);
    this.nextOffsets.set(record.partition, record.offset + 1);
    this.queues.add(record, nowMs);
  }

  get isFull(): boolean {
    const { maxRecords, maxBytes } = this.limits;
    return (
      this.queues.records >= READ_AHEAD_BATCHES * maxRecords ||
      this.queues.bytes >= READ_AHEAD_BATCHES * maxBytes
    );
  }

  /** The batch to send now, if one is due. */
  next(nowMs: number): Batch | undefined {
    const retry = this.retries.shift();
    if (retry !== undefined) return retry;
    if (!this.queues.isDue(this.limits, this.openedMs, nowMs)) return undefined;
    return { records: this.queues.take(this.limits), failures: 0, refusals: 0 };
  }

  /** When the next batch is due at the latest; undefined when nothing waits. */
  get dueAtMs(): number | undefined {
    return this.queues.dueAtMs(this.limits, this.openedMs);
  }

  /** Decides what becomes of a batch that `next` gave. What is to be tried again is next in line. */
  settle(batch: Batch, outcome: BatchOutcome, nowMs: number): Settlement {
    const steps = decideBatch(batch, outcome, this.policy, nowMs);
    this.retries.unshift(...steps.retry);
    this.openedMs = nowMs;
    for (const { partition, offset } of [...steps.done, ...steps.diverted]) {
      this.finished.set(partition, Math.max(offset + 1, this.finished.get(partition) ?? 0));
    }
    return { ...steps, commit: this.commitPoints(batch) };
  }

  /** Behind what is finished, never past what is still to be tried. */
  private commitPoints({ records }: Batch): ReadonlyMap<number, number> {
    const unfinished = new Map<number, number>();
    for (const { partition, offset } of this.retries.flatMap((retry) => retry.records)) {
      unfinished.set(partition, Math.min(offset, unfinished.get(partition) ?? Infinity));
    }
    const points = new Map<number, number>();
    for (const partition of new Set(records.map((record) => record.partition))) {
      const point = Math.min(this.finished.get(partition) ?? 0, unfinished.get(partition) ?? Infinity);
      if (point <= (this.committed.get(partition) ?? 0)) continue;
      this.committed.set(partition, point);
      points.set(partition, point);
    }
    return points;
  }
}
