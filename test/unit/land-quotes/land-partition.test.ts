import { beforeEach, describe, expect, test } from '@jest/globals';
import { parseRawKey, rawFillKey, rawKey } from '../../../core/layout.ts';
import { decodeRawFile, encodeRawFile } from '../../../core/raw-file.ts';
import { formatRuns } from '../../../core/raw-log.ts';
import { landPartition } from '../../../lambdas/land-quotes/land-partition.ts';
import { MemoryObjectStore, type StoreGate } from '../../helpers/memory-object-store.ts';
import { base64, delivery, LOG, makeRecord, range } from '../../helpers/records.ts';

let store: MemoryObjectStore;

beforeEach(() => {
  store = new MemoryObjectStore();
});

/** What each object of the log covers and holds, by key. */
function contents(): Record<string, string> {
  return Object.fromEntries(
    store.keys().map((key) => {
      const { header } = decodeRawFile(key, store.objects.get(key)?.body ?? Buffer.alloc(0));
      const object = parseRawKey(key);
      return [
        `${object?.kind ?? ''} ${object?.start ?? ''}`,
        `${header.start}..${header.last}: ${formatRuns(header.held)}`,
      ];
    }),
  );
}

describe('the chain', () => {
  test('starts at 0 whatever the first record, and each object covers the gap before it', async () => {
    await landPartition(store, delivery([4, 5, 6]));
    await landPartition(store, delivery([9, 10, 12]));
    expect(contents()).toEqual({ 'chain 0': '0..6: 4-6', 'chain 7': '7..12: 9-10,12' });
  });

  test('is extended by one conditional PUT and nothing else when the hint is right', async () => {
    const { end } = await landPartition(store, delivery(range(0, 9)));
    store.calls.length = 0;
    await landPartition(store, delivery(range(10, 19)), end);
    expect(store.calls).toEqual([{ action: 'putIfAbsent', key: rawKey(LOG, 10) }]);
  });

  test('is found by one LIST and one HEAD from a cold start', async () => {
    await landPartition(store, delivery(range(0, 9)));
    store.calls.length = 0;
    await landPartition(store, delivery(range(10, 19)));
    expect(store.calls.map(({ action }) => action)).toEqual(['list', 'head', 'putIfAbsent']);
  });

  test('is found far behind the delivered offsets, across a wide gap', async () => {
    await landPartition(store, delivery([3]));
    await landPartition(store, delivery([5_000_000]));
    expect(contents()).toEqual({ 'chain 0': '0..3: 3', 'chain 4': '4..5000000: 5000000' });
  });

  test('is searched further back where an object covers a wide gap', async () => {
    for (const offset of [3, 5_000_000, 5_000_001]) await landPartition(store, delivery([offset]));
    expect(await landPartition(store, delivery([4_999_999]))).toMatchObject({ filled: 1 });
    expect(await landPartition(store, delivery([5_000_000]))).toMatchObject({ trimmed: 1, filled: 0 });
  });

  test('is extended although the warm hint is stale', async () => {
    const { end } = await landPartition(store, delivery(range(0, 4)));
    await landPartition(store, delivery(range(5, 9)));
    const landing = await landPartition(store, delivery(range(8, 14)), end);
    expect(contents()).toMatchObject({ 'chain 10': '10..14: 10-14' });
    expect(landing).toMatchObject({ end: 14, landed: 5, trimmed: 2 });
  });

  test('gives no hint where it goes on beyond the delivered offsets, for its end was not looked up', async () => {
    await landPartition(store, delivery(range(0, 4)));
    await landPartition(store, delivery(range(5, 9)));
    expect(await landPartition(store, delivery(range(0, 3)))).toMatchObject({ end: undefined, trimmed: 4 });
  });

  test('lists page by page', async () => {
    store = new MemoryObjectStore({ pageKeys: 2 });
    for (let offset = 0; offset < 7; offset += 1) await landPartition(store, delivery([offset]));
    await landPartition(store, delivery(range(0, 8)));
    expect(contents()).toMatchObject({ 'chain 6': '6..6: 6', 'chain 7': '7..8: 7-8' });
  });
});

describe('redelivery', () => {
  test('of the same batch lands nothing', async () => {
    await landPartition(store, delivery(range(0, 9)));
    const before = new Map(store.objects);
    expect(await landPartition(store, delivery(range(0, 9)), 9)).toMatchObject({
      landed: 0,
      trimmed: 10,
      filled: 0,
    });
    expect(store.objects).toEqual(before);
  });

  test.each([
    ['smaller', [range(0, 3), range(4, 9)]],
    ['merged with later records', [range(0, 14)]],
    ['shifted', [range(5, 12), range(13, 14)]],
  ])('in batches that are %s leaves each offset once', async (_, batches) => {
    await landPartition(store, delivery(range(0, 9)));
    for (const batch of batches) await landPartition(store, delivery(batch), 9);
    const held = store
      .keys()
      .flatMap((key) => decodeRawFile(key, store.objects.get(key)?.body ?? Buffer.alloc(0)).records);
    const offsets = held.map(({ offset }) => offset);
    expect(new Set(offsets).size).toBe(offsets.length);
    expect(offsets.length).toBe((batches.at(-1)?.at(-1) ?? 9) === 14 ? 15 : 10);
  });

  test('after the PUT was stored but its answer lost lands nothing twice', async () => {
    let isFirst = true;
    const losing = store.through({
      after: ({ action }) => {
        if (action === 'putIfAbsent' && isFirst) {
          isFirst = false;
          throw new Error('connection reset');
        }
      },
    });
    await expect(landPartition(losing, delivery(range(0, 9)))).rejects.toThrow('connection reset');
    expect(await landPartition(losing, delivery(range(0, 9)))).toMatchObject({ landed: 0, trimmed: 10 });
    expect(contents()).toEqual({ 'chain 0': '0..9: 0-9' });
  });

  test('of a diverted batch is landed as fills, once', async () => {
    await landPartition(store, delivery(range(0, 4)));
    await landPartition(store, delivery(range(8, 9)));
    for (let time = 0; time < 2; time += 1) await landPartition(store, delivery(range(4, 8)));
    expect(contents()).toEqual({
      'chain 0': '0..4: 0-4',
      'chain 5': '5..9: 8-9',
      'fill 5': '5..5: 5',
      'fill 6': '6..6: 6',
      'fill 7': '7..7: 7',
    });
  });
});

