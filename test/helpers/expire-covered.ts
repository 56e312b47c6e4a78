/** What the lake bucket's lifecycle does to curated files that history covers, once they are old enough. */
import {
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { COVERED_TAG, locations } from '../../core/layout.ts';

/** Removes those with its tag. Returns how many. */
export async function expireCovered(s3: S3Client, bucket: string, topic: string): Promise<number> {
  let removed = 0;
  const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: locations.curated(topic) });
  for await (const { Contents: objects = [] } of pages) {
    for (const { Key } of objects) {
      const { TagSet: tags = [] } = await s3.send(new GetObjectTaggingCommand({ Bucket: bucket, Key }));
      const isCovered = tags.some((tag) => tag.Key === 'covered' && tag.Value === COVERED_TAG.covered);
      if (!isCovered) continue;
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
      removed += 1;
    }
  }
  return removed;
}
