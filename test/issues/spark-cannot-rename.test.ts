/**
 * Spark could not commit a file through S3A: its rename copies the object with the source's Content-MD5, which the local S3
 * compared with the copy's empty body. S3 takes it: https://github.com/localstack/localstack/issues/538
 */
import { createHash } from 'node:crypto';
import { CopyObjectCommand, CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { startTestEndpoint } from '../helpers/aws-endpoint.ts';

test('a copy may state the MD5 of its source', async () => {
  const endpoint = await startTestEndpoint();
  try {
    const s3 = new S3Client({ ...endpoint.as(), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'lake' }));
    await s3.send(new PutObjectCommand({ Bucket: 'lake', Key: '_temporary/part-0', Body: 'rows' }));
    s3.middlewareStack.add(
      (next) => (input) => {
        const { headers } = input.request as { headers: Record<string, string> };
        headers['content-md5'] = createHash('md5').update('rows').digest('base64');
        return next(input);
      },
      { step: 'build' },
    );
    const copied = await s3.send(
      new CopyObjectCommand({ Bucket: 'lake', Key: 'part-0', CopySource: 'lake/_temporary/part-0' }),
    );
    expect(copied.CopyObjectResult?.ETag).toBe(`"${createHash('md5').update('rows').digest('hex')}"`);
  } finally {
    await endpoint.stop();
  }
}, 60_000);
