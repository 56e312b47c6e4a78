/** Idempotent producer: every record acknowledged by all in-sync replicas, in order, partitioned as the Java client does. */
import {
  type ICustomPartitioner,
  type Kafka,
  type Message,
  Partitioners,
  type PartitionMetadata,
  type Producer,
} from 'kafkajs';
import { TickerlakeError } from '../core/errors.ts';

export interface OutgoingRecord {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly timestampMs: number;
}

/** What the broker acknowledged of one batch in one partition: a run of offsets without gap. */
export interface PartitionAck {
  readonly partition: number;
  readonly firstOffset: bigint;
  /** Positions in the batch sent, in offset order. */
  readonly positions: readonly number[];
}

export interface RecordSender {
  /** Sends one batch and waits for its acknowledgement. After a throw the sender must be closed and made anew. */
  send(records: readonly OutgoingRecord[]): Promise<PartitionAck[]>;
  close(): Promise<void>;
}

/** kafkajs hands the very message to the partitioner: the slot lets us learn where it went. */
interface PlacedMessage extends Message {
  placed: number;
}

/**
 * Connects a producer to one topic. Why it may not be used after a failed send: kafkajs takes back its sequence
 * numbers when a request fails, though the broker may have written it; another batch under the same numbers would be
 * taken for a duplicate and dropped. A new producer has a new id and starts at 0.
 * @throws TickerlakeError KAFKA_UNAVAILABLE
 */
export async function connectSender(kafka: Kafka, topic: string): Promise<RecordSender> {
  const producer = await connectProducer(kafka, recordingPartitioner);
  return {
    send: async (records) => sendBatch(producer, topic, records),
    close: async () => producer.disconnect(),
  };
}

/** @throws TickerlakeError KAFKA_UNAVAILABLE */
export async function connectProducer(
  kafka: Kafka,
  createPartitioner: ICustomPartitioner,
): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner,
  });
  try {
    await producer.connect();
  } catch (error) {
    throw new TickerlakeError('KAFKA_UNAVAILABLE', 'cannot connect to the brokers', { cause: error });
  }
  return producer;
}

async function sendBatch(
  producer: Producer,
  topic: string,
  records: readonly OutgoingRecord[],
): Promise<PartitionAck[]> {
  const messages: PlacedMessage[] = records.map(({ key, value, timestampMs }) => ({
    key,
    value,
    timestamp: String(timestampMs),
    placed: -1,
  }));
  const positions = new Map<number, number[]>();
  let responses: Awaited<ReturnType<Producer['send']>>;
  try {
    responses = await producer.send({ topic, messages, acks: -1 });
  } catch (error) {
    throw new TickerlakeError(
      'KAFKA_UNAVAILABLE',
      `${records.length} records not acknowledged: ${textOf(error)}`,
      {
        coordinates: { topic },
        cause: error,
      },
    );
  }
  messages.forEach(({ placed }, position) => {
    const held = positions.get(placed);
    if (held === undefined) positions.set(placed, [position]);
    else held.push(position);
  });
  const acks = responses.map(({ partition, baseOffset }) => ({
    partition,
    firstOffset: BigInt(baseOffset ?? -1),
    positions: positions.get(partition) ?? [],
  }));
  const acknowledged = acks.reduce((sum, ack) => sum + (ack.firstOffset < 0n ? 0 : ack.positions.length), 0);
  if (acknowledged !== records.length) {
    throw new TickerlakeError(
      'KAFKA_UNAVAILABLE',
      `${acknowledged} of ${records.length} records acknowledged`,
      {
        coordinates: { topic },
      },
    );
  }
  return acks;
}

/**
 * kafkajs's default partitioner (murmur2 of the key, as org.apache.kafka's) computes with BigInt; symbols are few,
 * so each key's partition is remembered for as long as the topic keeps its partition count.
 */
function recordingPartitioner(): ReturnType<typeof Partitioners.DefaultPartitioner> {
  const partition = Partitioners.DefaultPartitioner();
  const known = new Map<string, number>();
  let partitionCount = 0;
  return (args: { topic: string; partitionMetadata: PartitionMetadata[]; message: Message }) => {
    if (args.partitionMetadata.length !== partitionCount || known.size > MAX_KNOWN_KEYS) {
      known.clear();
      partitionCount = args.partitionMetadata.length;
    }
    const message = args.message as PlacedMessage;
    const key = (message.key as Buffer).toString('latin1');
    message.placed = known.get(key) ?? partition(args);
    known.set(key, message.placed);
    return message.placed;
  };
}

const MAX_KNOWN_KEYS = 50_000;

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
