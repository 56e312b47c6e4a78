/** Polls one topic for one function, as Lambda's Kafka event source mapping does: https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html */
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { Kafka, logLevel } from 'kafkajs';
import type { BatchLimits, SourceRecord } from './kafka-records.ts';
import { encodeEvent, encodeRecord, PartitionQueues } from './kafka-records.ts';
import type { Batch, BatchOutcome, DivertCondition, KafkaRetryPolicy } from './kafka-retry.ts';
import { decideBatch } from './kafka-retry.ts';

export interface KafkaSource {
  readonly id: string;
  readonly clusterArn: string;
  readonly topic: string;
  readonly groupId: string;
  readonly fromBeginning: boolean;
  readonly limits: BatchLimits;
  readonly retry: KafkaRetryPolicy;
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface KafkaPollerPorts {
  readonly region: string;
  readonly bootstrapServers: string;
  /** PEM of the broker's certificate authority. */
  readonly ca: string;
  /** Of the function's role: the poller acts as it. */
  readonly credentials: () => Credentials;
  readonly invoke: (payload: Buffer) => Promise<BatchOutcome>;
  readonly divert: (
    payload: Buffer,
    records: readonly SourceRecord[],
    condition: DivertCondition,
  ) => Promise<void>;
  readonly warn: (line: string) => void;
}

/** Records held beyond the batch under way, so that fetching and invoking overlap. */
const READ_AHEAD_BATCHES = 2;
const HEARTBEAT_MS = 1000;

/** One poller: one consumer of the group, one invocation at a time. */
export class KafkaPoller {
  private readonly source: KafkaSource;
  private readonly ports: KafkaPollerPorts;
  private readonly consumer: Consumer;
  private readonly queues = new PartitionQueues();
  private work: Batch[] = [];
  /** Counts assignments: what an earlier one left to retry is delivered again by the group. */
  private generation = 0;
  private stopping = false;
  private wake = Promise.withResolvers<undefined>();
  private loop: Promise<void> | undefined;

  constructor(source: KafkaSource, ports: KafkaPollerPorts) {
    this.source = source;
    this.ports = ports;
    const kafka = new Kafka({
      clientId: `event-source-${source.id}`,
      brokers: ports.bootstrapServers.split(','),
      ssl: { ca: [ports.ca] },
      sasl: { mechanism: 'oauthbearer', oauthBearerProvider: () => this.token() },
      // What matters is told by the crash event; the rest is retried by the client itself.
      logLevel: logLevel.NOTHING,
    });
    this.consumer = kafka.consumer({
      groupId: source.groupId,
      maxWaitTimeInMs: 500,
      retry: { initialRetryTime: 200, retries: 8, restartOnFailure: () => Promise.resolve(!this.stopping) },
    });
  }

