/**
 * Avro files for DuckDB, whose reader lacks a codec that Athena has (https://github.com/duckdb/duckdb-avro/issues/5,
 * https://docs.aws.amazon.com/athena/latest/ug/compression-support-hive.html): fetched with the caller's credentials, and laid down
 * under the same path without compression.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { AvroReader, AvroWriter } from '../../core/avro-bytes.ts';
import { notSupported, QueryFailure } from './errors.ts';
import type { DataObject, ListedPartition } from './objects.ts';

const MAGIC = 'Obj\u0001';
const SYNC_BYTES = 16;
const CODEC = 'avro.codec';
const FETCHED_AT_ONCE = 16;

export class AvroCopies {
  readonly #s3: S3Client;
  readonly #parent: string;
  #folder: string | undefined;
  /** By path and version. */
  readonly #copied = new Map<string, Promise<void>>();

  /** @param parent folder in which it makes one of its own */
  constructor(s3: S3Client, parent: string) {
    this.#s3 = s3;
    this.#parent = parent;
  }

  /** The same partitions, at home here. @throws QueryFailure for a file that may not be read, or is no Avro */
  async fetch(partitions: readonly ListedPartition[]): Promise<ListedPartition[]> {
    const folder = this.#home();
    const wanted = partitions
      .flatMap(({ bucket, objects }) => objects.map((object) => ({ bucket, object })))
      .values();
    const work = async (): Promise<void> => {
      for (const { bucket, object } of wanted) await this.#keep(folder, bucket, object);
    };
    await Promise.all(Array.from({ length: FETCHED_AT_ONCE }, work));
    return partitions.map((partition) => ({ ...partition, root: join(folder, partition.bucket) }));
  }

  close(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  #home(): string {
    if (this.#folder !== undefined) return this.#folder;
    mkdirSync(this.#parent, { recursive: true });
    this.#folder = mkdtempSync(join(this.#parent, 'avro-'));
    return this.#folder;
  }

  async #keep(folder: string, bucket: string, { key, etag }: DataObject): Promise<void> {
    const name = `${bucket}/${key}@${etag}`;
    let copied = this.#copied.get(name);
    if (copied === undefined) {
      copied = this.#copy(bucket, key, join(folder, bucket, key));
      this.#copied.set(name, copied);
      // What failed may be allowed, or whole, the next time.
      copied.catch(() => this.#copied.delete(name));
    }
    await copied;
  }

  async #copy(bucket: string, key: string, file: string): Promise<void> {
    const path = `s3://${bucket}/${key}`;
    if (key.split('/').includes('..'))
      throw notSupported(
        `${path} leads out of its folder`,
        'the local engine reads Avro files whose names have no ..',
      );
    const object = await this.#s3
      .send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      .catch((error: unknown) => {
        throw readFailure(error, path);
      });
    const body = Buffer.from((await object.Body?.transformToByteArray()) ?? []);
    await mkdir(dirname(file), { recursive: true });
    // Whole or not at all, whoever looks.
    const part = `${file}.${randomUUID()}.part`;
    await writeFile(part, uncompressed(body, path));
    await rename(part, file);
  }
}

/**
 * An object container file without Zstandard; one with another codec as it is.
 * https://avro.apache.org/docs/1.11.1/specification/#object-container-files
 * @throws QueryFailure HIVE_BAD_DATA
 */
export function uncompressed(body: Buffer, path: string): Buffer {
  try {
    const reader = new AvroReader(body);
    if (reader.raw(MAGIC.length).toString('latin1') !== MAGIC) throw new Error('it does not begin as one');
    const metadata = reader.stringMap();
    if (metadata.get(CODEC) !== 'zstandard') return body;
    const writer = new AvroWriter(body.length * 4);
    writer.ascii(MAGIC);
    writer.stringMap({ ...Object.fromEntries(metadata), [CODEC]: 'null' });
    const sync = reader.raw(SYNC_BYTES);
    writer.raw(sync);
    while (!reader.isAtEnd) {
      writer.long(reader.long());
      writer.bytes(zstdDecompressSync(reader.bytes()));
      writer.raw(reader.raw(SYNC_BYTES));
    }
    return writer.finish();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new QueryFailure('HIVE_BAD_DATA', `${path} is no Avro file that can be read: ${why}`);
  }
}

function readFailure(error: unknown, path: string): unknown {
  const { name, message } = error as Error;
  if (name === 'AccessDenied' || name === 'Forbidden')
    return new QueryFailure('PERMISSION_DENIED', `Permission denied on S3 path: ${path} (${message})`);
  return error;
}
