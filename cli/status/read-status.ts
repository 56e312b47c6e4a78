import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Kafka } from 'kafkajs';
import { createS3ObjectStore } from '../../adapters/objects.ts';
import { locations } from '../../core/layout.ts';
import { tableNames } from '../../core/names.ts';
import { readResult, runQuery, sqlLiteral } from '../athena/run-query.ts';
import { connectToTopic, type LakeClients } from '../lake/clients.ts';
import { type LakeConnection, logIdOf, outputOf } from '../lake/connection.ts';
import { CONSOLE_GROUPS } from '../lake/console-groups.ts';
import { measureObjects } from '../lake/measure-objects.ts';
import { measureQueue } from '../lake/measure-queue.ts';
import { stationsOf, TOPIC_NAMES } from '../lake/stations.ts';
import { readTopicOffsets } from '../lake/topic-offsets.ts';
import { listDivertedKeys } from '../replay/diverted-batch.ts';
import { readerAddress, withReader } from '../serving/reader.ts';
import { type BatchStatus, readBatch } from './read-batch.ts';

export interface TopicStatus {
  readonly topic: string;
  readonly partitions: number;
  /** Records ever appended. */
  readonly records: number;
  /** Consumer group -> records not yet committed. */
  readonly lag: Readonly<Record<string, number>>;
}

/** The serving database, as whoever reads sees it. */
export interface ServingStatus {
  /** `host:port` */
  readonly address: string;
  /** PostgreSQL's version, or null while the database cannot be reached. */
  readonly version: string | null;
  /** Why it cannot. */
  readonly problem?: string;
  /** Records of the derived topic that are not in it yet, by its own stream_offsets. */
  readonly behind: number | null;
  /** When it was last written, UTC. */
  readonly updatedAt: string | null;
  readonly symbols: number | null;
}

export interface QueueStatus {
  readonly queue: string;
  readonly waiting: number;
  readonly inFlight: number;
}

export interface ObjectsStatus {
  readonly topic: string;
  readonly zone: string;
  readonly objects: number;
  readonly bytes: number;
}

/** What needs somebody's hand. */
export interface TroubleStatus {
  /** Batches that the event source gave up: missing until they are replayed. */
  readonly divertedBatches: number;
  /** Raw objects that could not be curated. */
  readonly deadLetters: number;
  /** Quarantined records of the running cluster's log, by code. */
  readonly quarantined: Readonly<Record<string, number>>;
}

export interface FreshnessStatus {
  readonly rows: number;
  /** Newest event time, UTC, or null where there are no rows. */
  readonly newestEvent: string | null;
  /** When the newest visible record reached the topic, UTC. */
  readonly newestRecord: string | null;
}

export interface LakeStatus {
  readonly stage: string;
  readonly endpoint: string;
  readonly bootstrapServers: string;
  readonly topics: readonly TopicStatus[];
  readonly serving: ServingStatus;
  readonly queues: readonly QueueStatus[];
  readonly objects: readonly ObjectsStatus[];
  readonly batch: readonly BatchStatus[];
  readonly trouble: TroubleStatus;
  readonly freshness: FreshnessStatus;
}

/** Looks at every station of a record's way at once. */
export async function readStatus(
  lake: LakeConnection,
  clients: LakeClients,
  signal: AbortSignal,
): Promise<LakeStatus> {
  const topic = outputOf(lake, 'stream', 'QuotesTopicName');
  const derived = outputOf(lake, 'stream', 'QuotesFilteredTopicName');
  const kafka = await connectToTopic(lake, clients.msk);
  const [topics, queues, objects, batch, diverted, quarantined, freshness] = await Promise.all([
    Promise.all([readTopic(kafka, topic), readTopic(kafka, derived)]),
    readQueues(lake, clients.sqs),
    Promise.all([readObjects(lake, clients.s3, topic), readObjects(lake, clients.s3, derived)]),
    readBatch(lake, clients),
    listDivertedKeys(createS3ObjectStore(outputOf(lake, 'lake', 'RawBucketName'), clients.s3)),
    readQuarantinedCounts(lake, clients, topic, signal),
    readFreshness(lake, clients, topic, signal),
  ]);
  return {
    stage: lake.stage,
    endpoint: lake.endpoint,
    bootstrapServers: lake.bootstrapIam,
    topics,
    serving: await readServing(lake, topics[1]),
    queues,
    objects: objects.flat(),
    batch,
    trouble: {
      divertedBatches: diverted.length,
      deadLetters: queues
        .filter(({ queue }) => queue.endsWith(DEAD_LETTERS))
        .reduce((sum, { waiting, inFlight }) => sum + waiting + inFlight, 0),
      quarantined,
    },
    freshness,
  };
}

/** A database that is down is what this is to tell, not a reason to fail. */
async function readServing(lake: LakeConnection, derived: TopicStatus): Promise<ServingStatus> {
  const { host, port } = readerAddress(lake);
  const address = `${host}:${port}`;
  try {
    return await withReader(lake, async (client) => {
      const { rows } = await client.query<{
        version: string;
        served: string;
        updated_at: string | null;
        symbols: string;
      }>(SERVING_STATUS, [logIdOf(lake), derived.topic]);
      const [row] = rows;
      return {
        address,
        version: row?.version ?? null,
        behind: derived.records - Number(row?.served ?? 0),
        updatedAt: row?.updated_at ?? null,
        symbols: Number(row?.symbols ?? 0),
      };
    });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { address, version: null, problem, behind: null, updatedAt: null, symbols: null };
  }
}

