import { HeadObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { type LogPartition, parseRawKey, rawPrefix, receiptKey } from '../../core/layout.ts';
import { parseRawMetadata } from '../../core/raw-file.ts';
import { type LakeConnection, outputOf } from '../lake/connection.ts';
import type { Fault } from './compare.ts';

/** Where the first record of a fault was seen last on its way: broker, raw object, receipt. */
export async function lastSeen(
  lake: LakeConnection,
  s3: S3Client,
  topic: string,
  { kind, logId, partition, offset }: Pick<Fault, 'kind' | 'logId' | 'partition' | 'offset'>,
): Promise<string | undefined> {
  if (offset === undefined || kind === 'phantom' || kind === 'truncated') return undefined;
  const log: LogPartition = { topic, logId, partition };
  const rawBucket = outputOf(lake, 'lake', 'RawBucketName');
  const raw = await rawKeyBefore(s3, rawBucket, log, offset);
  const object = raw === undefined ? undefined : parseRawKey(raw);
  if (raw === undefined || object === undefined) return 'the broker: no raw object starts at or before it';
  const lakeBucket = outputOf(lake, 'lake', 'LakeBucketName');
  const receipt = receiptKey(object);
  const { Contents: found = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: lakeBucket, Prefix: receipt, MaxKeys: 1 }),
  );
  if (found.length > 0) return `receipt s3://${lakeBucket}/${receipt}`;
  const { Metadata: about = {} } = await s3.send(new HeadObjectCommand({ Bucket: rawBucket, Key: raw }));
  const last = parseRawMetadata(about)?.last;
  if (last !== undefined && last < offset) return `the broker: raw ends at offset ${last}`;
  return `raw object s3://${rawBucket}/${raw}, which has no receipt`;
}

/** The last object of the partition's chain that starts at or before an offset. */
async function rawKeyBefore(
  s3: S3Client,
  bucket: string,
  log: LogPartition,
  offset: number,
): Promise<string | undefined> {
  let best: string | undefined;
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: rawPrefix(log), ContinuationToken: token }),
    );
    for (const { Key: key = '' } of page.Contents ?? []) {
      const object = parseRawKey(key);
      if (object?.kind !== 'chain') continue;
      if (object.start > offset) return best;
      best = key;
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return best;
}
