/** A real broker, pollers on it, and functions that do as they are told. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs';
import { type Broker, startBroker } from '../../local/engines/kafka.ts';
import { MAX_PAYLOAD_BYTES } from '../../local/invoke/function-definition.ts';
import { KafkaPoller } from '../../local/sources/kafka-poller.ts';
import type { BatchOutcome, KafkaRetryPolicy } from '../../local/sources/kafka-retry.ts';
import type { KafkaPollerPorts, KafkaSource } from '../../local/sources/kafka-session.ts';
import { type Guard, startGuard } from '../../local/supervisor/index.ts';
import { createTopics } from './create-topics.ts';

export const success: BatchOutcome = { kind: 'returned', payload: Buffer.from('null') };

/** What every retry control of provisioned mode is by default. */
export const provisioned: KafkaRetryPolicy = {
  provisioned: true,
  reportBatchItemFailures: false,
  bisectBatchOnFunctionError: false,
  maximumRetryAttempts: -1,
  maximumRecordAgeMs: -1,
  hasDestination: false,
};

/** A record of an event. */
export interface EventRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value?: string;
}

/** Answers an event; what it does not name as failed is done. */
type Script = (records: readonly EventRecord[], invocation: number) => BatchOutcome | Promise<BatchOutcome>;

/** A function: remembers its events, and what it has done, in the order in which it was first done. */
export class ScriptedFunction {
  /** Names of the records of each event: `p0@3`. */
  readonly events: string[][] = [];
  readonly done = new Map<number, number[]>();
  script: Script;

  constructor(script: Script = () => success) {
    this.script = script;
  }

  readonly invoke = async (payload: Buffer): Promise<BatchOutcome> => {
    if (payload.length > MAX_PAYLOAD_BYTES) return { kind: 'too-large' };
    const records = recordsOf(payload);
    this.events.push(names(records));
    const outcome = await this.script(records, this.events.length);
    if (outcome.kind === 'returned') this.finish(records, outcome.payload);
    return outcome;
  };

  get doneCount(): number {
    return [...this.done.values()].reduce((sum, { length }) => sum + length, 0);
  }

  private finish(records: readonly EventRecord[], payload: Buffer): void {
    const response = JSON.parse(payload.toString()) as { batchItemFailures?: Failure[] } | null;
    const failed = response?.batchItemFailures ?? [];
    for (const { topic, partition, offset } of records) {
      const isAfterFailure = failed.some(
        ({ itemIdentifier: at }) => at.partition === `${topic}-${partition}` && at.offset <= offset,
      );
      const list = this.done.get(partition) ?? [];
      if (!isAfterFailure && !list.includes(offset)) list.push(offset);
      this.done.set(partition, list);
    }
  }
}

interface Failure {
  readonly itemIdentifier: { readonly partition: string; readonly offset: number };
}

export function recordsOf(payload: Buffer): EventRecord[] {
  const { records } = JSON.parse(payload.toString()) as { records: Record<string, EventRecord[]> };
  return Object.values(records).flat();
}

export function names(records: readonly { readonly partition: number; readonly offset: number }[]): string[] {
  return records.map(({ partition, offset }) => `p${partition}@${offset}`);
}

export function failing(...records: readonly EventRecord[]): BatchOutcome {
  const batchItemFailures = records.map(({ topic, partition, offset }) => ({
    itemIdentifier: { partition: `${topic}-${partition}`, offset },
  }));
  return { kind: 'returned', payload: Buffer.from(JSON.stringify({ batchItemFailures })) };
}

export interface PollerOptions extends Partial<Omit<KafkaSource, 'limits'>> {
  readonly topic: string;
  readonly limits?: Partial<KafkaSource['limits']>;
}

/** What a poller needs to know of a stand, as plain data. */
export interface StandAddress {
  readonly bootstrapServers: string;
  readonly caFile: string;
}

