/** The bench's records as the Kafka event source delivers them. https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html */
import type { DeliveredRecord } from '../../core/kafka-event.ts';
import {
  type BenchDataOptions,
  type BenchRecord,
  benchRecords,
  CLUSTER_ARN,
  DEFAULT_PARTITIONS,
} from './records.ts';

/** Records of two days that a part of them is taken from, so that it is as dense whatever its length. */
export const DENSITY = 2_000_000;

/** A record as an event source hands it over. */
export function delivered({ offset, timestamp, key, value }: BenchRecord): DeliveredRecord {
  return {
    offset,
    timestamp,
    timestampType: 'CREATE_TIME',
    key: key.toString('base64'),
    value: value.toString('base64'),
    headers: [],
  };
}

/** The first records by partition. */
export function deliveredRecords(count: number, options: BenchDataOptions = {}): DeliveredRecord[][] {
  const { partitions = DEFAULT_PARTITIONS, of = Math.max(count, DENSITY) } = options;
  const byPartition = Array.from({ length: partitions }, (): DeliveredRecord[] => []);
  for (const record of benchRecords(count, { partitions, of }))
    byPartition[record.partition]?.push(delivered(record));
  return byPartition;
}

/** An event with records of each partition. */
export function eventText(topic: string, partitions: readonly (readonly DeliveredRecord[])[]): string {
  return JSON.stringify({
    eventSource: 'aws:kafka',
    eventSourceArn: CLUSTER_ARN,
    bootstrapServers: 'b-1:9098',
    records: Object.fromEntries(
      [...partitions.entries()]
        .filter(([, records]) => records.length > 0)
        .map(([partition, records]) => [
          `${topic}-${partition}`,
          records.map((record) => ({ topic, partition, ...record })),
        ]),
    ),
  });
}
