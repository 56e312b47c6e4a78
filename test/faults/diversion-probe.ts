/** What the event source gave up: waited for, and landed. */
import assert from 'node:assert/strict';
import { createS3ObjectStore } from '../../adapters/objects.ts';
import { outputOf } from '../../cli/lake/connection.ts';
import { type DivertedBatch, readDiverted } from '../../cli/replay/diverted-batch.ts';
import { until } from '../helpers/until.ts';
import { DEADLINE_MS } from './evidence.ts';
import { landQuotes } from './landing-probe.ts';
import type { FaultStand } from './stand.ts';

/** Batches that wait to be landed, oldest first. */
async function diverted(stand: FaultStand): Promise<readonly DivertedBatch[]> {
  const raw = createS3ObjectStore(outputOf(stand.lake, 'lake', 'RawBucketName'), stand.client.s3);
  const batches = await readDiverted(raw);
  return batches.filter(({ functionName }) => functionName === landQuotes(stand));
}

/** Records that are in some of them, each once: a batch that is delivered again is diverted again. */
export function countDiverted(batches: readonly DivertedBatch[]): number {
  const ranges = batches.flatMap((batch) => batch.ranges);
  const records = ranges.flatMap(({ topic, partition, first, last }) =>
    Array.from({ length: last - first + 1 }, (_, index) => `${topic}-${partition}-${first + index}`),
  );
  return new Set(records).size;
}

/** Waits until so many records are diverted. */
export async function untilDiverted(stand: FaultStand, records: number): Promise<readonly DivertedBatch[]> {
  return until(
    `${records} records to be diverted`,
    async () => {
      const batches = await diverted(stand);
      return countDiverted(batches) === records ? batches : undefined;
    },
    DEADLINE_MS,
  );
}

export function landDiverted(stand: FaultStand, { key }: DivertedBatch): Promise<unknown> {
  return stand.client.invoke(landQuotes(stand), { divertedBatch: { key } });
}

/** Lands all that is diverted, after which nothing of it must be left. */
export async function landAllDiverted(stand: FaultStand, batches: readonly DivertedBatch[]): Promise<void> {
  for (const batch of batches) {
    assert.deepEqual(await landDiverted(stand, batch), { batchItemFailures: [] });
  }
  assert.deepEqual(await diverted(stand), []);
}
