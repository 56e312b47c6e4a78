import { beforeEach, describe, expect, test } from '@jest/globals';
import { parseDivertedBatchRequest, readDivertedEvent } from '../../../core/diverted-batch.ts';
import { parseRawKey } from '../../../core/layout.ts';
import { landDiverted } from '../../../lambdas/land-quotes/land-diverted.ts';
import { QuoteLander } from '../../../lambdas/land-quotes/land-quotes.ts';
import { MemoryObjectStore } from '../../helpers/memory-object-store.ts';
import { CLUSTER_ARN, makeRecord } from '../../helpers/records.ts';

const KEY = 'aws/lambda/8f3a/quotes/2026/11/20/2026-11-20T09.30.00-1';

function eventOf(offsets: Readonly<Record<string, readonly number[]>>): object {
  const records = Object.entries(offsets).map(([name, list]) => {
    const [, topic, partition] = /^(.+)-(\d+)$/.exec(name) ?? [];
    return [name, list.map((offset) => ({ topic, partition: Number(partition), ...makeRecord(offset) }))];
  });
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: CLUSTER_ARN,
    records: Object.fromEntries(records) as object,
  };
}

let raw: MemoryObjectStore;

beforeEach(() => {
  raw = new MemoryObjectStore();
});

async function divert(document: unknown): Promise<void> {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  await raw.put(KEY, { body: Buffer.from(text), contentType: 'application/json' });
}

const landed = (): string[] => raw.keys().filter((key) => parseRawKey(key) !== undefined);
const land = (store = raw): Promise<unknown> => landDiverted(new QuoteLander(store, 'quotes'), store, KEY);

describe('a diverted batch', () => {
  test('is landed whole, and its document deleted after that', async () => {
    await divert({ payload: JSON.stringify(eventOf({ 'quotes-0': [0, 1], 'quotes-3': [7] })) });
    raw.calls.length = 0;
    await land();
    expect(landed()).toHaveLength(2);
    expect(raw.objects.has(KEY)).toBe(false);
    expect(raw.calls.at(-1)).toEqual({ action: 'delete', key: KEY });
  });

  test('stays as long as one of its partitions does not land', async () => {
    await divert({ payload: JSON.stringify(eventOf({ 'quotes-0': [0], 'quotes-1': [0] })) });
    const failing = raw.through({
      before: ({ action, key }) => {
        if (action === 'putIfAbsent' && key.includes('kafka_partition=0001')) throw new Error('S3 is down');
      },
    });
    await expect(land(failing)).rejects.toThrow('S3 is down');
    expect(landed()).toHaveLength(1);
    expect(raw.objects.has(KEY)).toBe(true);
    await land();
    expect(landed()).toHaveLength(2);
  });

  test('that is not there says so', async () => {
    await expect(land()).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND', coordinates: { key: KEY } });
  });

  test.each([
    ['that is no JSON', 'x', /not a JSON object/],
    ['without a payload, as destinations other than S3 hold it', { requestContext: {} }, /no payload/],
    ['whose payload is cut short', { payload: '{"eventSource":' }, /not the text of an event/],
    ['whose payload is no Kafka event', { payload: '{}' }, /eventSourceArn/],
    ['of another topic', { payload: JSON.stringify(eventOf({ 'trades-0': [0] })) }, /topic trades/],
  ])('%s is refused and stays', async (_, document, message) => {
    await divert(document);
    await expect(land()).rejects.toMatchObject({ code: 'EVENT_MALFORMED' });
    await expect(land()).rejects.toThrow(message);
    expect(raw.keys()).toEqual([KEY]);
  });

  test('may be larger than an event', () => {
    const value = 'A'.repeat(8_000_000);
    const event = { payload: JSON.stringify({ value }) };
    expect(readDivertedEvent(KEY, JSON.stringify(event))).toEqual({ value });
  });
});

describe('a request to land one', () => {
  test('names its key', () => {
    expect(parseDivertedBatchRequest({ divertedBatch: { key: KEY } })).toBe(KEY);
  });

  test('is told from an event of Kafka', () => {
    expect(parseDivertedBatchRequest(eventOf({ 'quotes-0': [0] }))).toBeUndefined();
  });

  test.each([[{ key: 'quotes/log_id=x/kafka_partition=0000/00000000000000000000.avro' }], [{}], [null]])(
    'for %j is refused: only what is diverted may be deleted',
    (divertedBatch) => {
      expect(() => parseDivertedBatchRequest({ divertedBatch })).toThrow(/not a key under aws\/lambda\//);
    },
  );
});
