/** Results in S3, written and read with the caller's credentials, so that the caller's grants decide. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { AwsCredentials } from '../types.ts';
import { parseCsvRows, type ResultRow, renderCsvRow } from './result-csv.ts';

const PART_BYTES = 8 * 1024 * 1024;
/** A byte position is kept for every so many rows: what a page must read at most beyond itself. */
const ROWS_PER_BLOCK = 250;

/** A written CSV and where its rows begin. Row 0 is the header. */
export interface StoredResult {
  readonly bucket: string;
  readonly key: string;
  readonly rows: number;
  readonly bytes: number;
  /** Byte position of row 0, ROWS_PER_BLOCK, 2 × ROWS_PER_BLOCK, … */
  readonly blocks: readonly number[];
}

export interface ResultPlace {
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
  readonly encryption: Readonly<Record<string, unknown>> | undefined;
  /** Whether the bucket's owner gets the object: https://docs.aws.amazon.com/athena/latest/APIReference/API_AclConfiguration.html */
  readonly isOwnedByBucket: boolean;
}

/** The caller's S3, at the gateway itself. */
export class ResultStore {
  readonly #client: S3Client;

  constructor(endpoint: string, region: string, credentials: AwsCredentials) {
    this.#client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  }

  close(): void {
    this.#client.destroy();
  }

  /** Streams rows to one object, in parts once it is large; an abort removes what was uploaded. */
  async write(
    place: ResultPlace,
    rows: AsyncIterable<readonly ResultRow[]>,
    signal: AbortSignal,
  ): Promise<StoredResult> {
    const upload = new Upload(this.#client, place, signal);
    const blocks: number[] = [];
    let count = 0;
    let bytes = 0;
    try {
      for await (const batch of rows) {
        for (const row of batch) {
          if (count % ROWS_PER_BLOCK === 0) blocks.push(bytes);
          const line = Buffer.from(renderCsvRow(row));
          count += 1;
          bytes += line.length;
          upload.add(line);
        }
        await upload.flushFullParts();
      }
      await upload.finish();
    } catch (error) {
      await upload.abort();
      throw error;
    }
    return { bucket: place.bucket, key: place.key, rows: count, bytes, blocks };
  }

  /** Throws S3's error unless the caller may ask where the bucket is. */
  async findBucket(bucket: string): Promise<void> {
    await this.#client.send(new GetBucketLocationCommand({ Bucket: bucket }));
  }

  async put(place: ResultPlace, body: string | Buffer): Promise<void> {
    const bytes = Buffer.from(body);
    const length = { ContentLength: bytes.length };
    await this.#client.send(new PutObjectCommand({ ...target(place), ...length, Body: bytes }));
  }

  /** Rows [from, to) of a stored result, read by range. */
  async read(stored: StoredResult, from: number, to: number): Promise<ResultRow[]> {
    const end = Math.min(to, stored.rows);
    if (from >= end) return [];
    const firstBlock = Math.floor(from / ROWS_PER_BLOCK);
    const start = stored.blocks[firstBlock] ?? 0;
    const stop = (stored.blocks[Math.ceil(end / ROWS_PER_BLOCK)] ?? stored.bytes) - 1;
    const { Body } = await this.#client.send(
      new GetObjectCommand({ Bucket: stored.bucket, Key: stored.key, Range: `bytes=${start}-${stop}` }),
    );
    const rows = parseCsvRows((await Body?.transformToString('utf-8')) ?? '');
    const skip = from - firstBlock * ROWS_PER_BLOCK;
    return rows.slice(skip, skip + end - from);
  }
}

/** Members that Athena's EncryptionConfiguration becomes: https://docs.aws.amazon.com/athena/latest/ug/encrypting-query-results-stored-in-s3.html */
function target({ bucket, key, contentType, encryption, isOwnedByBucket }: ResultPlace): {
  Bucket: string;
  Key: string;
  ContentType: string;
  ACL?: 'bucket-owner-full-control';
  ServerSideEncryption?: 'AES256' | 'aws:kms';
  SSEKMSKeyId?: string;
} {
  const place = {
    Bucket: bucket,
    Key: key,
    ContentType: contentType,
    ...(isOwnedByBucket ? { ACL: 'bucket-owner-full-control' as const } : {}),
  };
  const option = encryption?.['EncryptionOption'];
  if (option === 'SSE_S3') return { ...place, ServerSideEncryption: 'AES256' };
  if (option !== 'SSE_KMS') return place;
  const kmsKey = encryption?.['KmsKey'];
  return {
    ...place,
    ServerSideEncryption: 'aws:kms',
    ...(typeof kmsKey === 'string' ? { SSEKMSKeyId: kmsKey } : {}),
  };
}

class Upload {
  readonly #client: S3Client;
  readonly #place: ResultPlace;
  readonly #signal: AbortSignal;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #uploadId: string | undefined;
  readonly #etags: string[] = [];

  constructor(client: S3Client, place: ResultPlace, signal: AbortSignal) {
    this.#client = client;
    this.#place = place;
    this.#signal = signal;
  }

  add(line: Buffer): void {
    this.#pending.push(line);
    this.#pendingBytes += line.length;
  }

  async flushFullParts(): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#pendingBytes >= PART_BYTES) await this.#sendPart();
  }

  async finish(): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#uploadId === undefined) {
      await this.#client.send(
        new PutObjectCommand({ ...target(this.#place), Body: Buffer.concat(this.#pending) }),
      );
      return;
    }
    if (this.#pendingBytes > 0) await this.#sendPart();
    const Parts = this.#etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
    await this.#client.send(
      new CompleteMultipartUploadCommand({
        ...this.#object(),
        UploadId: this.#uploadId,
        MultipartUpload: { Parts },
      }),
    );
  }

  async abort(): Promise<void> {
    if (this.#uploadId === undefined) return;
    const command = new AbortMultipartUploadCommand({ ...this.#object(), UploadId: this.#uploadId });
    // The failure that led here is the one to report.
    await this.#client.send(command).catch(() => undefined);
  }

  async #sendPart(): Promise<void> {
    this.#uploadId ??= (
      await this.#client.send(new CreateMultipartUploadCommand(target(this.#place)))
    ).UploadId;
    const { ETag } = await this.#client.send(
      new UploadPartCommand({
        ...this.#object(),
        UploadId: this.#uploadId,
        PartNumber: this.#etags.length + 1,
        Body: Buffer.concat(this.#pending),
      }),
    );
    this.#etags.push(ETag ?? '');
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  #object(): { Bucket: string; Key: string } {
    return { Bucket: this.#place.bucket, Key: this.#place.key };
  }
}
