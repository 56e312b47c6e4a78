/** Puts a curated day into a lake, in a thread of its own: see compact.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type DayRequest, makeCuratedDay } from './curated-day.ts';

const PUTS_AT_ONCE = 16;

const { rows, files, bucket, client } = workerData as DayRequest;
const s3 = new S3Client(client);
let pending: Promise<unknown>[] = [];
let put = 0;
for (const { key, body, contentType } of makeCuratedDay(rows, files)) {
  pending.push(
    s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType })),
  );
  put += 1;
  if (pending.length < PUTS_AT_ONCE) continue;
  await Promise.all(pending);
  pending = [];
  parentPort?.postMessage(put / 2);
}
await Promise.all(pending);
s3.destroy();
