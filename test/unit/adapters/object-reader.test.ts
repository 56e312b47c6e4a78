import type { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { readObject } from '../../../adapters/quotes/object-reader.ts';

const content = Buffer.from('0123456789abcdef');
let ranges: string[];
let failures: Record<string, (Error & { $metadata?: { httpStatusCode: number } })[]>;
let etag: string;

beforeEach(() => {
  ranges = [];
  failures = {};
  etag = '"1"';
});

function failure(httpStatusCode?: number): Error & { $metadata?: { httpStatusCode: number } } {
  return Object.assign(
    new Error('failed'),
    httpStatusCode === undefined ? {} : { $metadata: { httpStatusCode } },
  );
}

const s3 = {
  send: ({ input }: GetObjectCommand) => {
    const range = input.Range ?? '';
    ranges.push(range);
    const failed = failures[range]?.shift();
    if (failed !== undefined) return Promise.reject(failed);
    if (input.IfMatch !== undefined && input.IfMatch !== etag) return Promise.reject(failure(412));
    const [first = 0, last = 0] = range.replace('bytes=', '').split('-').map(Number);
    if (first >= content.length) return Promise.reject(failure(416));
    const part = content.subarray(first, last + 1);
    return Promise.resolve({
      ETag: etag,
      ContentRange: `bytes ${first}-${first + part.length - 1}/${content.length}`,
      Body: { transformToByteArray: () => Promise.resolve(part) },
    });
  },
} as unknown as S3Client;

async function read(fromByte: number, signal = new AbortController().signal): Promise<string[]> {
  const parts: string[] = [];
  for await (const part of readObject(s3, { bucket: 'b', key: 'k' }, fromByte, signal, 6)) {
    parts.push(Buffer.from(part).toString());
  }
  return parts;
}

describe('readObject', () => {
  test('reads range by range from the place on', async () => {
    expect(await read(3)).toEqual(['345678', '9abcde', 'f']);
    expect(ranges).toEqual(['bytes=3-8', 'bytes=9-14', 'bytes=15-20']);
  });

  test('asks no more when the last range ends with the object', async () => {
    expect(await read(4)).toEqual(['456789', 'abcdef']);
  });

  test.each([16, 99])('gives nothing past the end, from %i', async (from) => {
    expect(await read(from)).toEqual([]);
  });

  test('tries a range again that broke off', async () => {
    failures['bytes=6-11'] = [failure(), failure(503)];
    expect(await read(0)).toEqual(['012345', '6789ab', 'cdef']);
  });

  test.each([
    [404, 'OBJECT_NOT_FOUND', 1],
    [403, 'STORE_REFUSED', 1],
    [500, 'STORE_UNAVAILABLE', 3],
  ])('HTTP %i is %s after %i attempts', async (status, code, attempts) => {
    failures['bytes=0-5'] = [1, 2, 3].map(() => failure(status));
    await expect(read(0)).rejects.toMatchObject({ code, coordinates: { bucket: 'b', key: 'k' } });
    expect(ranges).toHaveLength(attempts);
  });

  test('refuses to mix two versions of an object', async () => {
    const parts = readObject(s3, { bucket: 'b', key: 'k' }, 0, new AbortController().signal, 6);
    await parts.next();
    etag = '"2"';
    await expect(parts.next()).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  });

  test('stops between ranges when the time is up', async () => {
    expect(await read(0, AbortSignal.abort())).toEqual([]);
  });
});
