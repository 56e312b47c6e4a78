/**
 * Records that wait for their batch, by partition.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching
 */
import { windowEndMs } from './batching-window.ts';
import { type SourceRecord, topicPartition } from './kafka-records.ts';

export interface BatchLimits {
  readonly maxRecords: number;
  /** Largest event: 6 MB. */
  readonly maxBytes: number;
  /** Longest time that records are gathered; 0 sends what is there. */
  readonly windowMs: number;
}

/** What an event has around its records, generously. */
const ENVELOPE_BYTES = 2048;

interface Entry {
  readonly record: SourceRecord;
  readonly bytes: number;
  readonly arrivedMs: number;
}

export class PartitionQueues {
  private readonly queues = new Map<string, Entry[]>();
  private count = 0;
  private size = 0;

  add(record: SourceRecord, nowMs: number): void {
    const name = topicPartition(record);
    const queue = this.queues.get(name) ?? [];
    const bytes = Buffer.byteLength(record.json) + 1;
    queue.push({ record, bytes, arrivedMs: nowMs });
    this.queues.set(name, queue);
    this.count++;
    this.size += bytes;
  }

  get records(): number {
    return this.count;
  }

  get bytes(): number {
    return this.size;
  }

  /** When a batch is due because its window ends; undefined when nothing waits. */
  dueAtMs({ windowMs }: BatchLimits, openedMs: number): number | undefined {
    const arrivals = [...this.queues.values()].flatMap((queue) => queue.slice(0, 1));
    if (arrivals.length === 0) return undefined;
    return windowEndMs(Math.min(...arrivals.map(({ arrivedMs }) => arrivedMs)), openedMs, windowMs);
  }

  /** Whether a batch is to be sent: enough records, enough bytes, or a window's end. */
  isDue(limits: BatchLimits, openedMs: number, nowMs: number): boolean {
    if (this.count >= limits.maxRecords || this.size + ENVELOPE_BYTES >= limits.maxBytes) return true;
    const dueAtMs = this.dueAtMs(limits, openedMs);
    return dueAtMs !== undefined && dueAtMs <= nowMs;
  }

  /**
   * Takes the next batch: from all partitions in turn, each partition's records in order. It passes the byte limit only
   * when a single record does.
   */
  take(limits: BatchLimits): SourceRecord[] {
    const taken = new Map<string, number>();
    let [count, bytes] = [0, ENVELOPE_BYTES];
    let open = [...this.queues];
    while (open.length > 0) {
      const still: typeof open = [];
      for (const [name, queue] of open) {
        const index = taken.get(name) ?? 0;
        const entry = queue[index];
        if (entry === undefined || count >= limits.maxRecords) continue;
        // A partition's first record brings the partition's name and brackets into the event.
        const after = bytes + entry.bytes + (index === 0 ? Buffer.byteLength(name) + 6 : 0);
        if (count > 0 && after > limits.maxBytes) continue;
        taken.set(name, index + 1);
        [count, bytes] = [count + 1, after];
        still.push([name, queue]);
      }
      open = still;
    }
    return [...this.queues].flatMap(([name, queue]) => this.remove(name, queue, taken.get(name) ?? 0));
  }

  private remove(name: string, queue: Entry[], count: number): SourceRecord[] {
    const entries = queue.splice(0, count);
    if (queue.length === 0) this.queues.delete(name);
    this.count -= count;
    for (const { bytes } of entries) this.size -= bytes;
    return entries.map(({ record }) => record);
  }
}
