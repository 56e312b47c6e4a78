import { EntityNotFoundException, GetPartitionCommand } from '@aws-sdk/client-glue';
import { createS3ObjectStore } from '../../adapters/objects.ts';
import { type LogPartition, locations } from '../../core/layout.ts';
import { tableNames } from '../../core/names.ts';
import type { PartitionPosition, TracePorts } from '../reconcile/trace-record.ts';
import { connectToTopic, type LakeClients } from './clients.ts';
import { type LakeConnection, logIdOf, outputOf } from './connection.ts';
import { schemaVersionsOf } from './schema-versions.ts';
import { stationsOf, type TopicName } from './stations.ts';
import { readCommitted, readTopicOffsets } from './topic-offsets.ts';

/** How a record of a topic of a running lake is followed. */
export function tracePorts(lake: LakeConnection, clients: LakeClients, name?: TopicName): TracePorts {
  const { topic, landFunction } = stationsOf(lake, name);
  const lakeBucket = outputOf(lake, 'lake', 'LakeBucketName');
  return {
    raw: createS3ObjectStore(outputOf(lake, 'lake', 'RawBucketName'), clients.s3),
    lake: createS3ObjectStore(lakeBucket, clients.s3),
    schemas: schemaVersionsOf(lake, clients),
    landFunction,
    // A broker that does not answer must not hide what the buckets tell.
    position: (log) => readPosition(lake, clients, log, landFunction).catch(() => undefined),
    dayLocation: (dt) => readDayLocation(lake, clients, tableNames(topic).curated, dt),
    expectedLocation: (dt) => `s3://${lakeBucket}/${locations.curatedDay(topic, dt)}`,
  };
}

async function readPosition(
  lake: LakeConnection,
  { msk }: LakeClients,
  { topic, logId, partition }: LogPartition,
  landFunction: string,
): Promise<PartitionPosition | undefined> {
  if (logId !== logIdOf(lake)) return undefined;
  const kafka = await connectToTopic(lake, msk);
  const ends = (await readTopicOffsets(kafka, topic)).find((each) => each.partition === partition);
  if (ends === undefined) return undefined;
  // The mapping's consumer group bears its function's name.
  const committed = await readCommitted(kafka, landFunction, topic);
  return { ...ends, committed: committed.get(partition) };
}

async function readDayLocation(
  lake: LakeConnection,
  { glue }: LakeClients,
  table: string,
  dt: string,
): Promise<string | undefined> {
  try {
    const { Partition: partition } = await glue.send(
      new GetPartitionCommand({
        DatabaseName: outputOf(lake, 'lake', 'DatabaseName'),
        TableName: table,
        PartitionValues: [dt],
      }),
    );
    return partition?.StorageDescriptor?.Location;
  } catch (error) {
    if (error instanceof EntityNotFoundException) return undefined;
    throw error;
  }
}
