/** Producer of a derived topic: each record into the partition that it came from, acknowledged by all in-sync replicas, in order. */
import { CompressionTypes, type Kafka, type Producer } from 'kafkajs';
import { TickerlakeError } from '../core/errors.ts';
import { connectProducer } from './kafka-producer.ts';

export interface DerivedRecord {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly timestampMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the brokers acknowledged of one send in one partition: a run of offsets without gap. */
export interface PartitionAppend {
  readonly partition: number;
  readonly firstOffset: bigint;
  readonly records: number;
}

export interface SendOptions {
  /** Time to wait for the acknowledgement, ms. */
  readonly patienceMs: number;
  /** Whether records are sent compressed, which a broker measures them as. @default false */
  readonly isCompressed?: boolean;
}

export interface DerivedSender {
  /**
   * Sends records and waits until all of them are acknowledged; those of a partition stand in the order given. What failed may
   * be in the topic all the same, then or later.
   * @throws TickerlakeError KAFKA_UNAVAILABLE; RECORD_TOO_LARGE if the topic does not take one of them
   */
  send(records: readonly DerivedRecord[], options: SendOptions): Promise<PartitionAppend[]>;
}

interface Connection {
  append(records: readonly DerivedRecord[], isCompressed: boolean): Promise<PartitionAppend[]>;
  close(): Promise<void>;
}

/** How long a failed producer is waited for when it is closed, ms: it first waits for its own requests. */
const CLOSE_PATIENCE_MS = 500;

/**
 * Connects when there is something to send, and stays connected from send to send. A producer whose send failed is closed and
 * never used again: `connectSender` says why.
 */
export class WarmDerivedSender implements DerivedSender {
  readonly #connect: () => Promise<Connection>;
  #connection: Promise<Connection> | undefined;

  constructor(connect: () => Promise<Connection>) {
    this.#connect = connect;
  }

  async send(
    records: readonly DerivedRecord[],
    { patienceMs, isCompressed = false }: SendOptions,
  ): Promise<PartitionAppend[]> {
    const connection = (this.#connection ??= this.#connect());
    try {
      return await inTime(
        connection.then((connected) => connected.append(records, isCompressed)),
        patienceMs,
      );
    } catch (error) {
      this.#connection = undefined;
      const closing = connection.then((connected) => connected.close());
      await inTime(closing, CLOSE_PATIENCE_MS).catch(() => undefined);
      throw error;
    }
  }
}

/** @throws TickerlakeError KAFKA_UNAVAILABLE */
export async function connectDerived(kafka: Kafka, topic: string): Promise<Connection> {
  const producer = await connectProducer(kafka, () => partitionOf);
  return {
    append: async (records, isCompressed) => append(producer, topic, records, isCompressed),
    close: async () => producer.disconnect(),
  };
}

/** Every message names its partition. */
function partitionOf({ message }: { readonly message: { readonly partition?: number } }): number {
  if (message.partition === undefined) throw new RangeError('a derived record names its partition');
  return message.partition;
}

async function append(
  producer: Producer,
  topic: string,
  records: readonly DerivedRecord[],
  isCompressed: boolean,
): Promise<PartitionAppend[]> {
  const messages = records.map(({ timestampMs, headers, ...record }) => ({
    ...record,
    timestamp: String(timestampMs),
    headers: { ...headers },
  }));
  const compression = isCompressed ? CompressionTypes.GZIP : CompressionTypes.None;
  const appended = new Map<number, bigint>();
  try {
    for (const { partition, baseOffset } of await producer.send({ topic, messages, acks: -1, compression }))
      appended.set(partition, BigInt(baseOffset ?? -1));
  } catch (error) {
    throw sendError(error, topic, records.length);
  }
  const counts = new Map<number, number>();
  for (const { partition } of records) counts.set(partition, (counts.get(partition) ?? 0) + 1);
  return [...counts].map(([partition, count]) => {
    const firstOffset = appended.get(partition) ?? -1n;
    if (firstOffset >= 0n) return { partition, firstOffset, records: count };
    // kafkajs leaves out what it finds no leader for, and says nothing.
    throw new TickerlakeError('KAFKA_UNAVAILABLE', `${count} records not acknowledged`, {
      coordinates: { topic, partition },
      hint: 'a derived topic needs as many partitions as its source: deploy the stream stack',
    });
  });
}

function sendError(error: unknown, topic: string, count: number): TickerlakeError {
  const why = error instanceof Error ? error.message : String(error);
  const code = typesOf(error).includes('MESSAGE_TOO_LARGE') ? 'RECORD_TOO_LARGE' : 'KAFKA_UNAVAILABLE';
  return new TickerlakeError(code, `${count} records not acknowledged: ${why}`, {
    coordinates: { topic },
    cause: error,
  });
}

/** Names of protocol errors, of the error itself and of what it came from. */
function typesOf(error: unknown): unknown[] {
  if (!(error instanceof Error)) return [];
  return ['type' in error ? error.type : undefined, ...typesOf(error.cause)];
}

async function inTime<T>(work: Promise<T>, patienceMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new TickerlakeError('KAFKA_UNAVAILABLE', 'the brokers did not acknowledge a batch in time'));
    }, patienceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
