/**
 * Records on their way from a topic into events: queued by partition, taken in batches that keep each partition's order.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching
 */

/** A record as it will stand in an event, encoded once. */
export interface SourceRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly json: string;
}

export interface BatchLimits {
  readonly maxRecords: number;
  /** Largest event: 6 MB. */
  readonly maxBytes: number;
  /** Longest time that the first record of a batch waits for others. */
  readonly windowMs: number;
}

/** What an event has around its records, generously. */
const ENVELOPE_BYTES = 2048;

export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [string, Buffer])[];
}

/** Encodes a record as https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html shows it: key and value in base64, header values as lists of bytes. */
export function encodeRecord(record: RawRecord): SourceRecord {
  const { topic, partition, offset, timestampMs, key, value, headers } = record;
  const json = JSON.stringify({
    topic,
    partition,
    offset,
    timestamp: timestampMs,
    timestampType: 'CREATE_TIME',
    ...(key === null ? {} : { key: key.toString('base64') }),
    ...(value === null ? {} : { value: value.toString('base64') }),
    headers: headers.map(([name, bytes]) => ({ [name]: [...bytes] })),
  });
  return { partition, offset, timestampMs, json };
}

/** The event with these records, several partitions together. */
export function encodeEvent(
  source: { readonly clusterArn: string; readonly bootstrapServers: string; readonly topic: string },
  records: readonly SourceRecord[],
): Buffer {
  const byPartition = Map.groupBy(records, ({ partition }) => partition);
  const lists = [...byPartition].map(
    ([partition, list]) =>
      `${JSON.stringify(`${source.topic}-${partition}`)}:[${list.map(({ json }) => json).join(',')}]`,
  );
  const head = {
    eventSource: 'aws:kafka',
    eventSourceArn: source.clusterArn,
    bootstrapServers: source.bootstrapServers,
  };
  return Buffer.from(`${JSON.stringify(head).slice(0, -1)},"records":{${lists.join(',')}}}`);
}

interface Entry {
  readonly record: SourceRecord;
  readonly arrivedMs: number;
}

/** Records that wait for their batch. */
export class PartitionQueues {
  private readonly queues = new Map<number, Entry[]>();
  private count = 0;
  private size = 0;

  add(record: SourceRecord, nowMs: number): void {
    const queue = this.queues.get(record.partition) ?? [];
    queue.push({ record, arrivedMs: nowMs });
    this.queues.set(record.partition, queue);
    this.count++;
    this.size += record.json.length + 1;
  }

  clear(): void {
    this.queues.clear();
    this.count = this.size = 0;
  }

  get records(): number {
    return this.count;
  }

  get bytes(): number {
    return this.size;
  }

  /** When the oldest waiting record's window ends; undefined when nothing waits. */
  dueAtMs({ windowMs }: BatchLimits): number | undefined {
    const heads = [...this.queues.values()].flatMap((queue) => queue.slice(0, 1));
    return heads.length === 0 ? undefined : Math.min(...heads.map(({ arrivedMs }) => arrivedMs)) + windowMs;
  }

  /** Whether a batch is to be sent: enough records, enough bytes, or a window's end. */
  isDue(limits: BatchLimits, nowMs: number): boolean {
    if (this.count >= limits.maxRecords || this.size + ENVELOPE_BYTES >= limits.maxBytes) return true;
    const dueAtMs = this.dueAtMs(limits);
    return dueAtMs !== undefined && dueAtMs <= nowMs;
  }

  /**
   * Takes the next batch: from all partitions in turn, each partition's records in order. It passes the byte limit only
   * when a single record does.
   */
  take(limits: BatchLimits): SourceRecord[] {
    const taken = new Map([...this.queues.keys()].map((partition) => [partition, 0]));
    let [count, bytes] = [0, ENVELOPE_BYTES];
    let open = [...this.queues];
    while (open.length > 0) {
      const still: typeof open = [];
      for (const [partition, queue] of open) {
        const entry = queue[taken.get(partition) ?? 0];
        const after = bytes + (entry?.record.json.length ?? 0) + 1;
        if (entry === undefined || count >= limits.maxRecords || (count > 0 && after > limits.maxBytes))
          continue;
        taken.set(partition, (taken.get(partition) ?? 0) + 1);
        [count, bytes] = [count + 1, after];
        still.push([partition, queue]);
      }
      open = still;
    }
    return [...this.queues].flatMap(([partition, queue]) =>
      this.remove(partition, queue, taken.get(partition) ?? 0),
    );
  }

  private remove(partition: number, queue: Entry[], count: number): SourceRecord[] {
    const records = queue.splice(0, count).map(({ record }) => record);
    if (queue.length === 0) this.queues.delete(partition);
    this.count -= count;
    for (const { json } of records) this.size -= json.length + 1;
    return records;
  }
}
