/** Puts a curated day into a lake, in a thread of its own: see ../compact.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Credentials } from '../../cli/lake/connection.ts';
import { curatedFiles } from '../data/curated-files.ts';
import { benchRecords } from '../data/records.ts';

/** What the thread is told. */
export interface DayRequest {
  readonly rows: number;
  /** In a curated file. */
  readonly rowsOfFile: number;
  readonly bucket: string;
  /** Configuration of its S3 client. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: Credentials;
    readonly forcePathStyle: true;
  };
}

const PUTS_AT_ONCE = 16;

const { rows, rowsOfFile, bucket, client } = workerData as DayRequest;
const s3 = new S3Client(client);
let pending: Promise<unknown>[] = [];
let put = 0;
// The first of the two days that twice as many records would be of.
for (const { key, body, contentType } of curatedFiles(benchRecords(rows, { of: 2 * rows }), rowsOfFile)) {
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
