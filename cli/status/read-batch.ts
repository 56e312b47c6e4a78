/** How far compaction got: what history holds, where each view's cut is, and what is curated above it. */
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { type LogPartition, locations, parseCuratedKey, receiptPrefix } from '../../core/layout.ts';
import { tableNames } from '../../core/names.ts';
import { type HistoryState, readHistory } from '../history/read-history.ts';
import { readViewCut, type ViewCut } from '../history/view-cut.ts';
import type { LakeClients } from '../lake/clients.ts';
import { type LakeConnection, outputOf } from '../lake/connection.ts';
import { TOPIC_NAMES } from '../lake/stations.ts';

export interface PartitionBatch extends Pick<LogPartition, 'logId' | 'partition'> {
  /** Last offset that the view shows from history; undefined where all is shown from curated files. */
  readonly cut: number | undefined;
  /** Curated files above it, which the next compaction takes in. */
  readonly filesAbove: number;
  readonly bytesAbove: number;
}

export interface BatchStatus {
  readonly topic: string;
  /** Undefined until the topic is compacted once. */
  readonly history: HistoryState | undefined;
  readonly partitions: readonly PartitionBatch[];
}

export async function readBatch(
  lake: LakeConnection,
  { glue, s3 }: Pick<LakeClients, 'glue' | 's3'>,
): Promise<readonly BatchStatus[]> {
  const bucket = outputOf(lake, 'lake', 'LakeBucketName');
  const database = outputOf(lake, 'lake', 'DatabaseName');
  return Promise.all(
    TOPIC_NAMES.map(async (topic) => {
      const [history, cut] = await Promise.all([
        readHistory(glue, s3, { database, table: tableNames(topic).history }),
        readViewCut(lake, glue, topic),
      ]);
      return { topic, history, partitions: await measureAbove(s3, bucket, topic, cut) };
    }),
  );
}

/**
 * Files above the cut of each partition, by their names. A raw object is compacted whole, so one that begins above the cut lies
 * above it.
 */
async function measureAbove(
  s3: S3Client,
  bucket: string,
  topic: string,
  cut: ViewCut,
): Promise<readonly PartitionBatch[]> {
  const partitions = new Map<string, PartitionBatch>();
  const add = (
    { logId, partition }: Pick<LogPartition, 'logId' | 'partition'>,
    sizes: readonly number[],
  ): void => {
    const key = receiptPrefix({ topic, logId, partition });
    const { filesAbove = 0, bytesAbove = 0 } = partitions.get(key) ?? {};
    partitions.set(key, {
      logId,
      partition,
      cut: cut.at({ logId, partition }),
      filesAbove: filesAbove + sizes.length,
      bytesAbove: bytesAbove + sizes.reduce((sum, size) => sum + size, 0),
    });
  };
  for (const term of cut.terms) add(term, []);
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: locations.curated(topic),
        ContinuationToken: token,
      }),
    );
    for (const { Key: key = '', Size: size = 0 } of page.Contents ?? []) {
      const object = parseCuratedKey(key)?.object;
      if (object !== undefined && !cut.covers(object, object.start)) add(object, [size]);
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return [...partitions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, partition]) => partition);
}
