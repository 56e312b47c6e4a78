/** The object store port and its S3 implementation. Callers see three outcomes of a conditional write, never an HTTP code. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { TickerlakeError } from '../core/errors.ts';

export interface ObjectToPut {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface StoredObject {
  readonly body: Buffer;
  /** Changes with the bytes: what `putIfUnchanged` compares. */
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string;
  /** When it was last written, epoch ms; S3 lists whole seconds. */
  readonly writtenMs: number;
}

/** A strongly consistent object store. Methods throw TickerlakeError STORE_UNAVAILABLE or STORE_REFUSED. */
export interface ObjectStore {
  /**
   * Stores the object unless the key exists. `exists` may also mean that an earlier, seemingly failed try of this very
   * call stored it: read it to know.
   */
  putIfAbsent(key: string, object: ObjectToPut): Promise<'created' | 'exists'>;
  /** Replaces the object that has this ETag. `changed` may also mean that an earlier try of this very call did. */
  putIfUnchanged(key: string, object: ObjectToPut, etag: string): Promise<'replaced' | 'changed'>;
  put(key: string, object: ObjectToPut): Promise<void>;
  get(key: string): Promise<StoredObject | undefined>;
  /** User metadata alone. */
  head(key: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Keys under a prefix in order, those behind `startAfter` only; pages are fetched as they are consumed. */
  list(prefix: string, startAfter?: string): AsyncIterable<string>;
  /** As `list`, with when each was written. */
  listWritten(prefix: string, startAfter?: string): AsyncIterable<ListedObject>;
  /** What goes on behind a prefix up to the next slash, in order: `a/b/` for keys such as `a/b/c`. */
  listFolders(prefix: string): AsyncIterable<string>;
  /** Deleting what is not there is fine. */
  delete(key: string): Promise<void>;
}

interface Condition {
  readonly IfNoneMatch?: '*';
  readonly IfMatch?: string;
}

/** Concurrent conditional writes to one key answer 409: ask again, https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
const CONFLICT_ATTEMPTS = 6;

/** An S3 client as all functions use it: bounded waits, so that a hanging call fails while its function still can act. */
export function createS3Client(): S3Client {
  return new S3Client({
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 20_000, throwOnRequestTimeout: true },
  });
}

export function createS3ObjectStore(bucket: string, s3: S3Client): ObjectStore {
  const write = async (key: string, object: ObjectToPut, condition: Condition = {}): Promise<boolean> => {
    const answer = await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: object.body,
        ContentLength: object.body.length,
        ContentType: object.contentType,
        ...(object.metadata === undefined ? {} : { Metadata: { ...object.metadata } }),
        ...condition,
      }),
    );
    // A success carries an ETag; an answer without one (an error in the body of a 200) proves nothing.
    return answer.ETag !== undefined;
  };

  /** False where the condition does not hold. */
  const writeIf = async (key: string, object: ObjectToPut, condition: Condition): Promise<boolean> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await write(key, object, condition);
      } catch (error) {
        const status = statusOf(error);
        if (status === 412 || (status === 404 && condition.IfMatch !== undefined)) return false;
        if (status !== 409 || attempt === CONFLICT_ATTEMPTS) throw storeError(error, key);
        await new Promise((resolve) => setTimeout(resolve, 25 * 2 ** attempt));
      }
    }
  };

  async function* pages(
    query: Omit<ListObjectsV2CommandInput, 'Bucket'>,
  ): AsyncIterable<ListObjectsV2CommandOutput> {
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({ ...query, Bucket: bucket, ContinuationToken: token });
      const page = await s3.send(command).catch((error: unknown) => {
        throw storeError(error, query.Prefix ?? '');
      });
      yield page;
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  return {
    async putIfAbsent(key, object) {
      return (await writeIf(key, object, { IfNoneMatch: '*' })) ? 'created' : 'exists';
    },
    async putIfUnchanged(key, object, etag) {
      return (await writeIf(key, object, { IfMatch: etag })) ? 'replaced' : 'changed';
    },
    async put(key, object) {
      try {
        if (await write(key, object)) return;
      } catch (error) {
        throw storeError(error, key);
      }
      throw new TickerlakeError('STORE_UNAVAILABLE', 'S3 answered a write without an ETag', {
        coordinates: { key },
      });
    },
    async get(key) {
      try {
        const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
        const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
        return { body, metadata: answer.Metadata ?? {}, etag: answer.ETag ?? '' };
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw storeError(error, key);
      }
    },
    async head(key) {
      try {
        return (await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).Metadata ?? {};
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw storeError(error, key);
      }
    },
    async *list(prefix, startAfter) {
      for await (const { Contents } of pages({ Prefix: prefix, StartAfter: startAfter })) {
        for (const { Key } of Contents ?? []) if (Key !== undefined) yield Key;
      }
    },
    async *listWritten(prefix, startAfter) {
      for await (const { Contents } of pages({ Prefix: prefix, StartAfter: startAfter })) {
        for (const { Key, LastModified } of Contents ?? []) {
          if (Key !== undefined) yield { key: Key, writtenMs: LastModified?.getTime() ?? 0 };
        }
      }
    },
    async *listFolders(prefix) {
      for await (const { CommonPrefixes } of pages({ Prefix: prefix, Delimiter: '/' })) {
        for (const { Prefix } of CommonPrefixes ?? []) if (Prefix !== undefined) yield Prefix;
      }
    },
    async delete(key) {
      try {
        await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
      } catch (error) {
        throw storeError(error, key);
      }
    },
  };
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

/** 4xx but for conflict, time-out and throttling says that asking again changes nothing. */
function storeError(error: unknown, key: string): TickerlakeError {
  const status = statusOf(error);
  const isRefusal =
    status !== undefined && status >= 400 && status < 500 && ![408, 409, 429].includes(status);
  const name = error instanceof Error ? error.name : 'unknown error';
  return new TickerlakeError(
    isRefusal ? 'STORE_REFUSED' : 'STORE_UNAVAILABLE',
    `S3 ${isRefusal ? 'refused' : 'could not answer'} (${status === undefined ? name : `${status} ${name}`})`,
    { coordinates: { key }, cause: error },
  );
}