describe('zombies', () => {
  test('a PUT that hangs while its batch is diverted and the next one lands leaves each offset once', async () => {
    await landPartition(store, delivery(range(0, 14)));
    // 15-34 is delivered, and its PUT hangs on the way to the store.
    let release: () => void = () => undefined;
    let reached: () => void = () => undefined;
    const isHanging = new Promise<void>((resolve) => {
      reached = resolve;
    });
    let hangs = true;
    const gate: StoreGate = {
      before: ({ action }) => {
        if (action !== 'putIfAbsent' || !hangs) return;
        hangs = false;
        reached();
        return new Promise((resolve) => {
          release = resolve;
        });
      },
    };
    const zombie = landPartition(store.through(gate), delivery(range(15, 34)), 14);
    await isHanging;
    // The event source gives up on 15-24 and diverts it; 25-34 is delivered to another instance and lands.
    await landPartition(store, delivery(range(25, 34)));
    expect(contents()).toMatchObject({ 'chain 15': '15..34: 25-34' });
    // The hanging PUT arrives. Its key is taken, so the zombie lands what nobody holds as fills.
    release();
    expect(await zombie).toMatchObject({ landed: 0, filled: 10, trimmed: 10 });
    // The diverted batch is replayed.
    expect(await landPartition(store, delivery(range(15, 24)))).toMatchObject({ filled: 0, trimmed: 10 });

    const offsets = store
      .keys()
      .flatMap((key) => decodeRawFile(key, store.objects.get(key)?.body ?? Buffer.alloc(0)).records)
      .map(({ offset }) => offset)
      .sort((a, b) => a - b);
    expect(offsets).toEqual(range(0, 34));
  });
});

describe('a recreated topic', () => {
  const refusal = expect.objectContaining({ code: 'LOG_OVERLAP_DIFFERS' });

  test.each([
    ['timestamp', { timestamp: 1 }],
    ['value', { value: base64('another') }],
    ['key', { key: null }],
    ['headers', { headers: [{ name: 'trace', value: Buffer.from('1') }] }],
  ])('is refused for a landed record with another %s, before anything is written', async (_, fields) => {
    await landPartition(store, delivery(range(0, 4)));
    const before = store.keys();
    const recreated = delivery(range(0, 8), (offset) => makeRecord(offset, offset === 3 ? fields : {}));
    await expect(landPartition(store, recreated)).rejects.toEqual(refusal);
    expect(store.keys()).toEqual(before);
  });

  test('is refused although it begins right at the warm hint', async () => {
    const { end } = await landPartition(store, delivery(range(0, 4)));
    const recreated = delivery(range(4, 8), (offset) => makeRecord(offset, { timestamp: 1 }));
    await expect(landPartition(store, recreated, end)).rejects.toEqual(refusal);
  });

  test('is refused when a fill differs', async () => {
    await landPartition(store, delivery([5]));
    await landPartition(store, delivery([2]));
    await expect(
      landPartition(
        store,
        delivery([2], (offset) => makeRecord(offset, { timestamp: 1 })),
      ),
    ).rejects.toEqual(refusal);
  });

  test('names the coordinates and what to do', async () => {
    await landPartition(store, delivery([0]));
    await expect(
      landPartition(
        store,
        delivery([0], (offset) => makeRecord(offset, { value: null })),
      ),
    ).rejects.toMatchObject({
      coordinates: { topic: 'quotes', partition: 3, offset: 0 },
      hint: expect.stringContaining('docs/runbook.md') as unknown,
    });
  });
});

test('412 for a key that cannot be read is an error of the environment', async () => {
  const lying = { ...bind(store), putIfAbsent: () => Promise.resolve('exists' as const) };
  await expect(landPartition(lying, delivery([0]))).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    canRetry: true,
  });
});

test('held runs too long for S3 metadata are read from the container', async () => {
  const scattered = range(0, 600).map((offset) => offset * 2);
  const { metadata } = encodeRawFile(
    rawKey(LOG, 0),
    0,
    scattered.map((offset) => makeRecord(offset)),
  );
  expect(metadata['held']).toBeUndefined();
  await landPartition(store, delivery(scattered));
  await landPartition(store, delivery([1201]));
  expect(contents()).toMatchObject({ 'chain 1201': '1201..1201: 1201' });
  await landPartition(store, delivery([1]));
  expect(store.keys()).toContain(rawFillKey(LOG, 1));
});

test('an empty delivery lands nothing', async () => {
  expect(await landPartition(store, delivery([]), 7)).toMatchObject({ end: 7, landed: 0 });
  expect(store.calls).toEqual([]);
});

function bind(target: MemoryObjectStore): Pick<MemoryObjectStore, 'get' | 'head' | 'list'> {
  return {
    get: (key) => target.get(key),
    head: (key) => target.head(key),
    list: (prefix, startAfter) => target.list(prefix, startAfter),
  };
}
