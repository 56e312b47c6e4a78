import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  auditKey,
  curatedKey,
  quarantineKey,
  rawObjectKey,
  receiptKey,
  sweepKey,
} from '../../../core/layout.ts';
import { LOG } from '../../helpers/records.ts';
import { chain, fill, MINUTE_MS, RequestStand } from './stand.ts';

let stand: RequestStand;
const sweep = (options = {}): ReturnType<RequestStand['request']> =>
  stand.request({ action: 'sweep' }, options);
const readsOfReceipts = (): number =>
  stand.lake.calls.filter(({ action, key }) => action === 'get' && key.startsWith('receipts/')).length;

beforeEach(() => {
  stand = new RequestStand();
});

describe('a sweep', () => {
  test('requests what has no receipt, one of an older version, or one that cannot be read; fills as well', async () => {
    await stand.land(chain(0), chain(5), chain(9), chain(12), fill(3), fill(4), chain(0, 1));
    await stand.settle(chain(0), 2);
    await stand.settle(chain(5), 1);
    await stand.settle(fill(4), 3);
    await stand.lake.put(receiptKey(chain(9)), { body: Buffer.from('{"first":'), contentType: 'x' });
    stand.nowMs += 11 * MINUTE_MS;
    const { keys, ...result } = await sweep();
    const wanted = [chain(0, 1), chain(5), chain(9), chain(12), fill(3)].map(rawObjectKey);
    expect(keys).toEqual(wanted);
    expect(result).toEqual({ action: 'sweep', examined: 7, requested: 5 });
    expect(new Set(stand.sent.map(({ reason }) => reason))).toEqual(new Set(['sweep']));
  });

  test('leaves alone what is young, since its event may be on its way, and takes it up later', async () => {
    await stand.land(chain(0), fill(1));
    stand.nowMs += 9 * MINUTE_MS;
    expect((await sweep()).requested).toBe(0);
    stand.nowMs += 2 * MINUTE_MS;
    expect((await sweep()).requested).toBe(2);
  });

  test('reads no receipt behind a raw object that is young, since those are younger', async () => {
    await stand.land(...Array.from({ length: 100 }, (_, start) => chain(start)));
    await sweep();
    expect(readsOfReceipts()).toBeLessThan(40);
  });

  test('reads a receipt once, and again those of objects that were open', async () => {
    await stand.land(chain(0), chain(1), chain(2), fill(7));
    for (const object of [chain(0), chain(2), fill(7)]) await stand.settle(object, 2);
    stand.nowMs += 11 * MINUTE_MS;
    expect((await sweep()).keys).toEqual([rawObjectKey(chain(1))]);
    expect(readsOfReceipts()).toBe(4);
    expect((await sweep()).keys).toEqual([rawObjectKey(chain(1))]);
    expect(readsOfReceipts()).toBe(5);
    await stand.settle(chain(1), 2);
    expect((await sweep()).requested).toBe(0);
    expect(readsOfReceipts()).toBe(6);
    expect((await sweep()).examined).toBe(0);
    expect(readsOfReceipts()).toBe(6);
  });

  test('starts over at a newer version, and where its progress is lost or torn', async () => {
    await stand.land(chain(0));
    await stand.settle(chain(0), 2);
    stand.nowMs += 11 * MINUTE_MS;
    await sweep();
    expect((await sweep({ curationVersion: 3 })).requested).toBe(1);
    await stand.lake.put(sweepKey(LOG), { body: Buffer.from('{'), contentType: 'x' });
    expect((await sweep()).examined).toBe(1);
    await stand.lake.delete(sweepKey(LOG));
    expect((await sweep()).examined).toBe(1);
    expect((await sweep()).examined).toBe(0);
  });

  test('of an older version counts on a newer one’s progress, and leaves it as it is', async () => {
    await stand.land(chain(0));
    await stand.settle(chain(0), 3);
    stand.nowMs += 11 * MINUTE_MS;
    await sweep({ curationVersion: 3 });
    const before = stand.lake.objects.get(sweepKey(LOG));
    await stand.land(chain(1));
    stand.nowMs += 11 * MINUTE_MS;
    expect((await sweep()).keys).toEqual([rawObjectKey(chain(1))]);
    expect(stand.lake.objects.get(sweepKey(LOG))).toBe(before);
  });

  test('requests nothing while the queue is full: what was asked for may be in it', async () => {
    await stand.land(chain(0));
    stand.nowMs += 11 * MINUTE_MS;
    stand.backlog = 1001;
    expect(await sweep()).toEqual({ action: 'sweep', examined: 0, requested: 0, backlog: 1001, keys: [] });
    stand.backlog = 1000;
    expect((await sweep()).requested).toBe(1);
  });

  test('stops when it has requested enough or its time is up, and the next one goes on', async () => {
    const objects = Array.from({ length: 80 }, (_, start) => chain(start));
    await stand.land(...objects);
    stand.nowMs += 11 * MINUTE_MS;
    expect((await sweep({ stopAtMs: stand.nowMs })).requested).toBe(0);
    const requested: string[] = [];
    for (let call = 0; call < 3; call += 1) {
      const { keys } = await sweep({ maxRequests: 10 });
      expect(keys.length).toBeLessThan(80);
      requested.push(...keys);
      for (const object of objects) if (keys.includes(rawObjectKey(object))) await stand.settle(object, 2);
    }
    expect(requested.toSorted()).toEqual(objects.map(rawObjectKey));
  });

  test('forgets an open object that is gone', async () => {
    await stand.land(chain(0));
    stand.nowMs += 11 * MINUTE_MS;
    await sweep();
    await stand.raw.delete(rawObjectKey(chain(0)));
    expect((await sweep()).requested).toBe(0);
  });
});

