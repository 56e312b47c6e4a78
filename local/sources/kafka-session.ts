/** One membership of a consumer group, from connecting to leaving: what it is assigned is delivered in order. */
import { type Consumer, type EachBatchPayload, Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import { Bell, pause } from './bell.ts';
import { DeliveryLine } from './delivery-line.ts';
import { encodeEvent, encodeRecord, type SourceRecord } from './kafka-records.ts';
import type { Batch, BatchOutcome, DivertCondition, KafkaRetryPolicy } from './kafka-retry.ts';
import type { BatchLimits } from './partition-queues.ts';

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
    /** How often the function was invoked with them. */
    attempts: number,
  ) => Promise<void>;
  readonly warn: (line: string) => void;
}

const HEARTBEAT_MS = 1000;
/** A poller that was killed, or whose broker was, stands in the way of its successor for so long. */
const SESSION_TIMEOUT_MS = 10_000;
const REBALANCE_TIMEOUT_MS = 15_000;
/** Pause after a destination or a commit failed. */
const REPAIR_PAUSE_MS = 1000;
/** What the client says, at this place only, before it goes back to the starting position. */
const OUT_OF_RANGE = 'Offset out of range, resetting to default offset';

export class KafkaSession {
  private readonly source: KafkaSource;
  private readonly ports: KafkaPollerPorts;
  private readonly consumer: Consumer;
  private readonly bell = new Bell();
  /** Given when no further batch is to be begun. */
  private readonly closing = new AbortController();
  private readonly failed = Promise.withResolvers<never>();
  /** Of the assignment; the next assignment brings another, and what this one left is delivered again by the group. */
  private line: DeliveryLine | undefined;

  constructor(source: KafkaSource, ports: KafkaPollerPorts) {
    this.source = source;
    this.ports = ports;
    const kafka = new Kafka({
      clientId: `event-source-${source.id}`,
      brokers: ports.bootstrapServers.split(','),
      ssl: { ca: [ports.ca] },
      sasl: { mechanism: 'oauthbearer', oauthBearerProvider: () => this.token() },
      logLevel: logLevel.ERROR,
      // What ends the session is told by its end; the rest is retried by the client itself.
      logCreator:
        () =>
        ({ log }) => {
          if (log.message === OUT_OF_RANGE) this.warnOutOfRange(log['partition']);
        },
    });
    this.consumer = kafka.consumer({
      groupId: source.groupId,
      maxWaitTimeInMs: 500,
      heartbeatInterval: HEARTBEAT_MS,
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      // Its own restarts cannot be called off once they are under way: the poller begins a new session instead.
      retry: { initialRetryTime: 200, retries: 5, restartOnFailure: () => Promise.resolve(false) },
    });
    this.failed.promise.catch(() => undefined);
  }

  /** Resolves after `stop` is given and the group has been left; rejects when the consumer has failed. */
  async run(stop: AbortSignal, letIn: () => void): Promise<void> {
    const close = (): void => {
      this.closing.abort();
      this.bell.ring();
    };
    stop.addEventListener('abort', close);
    let delivering: Promise<void> | undefined;
    try {
      await this.join(letIn);
      delivering = this.deliver();
      await Promise.race([this.failed.promise, delivering]);
    } finally {
      stop.removeEventListener('abort', close);
      close();
      // A successor must not begin while the function still runs with these records.
      await delivering;
      // A group whose coordinator is gone cannot be left: it finds out by itself.
      await this.consumer.disconnect().catch(() => undefined);
    }
  }

