/** What moto's S3 gets wrong and local/engines/moto/s3_mends.py puts right. Each test names the page of AWS it follows. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Moto, startMoto } from '../../../local/engines/moto.ts';
import { type Guard, startGuard } from '../../../local/supervisor/index.ts';

const Bucket = 'raw';

let folder: string;
let guard: Guard;
let moto: Moto;
let s3: S3Client;
let lastKey = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-moto-'));
  guard = await startGuard();
  moto = await startMoto(guard, { dir: folder });
  s3 = new S3Client({
    endpoint: moto.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'unused' },
    maxAttempts: 1,
  });
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
}, 60_000);

afterAll(async () => {
  s3.destroy();
  await guard.stopAll();
  await rm(folder, { recursive: true, force: true });
});

const newKey = (): string => `key-${String(++lastKey)}`;

const outcome = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'stored',
    (error: unknown) => (error as Error).name,
  );

async function read(Key: string): Promise<string | undefined> {
  return (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
}

describe('a conditional write', () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
  test('of a key that exists is refused and changes nothing', async () => {
    const Key = newKey();
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'first', IfNoneMatch: '*' }));
    const second = s3.send(new PutObjectCommand({ Bucket, Key, Body: 'second', IfNoneMatch: '*' }));
    await expect(second).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
    expect(await read(Key)).toBe('first');
  });

  test('has one winner among many at the same time', async () => {
    for (let round = 0; round < 10; round += 1) {
      const Key = newKey();
      // Large enough to be written to a file between the check and the end of the write: that is where others slip in.
      const writers = Array.from({ length: 8 }, (_, writer) => String(writer).repeat(1_000_000));
      const outcomes = await Promise.all(
        writers.map((Body) =>
          outcome(s3.send(new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: '*' }))),
        ),
      );
      expect(outcomes.filter((name) => name === 'stored')).toHaveLength(1);
      expect(outcomes.filter((name) => name === 'PreconditionFailed')).toHaveLength(7);
      expect(await read(Key)).toBe(writers[outcomes.indexOf('stored')]);
      const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: Key }));
      expect(Versions?.filter((version) => version.Key === Key)).toHaveLength(1);
    }
  }, 60_000);

  test('succeeds where the newest version is a delete marker', async () => {
    const Key = newKey();
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'first' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'second', IfNoneMatch: '*' }));
    expect(await read(Key)).toBe('second');
  });

  test('by a multipart upload is refused too when the key exists', async () => {
    const Key = newKey();
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const part = await s3.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'whole' }),
    );
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'first' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part.ETag }] };
    const complete = new CompleteMultipartUploadCommand({
      ...{ Bucket, Key, UploadId, MultipartUpload },
      IfNoneMatch: '*',
    });
    await expect(s3.send(complete)).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(await read(Key)).toBe('first');
  });
});

describe('a checksum', () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
  const BODY = '123456789';
  const CHECKSUMS = [
    ['ChecksumCRC32', 'y/Q5Jg=='],
    ['ChecksumCRC32C', '4waSgw=='],
    ['ChecksumCRC64NVME', 'rosUhgp5mIg='],
    ['ChecksumSHA1', createHash('sha1').update(BODY).digest('base64')],
    ['ChecksumSHA256', createHash('sha256').update(BODY).digest('base64')],
  ] as const;

  test.each(CHECKSUMS)('%s that is right is kept and given back', async (name, value) => {
    const Key = newKey();
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: BODY, [name]: value }));
    const got = await s3.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    expect(got[name]).toBe(value);
  });

  test.each(CHECKSUMS)('%s that is wrong is refused, and nothing is stored', async (name, value) => {
    const Key = newKey();
    const put = new PutObjectCommand({ Bucket, Key, Body: `${BODY} damaged`, [name]: value });
    await expect(s3.send(put)).rejects.toMatchObject({
      name: 'BadDigest',
      $metadata: { httpStatusCode: 400 },
    });
    await expect(read(Key)).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('that is wrong refuses a part as well', async () => {
    const Key = newKey();
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const part = { Bucket, Key, UploadId, PartNumber: 1, Body: 'damaged', ChecksumCRC32: 'y/Q5Jg==' };
    expect(await outcome(s3.send(new UploadPartCommand(part)))).toBe('BadDigest');
  });

  test.each([
    ['right', 'y/Q5Jg==', 200],
    ['wrong', 'AAAAAA==', 400],
  ])('that is %s in the trailer of a chunked body is answered %s → %i', async (_case, value, status) => {
    const response = await fetch(`${moto.endpoint}/${Bucket}/${newKey()}`, {
      method: 'PUT',
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/s3/aws4_request',
        'content-type': 'application/octet-stream',
        'content-encoding': 'aws-chunked',
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': '9',
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
      body: `9\r\n${BODY}\r\n0\r\nx-amz-checksum-crc32:${value}\r\n\r\n`,
    });
    expect([response.status, await response.text()]).toEqual([
      status,
      status === 200 ? '' : expect.stringContaining('<Code>BadDigest</Code>'),
    ]);
  });
});

describe('Content-MD5', () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  const md5 = (text: string): string => createHash('md5').update(text).digest('base64');

  test.each([
    ['of the body', md5('body'), 'stored'],
    ['of another body', md5('other'), 'BadDigest'],
    ['that is no MD5', 'AAAA', 'InvalidDigest'],
    ['that is no base64', 'not base64!', 'InvalidDigest'],
  ])('%s', async (_case, ContentMD5, expected) => {
    const put = new PutObjectCommand({ Bucket, Key: newKey(), Body: 'body', ContentMD5 });
    expect(await outcome(s3.send(put))).toBe(expected);
  });
});

describe('a large object', () => {
  const SIZE = 8 * 1024 * 1024;
  const Key = 'large';
  const body = Buffer.alloc(SIZE, 'the quick brown fox ');

  beforeAll(async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: body }));
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html: Range, as RFC 9110 has it
  test.each([
    ['bytes=0-0', 0, 1],
    ['bytes=1000-1999', 1000, 2000],
    ['bytes=8388600-', 8_388_600, SIZE],
    ['bytes=8388600-9999999', 8_388_600, SIZE],
    ['bytes=-5', SIZE - 5, SIZE],
    ['pages=1', 0, SIZE],
  ])('gives its range %s', async (Range, start, end) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, Range }));
    const bytes = await Body?.transformToByteArray();
    expect(Buffer.compare(bytes ?? Buffer.alloc(0), body.subarray(start, end))).toBe(0);
  });

  test('refuses a range beyond its end', async () => {
    const get = new GetObjectCommand({ Bucket, Key, Range: `bytes=${String(SIZE)}-` });
    await expect(s3.send(get)).rejects.toMatchObject({ name: 'InvalidRange' });
  });

  // These look into the emulator's process, which only Linux shows.
  const onLinux = process.platform === 'linux' ? test : () => undefined;

  onLinux('is kept in a file, not in memory', async () => {
    const descriptors = `/proc/${String(moto.pid)}/fd`;
    const sizes = await Promise.all(
      (await readdir(descriptors)).map((descriptor) =>
        stat(join(descriptors, descriptor)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    expect(sizes).toContain(SIZE);
  });

  onLinux('is not read whole for a range of it', async () => {
    const bytesRead = async (): Promise<number> =>
      Number(/^rchar: (\d+)$/m.exec(await readFile(`/proc/${String(moto.pid)}/io`, 'utf8'))?.[1]);
    const before = await bytesRead();
    await s3.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=4000000-4000999' }));
    expect((await bytesRead()) - before).toBeLessThan(100_000);
  });
});