describe('an audit', () => {
  const [named, stray] = [curatedKey(chain(0), '2026-11-20'), curatedKey(chain(0), '2026-11-19')];

  beforeEach(async () => {
    await stand.land(chain(0), fill(7));
    for (const key of [named, stray]) await stand.lake.put(key, { body: Buffer.of(1), contentType: 'x' });
    for (const offset of [2, 3, 7])
      await stand.raw.put(quarantineKey(LOG, offset), { body: Buffer.of(1), contentType: 'x' });
    await stand.settle(chain(0), 2, {
      last: 9,
      curated: [{ key: named, rows: 1 }],
      quarantined: [{ offset: 2, code: 'symbol_empty' }],
    });
    await stand.settle(fill(7), 2, { quarantined: [{ offset: 7, code: 'symbol_empty' }] });
  });

  test('finds curated files and quarantined records that no receipt names', async () => {
    await sweep();
    stand.nowMs += 31 * MINUTE_MS;
    expect(await sweep()).toMatchObject({ requested: 2, strays: 2 });
    const key = rawObjectKey(chain(0));
    expect(stand.sent).toEqual([
      expect.objectContaining({ key, strays: [stray] }),
      expect.objectContaining({ key }),
    ]);
    expect(stand.sent[1]).not.toHaveProperty('strays');
  });

  test('asks again until they are gone, and is over then', async () => {
    await sweep();
    stand.nowMs += 31 * MINUTE_MS;
    await sweep();
    expect(await sweep()).toMatchObject({ strays: 2 });
    await stand.lake.delete(stray);
    expect(await sweep()).toMatchObject({ strays: 1 });
    await stand.raw.delete(quarantineKey(LOG, 3));
    expect(await sweep()).toMatchObject({ strays: 0 });
    expect(await sweep()).not.toHaveProperty('strays');
  });

  test('waits until no function of an older version can run', async () => {
    await sweep();
    stand.nowMs += 29 * MINUTE_MS;
    expect(await sweep()).not.toHaveProperty('strays');
  });

  test('waits until its version has curated everything', async () => {
    await stand.settle(fill(7), 1, { quarantined: [{ offset: 7, code: 'symbol_empty' }] });
    await sweep();
    stand.nowMs += 31 * MINUTE_MS;
    expect(await sweep()).not.toHaveProperty('strays');
    await stand.settle(fill(7), 2, { quarantined: [{ offset: 7, code: 'symbol_empty' }] });
    expect(await sweep()).toMatchObject({ strays: 2 });
  });

  test('is made again when a version comes back after an older one', async () => {
    await stand.lake.delete(stray);
    await stand.raw.delete(quarantineKey(LOG, 3));
    await sweep();
    stand.nowMs += 31 * MINUTE_MS;
    await sweep();
    expect(await sweep()).not.toHaveProperty('strays');
    await sweep({ curationVersion: 1 });
    await stand.lake.put(stray, { body: Buffer.of(1), contentType: 'x' });
    await sweep();
    stand.nowMs += 31 * MINUTE_MS;
    expect(await sweep()).toMatchObject({ strays: 1 });
  });

  test('goes on from where the last one stopped', async () => {
    for (let day = 0; day < 70; day += 1) {
      const key = curatedKey(chain(0), new Date(day * 86_400_000).toISOString().slice(0, 10));
      await stand.lake.put(key, { body: Buffer.of(1), contentType: 'x' });
    }
    await sweep();
    stand.nowMs += 31 * MINUTE_MS;
    const counts: number[] = [];
    for (let call = 0; call < 4; call += 1) {
      const { strays = 0 } = await sweep({ maxRequests: 20 });
      counts.push(strays);
      for (const { strays: keys = [] } of stand.sent) for (const key of keys) await stand.lake.delete(key);
    }
    expect(counts.slice(0, 2).every((count) => count > 0 && count < 72)).toBe(true);
    expect(stand.lake.keys().filter((key) => key.startsWith('curated/'))).toEqual([named]);
    expect(JSON.parse(stand.lake.objects.get(auditKey('quotes'))?.body.toString() ?? '')).toMatchObject({
      isOver: true,
    });
  });
});
