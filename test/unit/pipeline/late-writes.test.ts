/**
 * A try that failed must leave no write of its own under way: a frozen environment would send it long after, over what a
 * later try wrote. Six of 100,000 schedules found such a write.
 */
import { expect, test } from '@jest/globals';
import { quarantineKey, type RawObjectId, rawObjectKey } from '../../../core/layout.ts';
import { encodeRawFile } from '../../../core/raw-file.ts';
import { ObjectCurator } from '../../../lambdas/curate-quotes/curate-object.ts';
import { FakePartitions, FakeSchemas } from '../../helpers/fake-catalog.ts';
import { MemoryObjectStore } from '../../helpers/memory-object-store.ts';
import { playPipeline } from '../../helpers/pipeline-schedule.ts';
import { LOG, makeRecord, quoteRecord } from '../../helpers/records.ts';

const object: RawObjectId = { ...LOG, kind: 'chain', start: 0 };

test('a try whose write fails ends only when its other writes have ended', async () => {
  const key = rawObjectKey(object);
  const records = [quoteRecord(0), makeRecord(1, { value: null }), makeRecord(2, { value: null })];
  const raw = new MemoryObjectStore();
  await raw.put(key, { contentType: 'application/avro', ...encodeRawFile(key, 0, records) });
  const slow = Promise.withResolvers<undefined>();
  const refused = Promise.withResolvers<undefined>();
  const view = raw.through({
    before: async (call) => {
      if (call.key === quarantineKey(object, 1)) {
        refused.resolve(undefined);
        throw new Error('refused');
      }
      if (call.key === quarantineKey(object, 2)) await slow.promise;
    },
  });
  const ports = {
    raw: view,
    lake: new MemoryObjectStore(),
    partitions: new FakePartitions(),
    schemas: new FakeSchemas(),
  };
  let isOver = false;
  const curation = new ObjectCurator(ports, { lakeStartMs: 0 }).curate(object).finally(() => {
    isOver = true;
  });
  curation.catch(() => undefined);
  await refused.promise;
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(false);
  slow.resolve(undefined);
  await expect(curation).rejects.toThrow('refused');
  expect(raw.keys()).toContain(quarantineKey(object, 2));
});

test.each([1_042_484, 1_053_763, 1_061_699, 1_065_881, 1_081_963])(
  'schedule %i, which once left outputs that its receipt does not name, holds',
  async (seed) => {
    expect((await playPipeline(seed)).faults).toEqual([]);
  },
);
