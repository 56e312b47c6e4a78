import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { TickerlakeError } from '../../core/errors.ts';

/** S3's limit of one PUT. */
const MAX_BYTES = 5 * 1024 ** 3;

/** Puts a file under a prefix of the lake bucket, streamed, and says its key. */
export async function uploadFile(
  s3: S3Client,
  bucket: string,
  prefix: string,
  file: string,
  signal: AbortSignal,
): Promise<string> {
  const bytes = await sizeOf(file);
  const key = `${prefix}${basename(file)}`;
  await s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: key, Body: createReadStream(file), ContentLength: bytes }),
    { abortSignal: signal },
  );
  return key;
}

/** Says early, before anything is started, that a file is not there or does not fit. */
export async function sizeOf(file: string): Promise<number> {
  const info = await stat(file).catch((cause: unknown) => {
    throw new TickerlakeError('USAGE', `cannot read ${file}`, {
      cause,
      hint: 'the path of an existing file',
    });
  });
  if (!info.isFile())
    throw new TickerlakeError('USAGE', `${file} is not a file`, { hint: 'the path of a file' });
  if (info.size > MAX_BYTES) {
    throw new TickerlakeError('USAGE', `${file} is larger than 5 GiB`, { hint: 'splitting it: split -C 4G' });
  }
  return info.size;
}
