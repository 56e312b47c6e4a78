import type { Kafka } from 'kafkajs';
import { TickerlakeError } from '../../core/errors.ts';

export interface PartitionOffsets {
  readonly partition: number;
  /** First offset still on the broker. */
  readonly startOffset: number;
  /** Offset that the next record gets. */
  readonly endOffset: number;
}

/** Every partition of a topic with its ends, as the broker says. */
export async function readTopicOffsets(kafka: Kafka, topic: string): Promise<readonly PartitionOffsets[]> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets
      .map(({ partition, low, high }) => ({
        partition,
        startOffset: Number(low),
        endOffset: Number(high),
      }))
      .sort((left, right) => left.partition - right.partition);
  } catch (cause) {
    throw new TickerlakeError('KAFKA_UNAVAILABLE', `the broker does not tell the offsets of topic ${topic}`, {
      cause,
      hint: 'tickerlake doctor, and the broker’s log in the logs folder',
    });
  } finally {
    await admin.disconnect();
  }
}

/** Next offset of a consumer group by partition; one that it never committed is absent. */
export async function readCommitted(
  kafka: Kafka,
  groupId: string,
  topic: string,
): Promise<ReadonlyMap<number, number>> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const known = (committed?.partitions ?? []).map(
      ({ partition, offset }) => [partition, Number(offset)] as const,
    );
    return new Map(known.filter(([, offset]) => offset >= 0));
  } catch (cause) {
    throw new TickerlakeError(
      'KAFKA_UNAVAILABLE',
      `the broker does not tell the offsets of group ${groupId}`,
      {
        cause,
        hint: 'tickerlake doctor, and the broker’s log in the logs folder',
      },
    );
  } finally {
    await admin.disconnect();
  }
}
