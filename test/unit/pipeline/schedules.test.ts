import { expect, test } from '@jest/globals';
import { runSchedules } from '../../faults/schedules.ts';
import { playPipeline } from '../../helpers/pipeline-schedule.ts';

const SCHEDULES = Number(process.env['SCHEDULES'] ?? 2000);
const FIRST_SEED = Number(process.env['SEED'] ?? 1);

test('the same seed plays the same schedule', async () => {
  const [first, second] = [await playPipeline(7), await playPipeline(7)];
  expect(second).toEqual(first);
  expect(await playPipeline(8)).not.toEqual(first);
}, 30_000);

test(`each record is curated, quarantined or diverted, once, and receipts name every file, in ${SCHEDULES} schedules`, async () => {
  const { done, failed, never } = await runSchedules({ count: SCHEDULES, seed: FIRST_SEED });
  const replay = failed.map(({ seed, faults }) => [`SEED=${seed} SCHEDULES=1`, ...faults].join('\n  '));
  expect(replay).toEqual([]);
  expect(done).toBe(SCHEDULES);
  expect(never).toEqual([]);
}, 600_000);
