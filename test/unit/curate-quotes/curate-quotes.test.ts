import { describe, expect, test } from '@jest/globals';
import { formatCurationRequest } from '../../../core/curation-request.ts';
import { curatedKey, type RawObjectId, rawObjectKey, receiptKey } from '../../../core/layout.ts';
import { loadConfig } from '../../../lambdas/curate-quotes/config.ts';
import type { CurateOutcome, CurateTry } from '../../../lambdas/curate-quotes/curate-object.ts';
import { answer, curateMessages } from '../../../lambdas/curate-quotes/curate-quotes.ts';
import { parseCurationMessage } from '../../../lambdas/curate-quotes/curation-message.ts';
import { measure } from '../../../lambdas/curate-quotes/measure.ts';
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

  test('asked for is a retry, and may name outputs that no receipt names', () => {
    const stray = curatedKey(object, '2026-11-19');
    const request = { bucket: 'raw-bucket', key: rawObjectKey(object), reason: 'sweep' } as const;
    const body = formatCurationRequest({ ...request, strays: [stray] });
    expect(parseCurationMessage(body, source)).toMatchObject({ object, isRequest: true, strays: [stray] });
    expect(parseCurationMessage(formatCurationRequest(request), source)).toMatchObject({ strays: [] });
  });

  test.each([
    ['another raw object', curatedKey({ ...object, start: 1 }, '2026-11-19')],
    ['no curated file', receiptKey(object)],
  ])('asked for with a stray of %s is malformed: it would be deleted', (_, stray) => {
    const body = formatCurationRequest({
      bucket: 'raw-bucket',
      key: rawObjectKey(object),
      reason: 'sweep',
      strays: [stray],
    });
    expect(() => parseCurationMessage(body, source)).toThrow(/is not a curated file of quotes\/log_id=/);
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

  test('takes what is asked for as tried before, with its strays', async () => {
    const tried: unknown[] = [];
    const curator = {
      curate: (_: RawObjectId, how?: CurateTry): Promise<CurateOutcome> => {
        tried.push(how);
        return Promise.resolve({ kind: 'absent' });
      },
    };
    const stray = curatedKey(object, '2026-11-19');
    const request = {
      bucket: 'raw-bucket',
      key: rawObjectKey(object),
      reason: 'sweep',
      strays: [stray],
    } as const;
    await curateMessages(curator, [{ messageId: 'm', body: formatCurationRequest(request) }], source);
    expect(tried).toEqual([{ isRetry: true, strays: [stray] }]);
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

  test('takes an old event as tried before, for a dead letter that was sent back counts its receives anew', async () => {
    const nowMs = Date.parse('2026-11-20T15:00:00Z');
    const tried: unknown[] = [];
    const curator = {
      curate: (_: RawObjectId, how?: CurateTry): Promise<CurateOutcome> => {
        tried.push(how?.isRetry);
        return Promise.resolve({ kind: 'absent' });
      },
    };
    for (const time of ['2026-11-20T14:54:59Z', '2026-11-20T14:59:00Z', 'no time']) {
      const event = JSON.parse(bodyOf(rawObjectKey(object))) as object;
      const body = JSON.stringify({ ...event, time });
      await curateMessages(curator, [{ messageId: 'm', body }], { ...source, now: () => nowMs });
    }
    expect(tried).toEqual([true, false, false]);
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
    AWS_LAMBDA_FUNCTION_NAME: 'curate',
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

describe('measuring', () => {
  const receipt = {
    first: 0,
    last: 4,
    records: 5,
    curationVersion: 1,
    revision: 1,
    curated: [],
    quarantined: [
      { offset: 1, code: 'symbol_empty' },
      { offset: 2, code: 'symbol_empty' },
      { offset: 3, code: 'price_invalid' },
    ],
  } as const;

  test('counts rows, bytes, ages, and quarantined records in all and by code', () => {
    const added: unknown[] = [];
    const metrics = {
      add: (...what: unknown[]) => void added.push(what),
      addByCode: (...what: unknown[]) => void added.push(what),
    };
    const curated = { kind: 'curated', receipt, bytes: 77, isReceiptLost: false } as const;
    measure(metrics, [
      { messageId: 'a', outcome: { ...curated, ages: { oldestMs: 900, newestMs: 100 } } },
      { messageId: 'b', outcome: { kind: 'done-before', receipt } },
      { messageId: 'c', outcome: { kind: 'absent' } },
      { messageId: 'd', error: new Error('throttled') },
    ]);
    expect(added).toEqual([
      ['RecordsCurated', 2],
      ['BytesCurated', 77],
      ['EndToEndAge', 900],
      ['EndToEndAge', 100],
      ['RecordsQuarantined', 2],
      ['RecordsQuarantined', 'symbol_empty', 2],
      ['RecordsQuarantined', 1],
      ['RecordsQuarantined', 'price_invalid', 1],
    ]);
  });
});
