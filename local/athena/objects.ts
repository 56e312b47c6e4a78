/** The objects of a table, listed at the locations that the catalog names and nowhere else. */
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { QueryFailure } from './errors.ts';
import type { Partition } from './partitions.ts';

export interface DataObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
}

/** A partition with its data files; empty ones and those that Hive hides are left out. */
export interface ListedPartition extends Partition {
  readonly objects: readonly DataObject[];
  /** Whether objects lie beside the data files that are no data. */
  readonly hasOthers: boolean;
  /** What its objects' keys follow, without a slash at the end. @default - its bucket on S3 */
  readonly root?: string;
}

/** What the keys of a partition's objects follow. */
export function rootOf({ root, bucket }: Pick<ListedPartition, 'root' | 'bucket'>): string {
  return root ?? `s3://${bucket}`;
}

const CONCURRENT_LISTINGS = 16;

/** Partitions without data are left out. Throws PERMISSION_DENIED where the caller may not list. */
export async function listPartitions(
  s3: S3Client,
  partitions: readonly Partition[],
  signal: AbortSignal,
): Promise<ListedPartition[]> {
  const listed: ListedPartition[] = [];
  const rest = partitions.entries();
  await Promise.all(
    Array.from({ length: Math.min(CONCURRENT_LISTINGS, partitions.length) }, async () => {
      for (const [place, partition] of rest) listed[place] = await listPartition(s3, partition, signal);
    }),
  );
  return listed.filter(({ objects }) => objects.length > 0);
}

async function listPartition(
  s3: S3Client,
  partition: Partition,
  signal: AbortSignal,
): Promise<ListedPartition> {
  const { bucket, prefix } = partition;
  const objects: DataObject[] = [];
  let hasOthers = false;
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token });
    const page = await s3.send(command, { abortSignal: signal }).catch((error: unknown) => {
      throw listingFailure(error, partition);
    });
    for (const { Key = '', Size = 0, ETag = '' } of page.Contents ?? []) {
      if (Size > 0 && !isHidden(Key.slice(prefix.length))) objects.push({ key: Key, size: Size, etag: ETag });
      else hasOthers = true;
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
  return { ...partition, objects, hasOthers };
}

/** Hive reads no file whose name, or whose folder's, begins with a dot or an underscore. */
function isHidden(path: string): boolean {
  return path === '' || path.endsWith('/') || path.split('/').some((part) => /^[._]/.test(part));
}

function listingFailure(error: unknown, { bucket, prefix }: Partition): unknown {
  const { name, message } = error as Error;
  const path = `s3://${bucket}/${prefix}`;
  if (name === 'AccessDenied' || name === 'Forbidden')
    return new QueryFailure('PERMISSION_DENIED', `Permission denied on S3 path: ${path} (${message})`);
  if (name === 'NoSuchBucket')
    return new QueryFailure(
      'HIVE_METASTORE_ERROR',
      `the bucket of ${path} does not exist: deploy the lake stack again`,
    );
  return error;
}