/** A poller of a stand's broker; the group is named after the topic. */
export function pollerOn(
  { bootstrapServers, caFile }: StandAddress,
  { limits, ...options }: PollerOptions,
  ports: Pick<KafkaPollerPorts, 'invoke'> & Partial<KafkaPollerPorts>,
): KafkaPoller {
  const source: KafkaSource = {
    id: 'm-1',
    clusterArn: 'arn:cluster',
    groupId: `group-${options.topic}`,
    fromBeginning: true,
    retry: provisioned,
    ...options,
    limits: { maxRecords: 10, maxBytes: MAX_PAYLOAD_BYTES, windowMs: 0, ...limits },
  };
  return new KafkaPoller(source, {
    region: 'eu-west-1',
    bootstrapServers,
    ca: readFileSync(caFile, 'utf8'),
    credentials: () => ({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' }),
    divert: () => Promise.reject(new Error('nothing is to be diverted')),
    warn: () => undefined,
    ...ports,
  });
}

export class KafkaStand {
  readonly broker: Broker;
  readonly admin: Admin;
  readonly warnings: string[] = [];
  /** Whether the broker lets pollers in. */
  admits = true;
  private readonly producer: Producer;
  private readonly folder: string;
  private readonly guard: Guard;
  private readonly closeVerifier: () => void;
  private readonly pollers: KafkaPoller[] = [];

  private constructor(folder: string, guard: Guard, broker: Broker, closeVerifier: () => void) {
    const kafka = new Kafka({ brokers: [broker.bootstrapAdmin], logLevel: logLevel.NOTHING });
    this.folder = folder;
    this.guard = guard;
    this.broker = broker;
    this.closeVerifier = closeVerifier;
    this.admin = kafka.admin();
    this.producer = kafka.producer();
  }

  static async start(): Promise<KafkaStand> {
    const folder = await mkdtemp(join(tmpdir(), 'tickerlake-event-sources-'));
    const holder: { stand?: KafkaStand } = {};
    const verifier = createServer((request, response) => {
      request.resume();
      request.on('end', () => {
        response.writeHead(holder.stand?.admits === false ? 403 : 200);
        response.end(JSON.stringify({ principal: 'operator', lifetimeMs: Date.now() + 600_000 }));
      });
    });
    await new Promise<void>((resolve) => verifier.listen(0, '127.0.0.1', resolve));
    const { port } = verifier.address() as AddressInfo;
    const guard = await startGuard();
    const broker = await startBroker(guard, { dir: folder, verifyUrl: `http://127.0.0.1:${port}/token` });
    const stand = new KafkaStand(folder, guard, broker, () => {
      verifier.closeAllConnections();
      verifier.close();
    });
    holder.stand = stand;
    await stand.admin.connect();
    await stand.producer.connect();
    return stand;
  }

  get address(): StandAddress {
    return { bootstrapServers: this.broker.bootstrapIam, caFile: this.broker.caFile };
  }

  async createTopic(partitions: number, name = `t-${randomBytes(4).toString('hex')}`): Promise<string> {
    const configEntries = [{ name: 'max.message.bytes', value: '10000000' }];
    await createTopics(this.admin, [
      { topic: name, numPartitions: partitions, replicationFactor: 1, configEntries },
    ]);
    return name;
  }

  /** Appends `count` records to each partition, of `bytes` each. */
  async produce(topic: string, partitions: readonly number[], count: number, bytes = 10): Promise<void> {
    const messages = partitions.flatMap((partition) =>
      Array.from({ length: count }, () => ({ partition, value: randomBytes(bytes) })),
    );
    await this.producer.send({ topic, messages });
  }

  poller(
    options: PollerOptions,
    ports: Pick<KafkaPollerPorts, 'invoke'> & Partial<KafkaPollerPorts>,
  ): KafkaPoller {
    const warn = (line: string): void => {
      this.warnings.push(line);
    };
    const poller = pollerOn(this.address, options, { warn, ...ports });
    this.pollers.push(poller);
    return poller;
  }

  /** Offsets that the group of the topic has committed, by partition. */
  async committed(topic: string): Promise<number[]> {
    const [offsets] = await this.admin.fetchOffsets({ groupId: `group-${topic}`, topics: [topic] });
    return (offsets?.partitions ?? [])
      .toSorted((a, b) => a.partition - b.partition)
      .map(({ offset }) => Number(offset));
  }

  async members(topic: string): Promise<number> {
    const { groups } = await this.admin.describeGroups([`group-${topic}`]);
    return groups[0]?.members.length ?? 0;
  }

  async stopPollers(): Promise<void> {
    await Promise.all(this.pollers.splice(0).map((poller) => poller.stop()));
  }

  async stop(): Promise<void> {
    await this.stopPollers();
    await Promise.allSettled([this.admin.disconnect(), this.producer.disconnect()]);
    await this.guard.stopAll();
    this.closeVerifier();
    await rm(this.folder, { recursive: true, force: true });
  }
}
