/** What a sweep finds of one raw object, moment by moment. */
import { beforeEach, expect, test } from '@jest/globals';
import type { RecordHeader } from '../../../core/kafka-event.ts';
import { curatedKey, type RawObjectId, rawObjectKey } from '../../../core/layout.ts';
import { encodeRawFile } from '../../../core/raw-file.ts';
import { ObjectCurator } from '../../../lambdas/curate-quotes/curate-object.ts';
import { sweep } from '../../../lambdas/request-curation/sweep.ts';
import { FakePartitions, FakeSchemas } from '../../helpers/fake-catalog.ts';
import { MemoryObjectStore } from '../../helpers/memory-object-store.ts';
import { LOG, NOON_MS, quoteRecord, sourceRecordHeaders } from '../../helpers/records.ts';

const MINUTE_MS = 60_000;
const chain: RawObjectId = { ...LOG, kind: 'chain', start: 0 };
const fill: RawObjectId = { ...LOG, kind: 'fill', start: 3 };
let nowMs: number;
let raw: MemoryObjectStore;
let lake: MemoryObjectStore;

beforeEach(async () => {
  nowMs = NOON_MS;
  const now = (): number => nowMs;
  [raw, lake] = [new MemoryObjectStore({ now }), new MemoryObjectStore({ now })];
  const key = rawObjectKey(chain);
  const encoded = encodeRawFile(key, 0, [quoteRecord(0), quoteRecord(5)]);
  await raw.put(key, { contentType: 'application/avro', ...encoded });
  await curate(chain, 2);
});

async function putRaw(object: RawObjectId, headers: RecordHeader[] = []): Promise<void> {
  const key = rawObjectKey(object);
  const records = [quoteRecord(object.start, {}, { headers })];
  await raw.put(key, { contentType: 'application/avro', ...encodeRawFile(key, object.start, records) });
}

async function curate(object: RawObjectId, curationVersion: number): Promise<void> {
  const ports = { raw, lake, partitions: new FakePartitions(), schemas: new FakeSchemas() };
  await new ObjectCurator(ports, { lakeStartMs: 0, curationVersion }).curate(object);
}

/** Details of the requests that a sweep of version 2 sends. */
async function sweepAt(ms: number, topic: string = LOG.topic): Promise<unknown[]> {
  nowMs = ms;
  const sent: string[] = [];
  const queue = {
    send: (bodies: readonly string[]): Promise<void> => {
      sent.push(...bodies);
      return Promise.resolve();
    },
    count: () => Promise.resolve(0),
  };
  const ports = { raw, lake, queue, now: () => nowMs };
  const options = { rawBucket: 'raw', topic, stopAtMs: ms + MINUTE_MS, curationVersion: 2 };
  await sweep(ports, { action: 'sweep' }, options);
  return sent.map((body) => (JSON.parse(body) as { detail: unknown }).detail);
}

test('a file left by an older version that outlived the first sweeps is found half an hour later', async () => {
  expect(await sweepAt(NOON_MS + MINUTE_MS)).toEqual([]);
  const stray = curatedKey(chain, '2026-11-19');
  await lake.put(stray, { body: Buffer.from('of an older version'), contentType: 'application/x' });
  expect(await sweepAt(NOON_MS + 16 * MINUTE_MS)).toEqual([]);
  expect(await sweepAt(NOON_MS + 40 * MINUTE_MS)).toMatchObject([
    { object: { key: rawObjectKey(chain) }, strays: [stray] },
  ]);
});

test('a fill whose event was lost is asked for until it is curated, also behind a chain that is settled', async () => {
  expect(await sweepAt(NOON_MS + MINUTE_MS)).toEqual([]);
  const key = rawObjectKey(fill);
  await raw.put(key, { contentType: 'application/avro', ...encodeRawFile(key, 3, [quoteRecord(3)]) });
  const asked = [{ object: { key } }];
  expect(await sweepAt(NOON_MS + 2 * MINUTE_MS)).toEqual([]);
  expect(await sweepAt(NOON_MS + 20 * MINUTE_MS)).toMatchObject(asked);
  expect(await sweepAt(NOON_MS + 35 * MINUTE_MS)).toMatchObject(asked);
  await curate(fill, 2);
  expect(await sweepAt(NOON_MS + 50 * MINUTE_MS)).toEqual([]);
});

test('a raw object that was asked for and curated by an older version still running is asked for again', async () => {
  const start = 6;
  const next: RawObjectId = { ...chain, start };
  const key = rawObjectKey(next);
  await raw.put(key, { contentType: 'application/avro', ...encodeRawFile(key, start, [quoteRecord(start)]) });
  const asked = [{ object: { key } }];
  expect(await sweepAt(NOON_MS + 15 * MINUTE_MS)).toMatchObject(asked);
  await curate(next, 1);
  expect(await sweepAt(NOON_MS + 30 * MINUTE_MS)).toMatchObject(asked);
});

test('a sweep of one topic finds what its own lacks and its own strays, and nothing of a topic whose name begins alike', async () => {
  const derived: RawObjectId = { ...chain, topic: 'quotes_filtered' };
  const later: RawObjectId = { ...derived, start: 6 };
  const headers = sourceRecordHeaders({ ...LOG, offset: 0 });
  await putRaw(derived, headers);
  await putRaw(later, headers);
  await curate(derived, 2);
  expect(await sweepAt(NOON_MS + MINUTE_MS, 'quotes')).toEqual([]);
  expect(await sweepAt(NOON_MS + MINUTE_MS, 'quotes_filtered')).toEqual([]);
  const strays = [chain, derived].map((object) => curatedKey(object, '2026-11-19'));
  for (const key of strays)
    await lake.put(key, { body: Buffer.from('of an older version'), contentType: 'application/x' });
  const [ofQuotes, ofDerived] = strays;
  expect(await sweepAt(NOON_MS + 40 * MINUTE_MS, 'quotes')).toMatchObject([
    { object: { key: rawObjectKey(chain) }, strays: [ofQuotes] },
  ]);
  expect(await sweepAt(NOON_MS + 40 * MINUTE_MS, 'quotes_filtered')).toMatchObject([
    { object: { key: rawObjectKey(later) } },
  ]);
  await curate(later, 2);
  expect(await sweepAt(NOON_MS + 80 * MINUTE_MS, 'quotes_filtered')).toMatchObject([
    { object: { key: rawObjectKey(derived) }, strays: [ofDerived] },
  ]);
});