  /** Resolves when the group has let it in; rejects when it cannot get in. */
  async start(): Promise<void> {
    const { consumer, source, ports } = this;
    const joined = Promise.withResolvers<undefined>();
    consumer.on(consumer.events.GROUP_JOIN, () => {
      // Assignments begin at the committed offsets again: what was read ahead would be delivered twice.
      this.generation++;
      this.queues.clear();
      this.work = [];
      this.notify();
      joined.resolve(undefined);
    });
    consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
      joined.reject(error);
      ports.warn(`event source of ${source.topic} (group ${source.groupId}): ${error.message}`);
    });
    // A crash before the wait below, or after it, is told by the warning.
    joined.promise.catch(() => undefined);
    await consumer.connect();
    await consumer.subscribe({ topics: [source.topic], fromBeginning: source.fromBeginning });
    this.loop = this.process();
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 16,
      eachBatch: (payload) => this.receive(payload),
    });
    await joined.promise;
  }

  /** Stops after the invocation under way; what is not committed will be delivered again. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.notify();
    await this.loop;
    await this.consumer.disconnect();
  }

  private async token(): Promise<{ value: string }> {
    // Loaded here, for it is slow to load and the broker is still starting.
    const { generateAuthTokenFromCredentialsProvider } = await import('aws-msk-iam-sasl-signer-js');
    const { token } = await generateAuthTokenFromCredentialsProvider({
      region: this.ports.region,
      awsCredentialsProvider: () => Promise.resolve(this.ports.credentials()),
    });
    return { value: token };
  }

  private async receive(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    for (const { offset, timestamp, key, value, headers = {} } of batch.messages) {
      const record = encodeRecord({
        topic: batch.topic,
        partition: batch.partition,
        offset: Number(offset),
        timestampMs: Number(timestamp),
        key,
        value,
        headers: Object.entries(headers).flatMap(([name, values]) =>
          [values ?? []].flat().map((bytes) => [name, Buffer.from(bytes)] as const),
        ),
      });
      this.queues.add(record, Date.now());
    }
    this.notify();
    const { maxRecords, maxBytes } = this.source.limits;
    const isFull = (): boolean =>
      this.queues.records >= READ_AHEAD_BATCHES * maxRecords ||
      this.queues.bytes >= READ_AHEAD_BATCHES * maxBytes;
    while (isFull() && payload.isRunning() && !payload.isStale() && !this.stopping) {
      await Promise.race([this.wake.promise, sleep(HEARTBEAT_MS)]);
      await payload.heartbeat();
    }
  }

  private notify(): void {
    this.wake.resolve(undefined);
    this.wake = Promise.withResolvers<undefined>();
  }

  private async process(): Promise<void> {
    while (!this.stopping) {
      const batch = this.work.shift() ?? this.nextBatch();
      if (batch !== undefined) {
        await this.attempt(batch);
        continue;
      }
      const dueAtMs = this.queues.dueAtMs(this.source.limits);
      const due = dueAtMs === undefined ? [] : [sleep(Math.max(1, dueAtMs - Date.now()))];
      await Promise.race([this.wake.promise, ...due]);
    }
  }

  private nextBatch(): Batch | undefined {
    const { limits } = this.source;
    if (!this.queues.isDue(limits, Date.now())) return undefined;
    const records = this.queues.take(limits);
    this.notify();
    return { records, failures: 0, refusals: 0 };
  }

  private async attempt(batch: Batch): Promise<void> {
    const { source, ports } = this;
    const event = (records: readonly SourceRecord[]): Buffer =>
      encodeEvent({ ...source, bootstrapServers: ports.bootstrapServers }, records);
    const { generation } = this;
    const outcome = await ports.invoke(event(batch.records));
    if (generation !== this.generation) return;
    const steps = decideBatch(batch, outcome, source.retry, Date.now());
    if (steps.condition !== undefined && steps.diverted.length > 0) {
      await ports.divert(event(steps.diverted), steps.diverted, steps.condition);
    }
    this.work.unshift(...steps.retry);
    await this.commit([...steps.done, ...steps.diverted], steps.retry);
    if (steps.afterMs > 0 && !this.stopping) await Promise.race([sleep(steps.afterMs), this.stopped()]);
  }

  /** Commits up to the first record of each partition that is still to be tried. */
  private async commit(finished: readonly SourceRecord[], retry: readonly Batch[]): Promise<void> {
    const unfinished = new Map<number, number>();
    for (const { partition, offset } of retry.flatMap(({ records }) => records)) {
      unfinished.set(partition, Math.min(offset, unfinished.get(partition) ?? Infinity));
    }
    const next = new Map<number, number>();
    for (const { partition, offset } of finished) {
      const end = Math.min(offset + 1, unfinished.get(partition) ?? Infinity);
      next.set(partition, Math.max(end, next.get(partition) ?? 0));
    }
    if (next.size === 0) return;
    const { topic } = this.source;
    const offsets = [...next].map(([partition, offset]) => ({ topic, partition, offset: String(offset) }));
    try {
      await this.consumer.commitOffsets(offsets);
    } catch (error) {
      // A rebalance came between: these records will be delivered again.
      if (!this.stopping)
        this.ports.warn(`event source of ${topic}: offsets were not committed: ${String(error)}`);
    }
  }

  private async stopped(): Promise<void> {
    while (!this.stopping) await this.wake.promise;
  }
}

function sleep(ms: number): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  setTimeout(() => {
    resolve(undefined);
  }, ms);
  return promise;
}
