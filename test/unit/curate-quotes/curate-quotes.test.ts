import { describe, expect, test } from '@jest/globals';
import { type RawObjectId, rawObjectKey } from '../../../core/layout.ts';
import { loadConfig } from '../../../lambdas/curate-quotes/config.ts';
import type { CurateOutcome } from '../../../lambdas/curate-quotes/curate-object.ts';
import { answer, curateMessages } from '../../../lambdas/curate-quotes/curate-quotes.ts';
import { parseCurationMessage } from '../../../lambdas/curate-quotes/curation-message.ts';
import { LOG } from '../../helpers/records.ts';

const source = { bucket: 'raw-bucket', topic: 'quotes' };
const object: RawObjectId = { ...LOG, kind: 'chain', start: 0 };

function bodyOf(key: string, bucket = source.bucket): string {
  return JSON.stringify({
    version: '0',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    detail: { version: '0', bucket: { name: bucket }, object: { key, size: 1 }, reason: 'PutObject' },
  });
}

describe('an S3 event', () => {
  test.each([
    ['as EventBridge writes keys', rawObjectKey(object)],
    ['URL-encoded, as S3’s own notifications do', encodeURIComponent(rawObjectKey(object))],
  ])('names a raw object, %s', (_, key) => {
    expect(parseCurationMessage(bodyOf(key), source)).toEqual({
      bucket: 'raw-bucket',
      key: rawObjectKey(object),
      object,
      isRequest: false,
      strays: [],
    });
  });

  test('names a fill', () => {
    const fill: RawObjectId = { ...object, kind: 'fill', start: 7 };
    expect(parseCurationMessage(bodyOf(rawObjectKey(fill)), source).object).toEqual(fill);
  });

  test.each([
    ['no JSON', 'x', /not JSON/],
    ['null', 'null', /no detail/],
    [
      'no key',
      JSON.stringify({ detail: { bucket: { name: 'raw-bucket' } } }),
      /detail\.object\.key is not text/,
    ],
    ['another bucket', bodyOf(rawObjectKey(object), 'other'), /bucket other, not raw-bucket/],
    [
      'another topic',
      bodyOf(rawObjectKey({ ...object, topic: 'trades' })),
      /not a raw object of topic quotes/,
    ],
    ['another key', bodyOf('quarantine/quotes/x.json'), /not a raw object/],
    ['a broken encoding', bodyOf('%E0%A4%A'), /not a raw object/],
  ])('of %s is malformed', (_, body, message) => {
    expect(() => parseCurationMessage(body, source)).toThrow(
      expect.objectContaining({ code: 'EVENT_MALFORMED' }),
    );
    expect(() => parseCurationMessage(body, source)).toThrow(message);
  });
});

describe('a batch of messages', () => {
  const messages = [0, 1, 2, 3, 4, 5].map((start) => ({
    messageId: `m${start}`,
    body: bodyOf(rawObjectKey({ ...object, start })),
  }));

  test('fails message by message', async () => {
    const curator = {
      curate: ({ start }: RawObjectId): Promise<CurateOutcome> =>
        start % 2 === 0 ? Promise.resolve({ kind: 'absent' }) : Promise.reject(new Error('throttled')),
    };
    const outcomes = await curateMessages(curator, [...messages, { messageId: 'bad', body: '' }], source);
    expect(outcomes.length).toBe(7);
    expect(new Set(answer(outcomes).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))).toEqual(
      new Set(['m1', 'm3', 'm5', 'bad']),
    );
  });

  test('tells which of them were tried before', async () => {
    const tried: unknown[] = [];
    const curator = {
      curate: ({ start }: RawObjectId, { isRetry }: { isRetry?: boolean } = {}): Promise<CurateOutcome> => {
        tried.push([start, isRetry]);
        return Promise.resolve({ kind: 'absent' });
      },
    };
    const counted = messages.slice(0, 3).map((message, index) => ({
      ...message,
      ...(index > 0 ? { attributes: { ApproximateReceiveCount: String(index) } } : {}),
    }));
    await curateMessages(curator, counted, source);
    expect(tried).toEqual([
      [0, false],
      [1, false],
      [2, true],
    ]);
  });

  test('is worked on a few at a time', async () => {
    let running = 0;
    let most = 0;
    const curator = {
      curate: async (): Promise<CurateOutcome> => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        running -= 1;
        return { kind: 'absent' };
      },
    };
    await curateMessages(curator, messages, source);
    expect(most).toBe(4);
  });
});

describe('configuration', () => {
  const env = {
    RAW_BUCKET: 'raw',
    LAKE_BUCKET: 'lake',
    DATABASE_NAME: 'tickerlake_dev',
    TABLE_NAME: 'quotes_curated',
    TOPIC: 'quotes',
    REGISTRY_NAME: 'tickerlake-dev',
    SCHEMA_NAME: 'quotes',
    LAKE_START: '2000-01-01',
  };

  test('is read once', () => {
    expect(loadConfig(env)).toMatchObject({ lakeBucket: 'lake', lakeStartMs: Date.UTC(2000, 0, 1) });
  });

  test.each(Object.keys(env).filter((name) => name !== 'LAKE_START'))(
    'names %s when it is missing',
    (name) => {
      expect(() => loadConfig({ ...env, [name]: undefined })).toThrow(`${name} is not set`);
    },
  );

  test('names LAKE_START when it is no day', () => {
    expect(() => loadConfig({ ...env, LAKE_START: 'yesterday' })).toThrow(
      /LAKE_START is "yesterday", not yyyy-mm-dd/,
    );
  });
});