  private async join(letIn: () => void): Promise<void> {
    const { consumer, source } = this;
    consumer.on(consumer.events.GROUP_JOIN, () => {
      // Assignments begin at the committed offsets again: what was read ahead would be delivered twice.
      this.line = new DeliveryLine(source.limits, source.retry, Date.now());
      this.bell.ring();
      letIn();
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.fail(payload.error);
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [source.topic], fromBeginning: source.fromBeginning });
    // Resolves when the group has let it in, and when it has crashed before.
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 16,
      eachBatch: (payload) => this.receive(payload),
    });
  }

  private fail(error: Error): void {
    // Nothing of it can be committed any more.
    this.line = undefined;
    this.failed.reject(error);
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
    const { line } = this;
    const { batch } = payload;
    if (line === undefined) return;
    try {
      for (const message of batch.messages) line.add(recordOf(batch, message), Date.now());
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
    // At once, while the assignment is the one they were fetched under: after the next, these records would be skipped.
    payload.resolveOffset(batch.lastOffset());
    this.bell.ring();
    while (line.isFull && line === this.line && payload.isRunning() && !this.closing.signal.aborted) {
      await this.bell.wait(HEARTBEAT_MS);
      await payload.heartbeat();
    }
  }

  private async deliver(): Promise<void> {
    while (!this.closing.signal.aborted) {
      const { line } = this;
      const batch = line?.next(Date.now());
      if (line === undefined || batch === undefined) {
        const dueAtMs = line?.dueAtMs;
        await this.bell.wait(dueAtMs === undefined ? undefined : Math.max(1, dueAtMs - Date.now()));
        continue;
      }
      // There is room for reading ahead.
      this.bell.ring();
      await this.attempt(line, batch);
    }
  }

  private async attempt(line: DeliveryLine, batch: Batch): Promise<void> {
    const outcome = await this.ports.invoke(this.event(batch.records));
    // Another assignment came between: the group delivers these records again.
    if (line !== this.line) return;
    const { diverted, condition, commit, afterMs } = line.settle(batch, outcome, Date.now());
    const wasRun = outcome.kind === 'failed' || outcome.kind === 'returned';
    if (condition !== undefined) {
      const attempts = batch.failures + (wasRun ? 1 : 0);
      const sent = await this.insist(line, 'what was given up could not be sent to its destination', () =>
        this.ports.divert(this.event(diverted), diverted, condition, attempts),
      );
      if (!sent) return;
    }
    if (commit.size > 0) {
      const { topic } = this.source;
      const offsets = [...commit].map(([partition, offset]) => ({
        topic,
        partition,
        offset: String(offset),
      }));
      await this.insist(line, 'offsets were not committed', () => this.consumer.commitOffsets(offsets));
    }
    if (afterMs > 0) await pause(afterMs, this.closing.signal);
  }

  /** Tries until it is done, or the records are delivered again anyway: another assignment, or the end. */
  private async insist(line: DeliveryLine, failure: string, act: () => Promise<void>): Promise<boolean> {
    for (let isFirst = true; line === this.line; isFirst = false) {
      try {
        await act();
        return true;
      } catch (error) {
        if (this.closing.signal.aborted) return false;
        if (isFirst) this.warn(`${failure}, it is tried again: ${String(error)}`);
      }
      await pause(REPAIR_PAUSE_MS, this.closing.signal);
    }
    return false;
  }

  private event(records: readonly SourceRecord[]): Buffer {
    const { clusterArn } = this.source;
    return encodeEvent({ clusterArn, bootstrapServers: this.ports.bootstrapServers }, records);
  }

  private warnOutOfRange(partition: unknown): void {
    const position = this.source.fromBeginning ? 'TRIM_HORIZON' : 'LATEST';
    const why = 'its offset is out of range: the topic was recreated, or its records have expired';
    this.warn(`partition ${String(partition)} is read from ${position} again, for ${why}`);
  }

  private warn(what: string): void {
    const { topic, groupId } = this.source;
    this.ports.warn(`event source of ${topic} (group ${groupId}): ${what}`);
  }
}

function recordOf(
  { topic, partition }: EachBatchPayload['batch'],
  { offset, timestamp, key, value, headers = {} }: KafkaMessage,
): SourceRecord {
  return encodeRecord({
    topic,
    partition,
    offset: Number(offset),
    timestampMs: Number(timestamp),
    key,
    value,
    headers: Object.entries(headers).flatMap(([name, values]) =>
      [values ?? []].flat().map((bytes) => [name, Buffer.from(bytes)] as const),
    ),
  });
}
