import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { TickerlakeError } from '../../core/errors.ts';

export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
}

/** How much is asked for at once: memory stays bounded, and a broken connection costs no more than this. */
export const RANGE_BYTES = 4 * 1024 * 1024;
const ATTEMPTS = 3;

/**
 * The bytes of an S3 object from a place on, range by range, all of one version of it.
 * @throws TickerlakeError OBJECT_NOT_FOUND, STORE_REFUSED if it changes meanwhile, STORE_UNAVAILABLE
 */
export async function* readObject(
  s3: S3Client,
  place: ObjectPlace,
  fromByte: number,
  signal: AbortSignal,
  rangeBytes: number = RANGE_BYTES,
): AsyncGenerator<Uint8Array> {
  let etag: string | undefined;
  for (let at = fromByte; !signal.aborted; ) {
    const range = await readRange(s3, place, { at, rangeBytes, etag });
    if (range === undefined) return;
    yield range.bytes;
    at += range.bytes.length;
    etag = range.etag;
    if (at >= range.totalBytes) return;
  }
}

interface Range {
  readonly bytes: Uint8Array;
  readonly totalBytes: number;
  readonly etag: string | undefined;
}

async function readRange(
  s3: S3Client,
  { bucket, key }: ObjectPlace,
  { at, rangeBytes, etag }: { at: number; rangeBytes: number; etag: string | undefined },
): Promise<Range | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await s3.send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          Range: `bytes=${at}-${at + rangeBytes - 1}`,
          IfMatch: etag,
        }),
      );
      const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0);
      const totalBytes = Number(answer.ContentRange?.split('/')[1] ?? at + bytes.length);
      return { bytes, totalBytes, etag: answer.ETag };
    } catch (error) {
      const status = statusOf(error);
      // Past the end, as for an empty object.
      if (status === 416) return undefined;
      const coordinates = { bucket, key };
      if (status === 404) {
        throw new TickerlakeError('OBJECT_NOT_FOUND', `there is no object s3://${bucket}/${key}`, {
          coordinates,
          cause: error,
        });
      }
      if (status === 412) {
        throw new TickerlakeError('STORE_REFUSED', `s3://${bucket}/${key} changed while it was read`, {
          coordinates,
          cause: error,
        });
      }
      if (status === 403 || attempt === ATTEMPTS) {
        throw new TickerlakeError(
          status === 403 ? 'STORE_REFUSED' : 'STORE_UNAVAILABLE',
          `cannot read s3://${bucket}/${key} at byte ${at}`,
          { coordinates, cause: error },
        );
      }
    }
  }
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
}