const SERVING_STATUS = `
  SELECT current_setting('server_version') AS version,
         coalesce(sum(next_offset), 0) AS served,
         to_char(max(updated_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS') AS updated_at,
         (SELECT count(*) FROM latest_quotes) AS symbols
  FROM stream_offsets WHERE log_id = $1 AND topic = $2`;

async function readTopic(kafka: Kafka, topic: string): Promise<TopicStatus> {
  const offsets = await readTopicOffsets(kafka, topic);
  const ends = new Map(offsets.map(({ partition, endOffset }) => [partition, endOffset]));
  const records = offsets.reduce((sum, { endOffset }) => sum + endOffset, 0);
  const lag: Record<string, number> = {};
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { groups } = await admin.listGroups();
    for (const { groupId } of groups) {
      if (groupId.startsWith(CONSOLE_GROUPS)) continue;
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const known = (committed?.partitions ?? []).filter(({ offset }) => Number(offset) >= 0);
      if (known.length === 0) continue;
      const read = known.reduce((sum, { offset }) => sum + Number(offset), 0);
      const unread = offsets.filter(({ partition }) => !known.some((each) => each.partition === partition));
      const ofKnown = known.reduce((sum, { partition }) => sum + (ends.get(partition) ?? 0), 0);
      lag[groupId] = ofKnown - read + unread.reduce((sum, { endOffset }) => sum + endOffset, 0);
    }
  } finally {
    await admin.disconnect();
  }
  return { topic, partitions: offsets.length, records, lag };
}

const DEAD_LETTERS = ' dead letters';

async function readQueues(lake: LakeConnection, sqs: SQSClient): Promise<readonly QueueStatus[]> {
  const queues = TOPIC_NAMES.flatMap((topic) => {
    const { queueUrl, deadLetterQueueUrl } = stationsOf(lake, topic);
    const name = `curate-quotes${topic === 'quotes' ? '' : '-filtered'}`;
    return [[name, queueUrl] as const, [`${name}${DEAD_LETTERS}`, deadLetterQueueUrl] as const];
  });
  return Promise.all(queues.map(async ([queue, url]) => ({ queue, ...(await measureQueue(sqs, url)) })));
}

async function readObjects(
  lake: LakeConnection,
  s3: S3Client,
  topic: string,
): Promise<readonly ObjectsStatus[]> {
  const raw = outputOf(lake, 'lake', 'RawBucketName');
  const refined = outputOf(lake, 'lake', 'LakeBucketName');
  return Promise.all([
    measure(s3, { topic, zone: 'raw' }, raw, locations.raw(topic)),
    measure(s3, { topic, zone: 'quarantine' }, raw, locations.quarantine(topic)),
    measure(s3, { topic, zone: 'curated' }, refined, locations.curated(topic)),
    measure(s3, { topic, zone: 'receipts' }, refined, locations.receipts(topic)),
  ]);
}

async function measure(
  s3: S3Client,
  place: Pick<ObjectsStatus, 'topic' | 'zone'>,
  bucket: string,
  prefix: string,
): Promise<ObjectsStatus> {
  return { ...place, ...(await measureObjects(s3, bucket, prefix)) };
}

async function readQuarantinedCounts(
  lake: LakeConnection,
  { athena }: LakeClients,
  topic: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  const { id } = await runQuery(athena, {
    sql: `SELECT code, count(*) FROM ${tableNames(topic).quarantine} WHERE log_id = ${sqlLiteral(logIdOf(lake))} GROUP BY code ORDER BY code`,
    workgroup: outputOf(lake, 'query', 'AnalystsWorkGroupName'),
    database: outputOf(lake, 'lake', 'DatabaseName'),
    signal,
  });
  const counts: Record<string, number> = {};
  for await (const { rows } of readResult(athena, id)) {
    for (const [code, count] of rows) if (typeof code === 'string') counts[code] = Number(count);
  }
  return counts;
}

/** What the view of a topic shows: how many rows, and how new. */
export async function readFreshness(
  lake: LakeConnection,
  { athena }: Pick<LakeClients, 'athena'>,
  topic: string,
  signal: AbortSignal,
): Promise<FreshnessStatus> {
  const { id } = await runQuery(athena, {
    sql: `SELECT count(*), max(event_time), max(kafka_timestamp) FROM ${tableNames(topic).view}`,
    workgroup: outputOf(lake, 'query', 'AnalystsWorkGroupName'),
    database: outputOf(lake, 'lake', 'DatabaseName'),
    signal,
  });
  for await (const { rows } of readResult(athena, id)) {
    const [count = '0', newestEvent = null, newestRecord = null] = rows[0] ?? [];
    return { rows: Number(count), newestEvent, newestRecord };
  }
  return { rows: 0, newestEvent: null, newestRecord: null };
}
