/** The metadata files of Iceberg tables, read with the caller's credentials. None is ever written again, so each is read once. */
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { QueryFailure } from '../errors.ts';
import { type DataFile, type Manifest, parseManifest, parseManifestList } from './manifests.ts';
import { parseTableMetadata, type TableMetadata } from './table-metadata.ts';

const MAX_KEPT_FILES = 2000;

export class MetadataFiles {
  readonly #s3: S3Client;
  readonly #parsed = new Map<string, Promise<unknown>>();

  constructor(s3: S3Client) {
    this.#s3 = s3;
  }

  /** @param table its name, for failures */
  async table(path: string, table: string): Promise<TableMetadata> {
    return this.#read(path, (body) => Promise.resolve(parseTableMetadata(textOf(body), table)));
  }

  async manifestList(path: string): Promise<readonly Manifest[]> {
    return this.#read(path, parseManifestList);
  }

  async manifest(manifest: Manifest): Promise<readonly DataFile[]> {
    return this.#read(manifest.path, (body) => parseManifest(body, manifest));
  }

  async #read<Content>(path: string, parse: (body: Uint8Array) => Promise<Content>): Promise<Content> {
    const kept = this.#parsed.get(path) as Promise<Content> | undefined;
    if (kept !== undefined) return kept;
    if (this.#parsed.size >= MAX_KEPT_FILES) this.#parsed.clear();
    const parsed = this.#get(path).then(parse);
    this.#parsed.set(path, parsed);
    // What failed may be allowed, or there, the next time.
    parsed.catch(() => this.#parsed.delete(path));
    return parsed;
  }

  /** Not stopped with the query that asks first: others may wait for the same file. */
  async #get(path: string): Promise<Uint8Array> {
    const [, bucket, key] = /^s3[an]?:\/\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (bucket === undefined)
      throw new QueryFailure('ICEBERG_INVALID_METADATA', `a file of the table is not on S3: "${path}"`);
    try {
      const { Body: body } = await this.#s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return (await body?.transformToByteArray()) ?? new Uint8Array();
    } catch (error) {
      throw readFailure(error, path);
    }
  }
}

function textOf(body: Uint8Array): string {
  const isZipped = body[0] === 0x1f && body[1] === 0x8b;
  return (isZipped ? gunzipSync(body) : Buffer.from(body)).toString();
}

function readFailure(error: unknown, path: string): unknown {
  const { name, message } = error as Error;
  if (name === 'AccessDenied' || name === 'Forbidden')
    return new QueryFailure('PERMISSION_DENIED', `Permission denied on S3 path: ${path} (${message})`);
  if (name === 'NoSuchKey' || name === 'NoSuchBucket')
    return new QueryFailure('ICEBERG_MISSING_METADATA', `Metadata not found in metadata location: ${path}`);
  return error;
}
