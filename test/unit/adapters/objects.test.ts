import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createS3ObjectStore, type ObjectStore } from '../../../adapters/objects.ts';
import { reset, ScriptedServer, s3Error, status } from '../../helpers/scripted-server.ts';

const server = new ScriptedServer();
const body = Buffer.from('the bytes');
const object = { body, contentType: 'application/avro', metadata: { first: '0' } };
const stored = status(200, '', { etag: '"abc"' });
let store: ObjectStore;

beforeAll(async () => {
  const endpoint = await server.start();
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  store = createS3ObjectStore(
    'raw',
    new S3Client({ endpoint, region: 'us-east-1', credentials, maxAttempts: 3 }),
  );
});

afterAll(async () => {
  await server.stop();
});

async function collect(keys: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = [];
  for await (const key of keys) collected.push(key);
  return collected;
}

describe('a conditional write', () => {
  test('sends the condition, the metadata and the bytes', async () => {
    server.script(stored);
    expect(await store.putIfAbsent('a/b=c/1.avro', object)).toBe('created');
    const [request] = server.requests;
    expect(request?.method).toBe('PUT');
    expect(request?.headers).toMatchObject({
      'if-none-match': '*',
      'x-amz-meta-first': '0',
      'content-type': 'application/avro',
    });
    expect(request?.body.equals(body)).toBe(true);
  });

  test.each([
    ['412: the key is taken', [s3Error(412, 'PreconditionFailed')], 1],
    ['409, then 412', [s3Error(409, 'ConditionalRequestConflict'), s3Error(412, 'PreconditionFailed')], 2],
    [
      'a reset after S3 stored it: the retry finds the key taken',
      [reset, s3Error(412, 'PreconditionFailed')],
      2,
    ],
    ['500, then 412', [s3Error(500, 'InternalError'), s3Error(412, 'PreconditionFailed')], 2],
    ['200 without ETag', [status(200)], 1],
  ])('tells that the object may exist on %s', async (_, answers, requests) => {
    server.script(...answers);
    expect(await store.putIfAbsent('k', object)).toBe('exists');
    expect(server.requests.length).toBe(requests);
  });

  test.each([
    [
      '409 twice',
      [s3Error(409, 'ConditionalRequestConflict'), s3Error(409, 'ConditionalRequestConflict'), stored],
    ],
    ['503 twice', [s3Error(503, 'SlowDown'), s3Error(503, 'SlowDown'), stored]],
    ['429', [s3Error(429, 'TooManyRequests'), stored]],
    ['a reset', [reset, stored]],
  ])('gets through after %s', async (_, answers) => {
    server.script(...answers);
    expect(await store.putIfAbsent('k', object)).toBe('created');
    expect(server.unanswered).toBe(0);
  });

  test('answered by 200 with an error in its body is never taken for done', async () => {
    server.script(s3Error(200, 'PreconditionFailed'));
    await expect(store.putIfAbsent('k', object)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      canRetry: true,
    });
  });

  test('that S3 keeps failing is unavailable, to be retried', async () => {
    server.script(...[1, 2, 3].map(() => s3Error(500, 'InternalError')));
    await expect(store.putIfAbsent('k', object)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      canRetry: true,
      coordinates: { key: 'k' },
    });
  });

  test('in endless conflict is unavailable', async () => {
    server.script(...Array.from({ length: 6 }, () => s3Error(409, 'ConditionalRequestConflict')));
    await expect(store.putIfAbsent('k', object)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  test('that S3 refuses is not worth a retry', async () => {
    server.script(s3Error(403, 'AccessDenied'));
    await expect(store.putIfAbsent('k', object)).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      canRetry: false,
      message: /403 AccessDenied/,
    });
  });
});

describe('a replacement', () => {
  test('names the ETag that it replaces', async () => {
    server.script(stored);
    expect(await store.putIfUnchanged('k', object, '"abc"')).toBe('replaced');
    expect(server.requests[0]?.headers).toMatchObject({ 'if-match': '"abc"' });
  });

  test.each([
    ['is another now', s3Error(412, 'PreconditionFailed')],
    ['is gone', s3Error(404, 'NoSuchKey')],
  ])('of what %s changes nothing', async (_, answer) => {
    server.script(answer);
    expect(await store.putIfUnchanged('k', object, '"abc"')).toBe('changed');
  });
});

describe('a plain write', () => {
  test('has no condition', async () => {
    server.script(stored);
    await store.put('k', object);
    expect(server.requests[0]?.headers['if-none-match']).toBeUndefined();
  });

  test('answered without an ETag proves nothing', async () => {
    server.script(s3Error(200, 'InternalError'));
    await expect(store.put('k', object)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

describe('reading', () => {
  test('gives bytes and metadata', async () => {
    server.script(status(200, 'the bytes', { 'x-amz-meta-last': '9', etag: '"abc"' }));
    expect(await store.get('k')).toEqual({ body, metadata: { last: '9' }, etag: '"abc"' });
  });

  test('what is absent gives nothing', async () => {
    server.script(s3Error(404, 'NoSuchKey'), status(404));
    expect(await store.get('k')).toBeUndefined();
    expect(await store.head('k')).toBeUndefined();
  });

  test('metadata alone', async () => {
    server.script(status(200, '', { 'x-amz-meta-last': '9' }));
    expect(await store.head('k')).toEqual({ last: '9' });
  });

  test('what S3 hides is refused', async () => {
    server.script(s3Error(403, 'AccessDenied'), status(403));
    await expect(store.get('k')).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    await expect(store.head('k')).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  });
});

describe('listing', () => {
  const page = (keys: string[], token?: string): string =>
    `<ListBucketResult><IsTruncated>${token !== undefined}</IsTruncated>${
      token === undefined ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`
    }${keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('')}</ListBucketResult>`;

  test('goes through all pages, from where it is told', async () => {
    server.script(status(200, page(['p/1', 'p/2'], 'next')), status(200, page(['p/3'])));
    expect(await collect(store.list('p/', 'p/0'))).toEqual(['p/1', 'p/2', 'p/3']);
    expect(server.requests[0]?.url).toContain('start-after=p%2F0');
    expect(server.requests[1]?.url).toContain('continuation-token=next');
  });

  test('tells when each object was written', async () => {
    const written =
      '<Contents><Key>p/1</Key><LastModified>2026-11-20T15:00:00.000Z</LastModified></Contents>';
    server.script(status(200, `<ListBucketResult>${written}</ListBucketResult>`));
    const listed: unknown[] = [];
    for await (const each of store.listWritten('p/')) listed.push(each);
    expect(listed).toEqual([{ key: 'p/1', writtenMs: Date.parse('2026-11-20T15:00:00Z') }]);
  });

  test('shows folders alone where it is asked to', async () => {
    const folders = '<CommonPrefixes><Prefix>p/a/</Prefix></CommonPrefixes>';
    server.script(status(200, `<ListBucketResult>${folders}</ListBucketResult>`));
    expect(await collect(store.listFolders('p/'))).toEqual(['p/a/']);
    expect(server.requests[0]?.url).toContain('delimiter=%2F');
  });

  test('fetches no page that nobody wants', async () => {
    server.script(status(200, page(['p/1', 'p/2'], 'next')));
    for await (const key of store.list('p/')) if (key === 'p/2') break;
    expect(server.requests.length).toBe(1);
  });

  test('fails as reading does', async () => {
    server.script(s3Error(403, 'AccessDenied'));
    await expect(collect(store.list('p/'))).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  });
});

test('deleting what is not there is fine', async () => {
  server.script(status(204));
  await store.delete('k');
  expect(server.requests[0]?.method).toBe('DELETE');
});
