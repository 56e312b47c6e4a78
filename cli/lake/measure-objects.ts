import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';

/** How many objects there are under a prefix, and their bytes. */
export async function measureObjects(
  s3: S3Client,
  bucket: string,
  prefix: string,
): Promise<{ readonly objects: number; readonly bytes: number }> {
  let [objects, bytes] = [0, 0];
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
    );
    for (const { Size: size = 0 } of page.Contents ?? []) {
      objects += 1;
      bytes += size;
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return { objects, bytes };
}
