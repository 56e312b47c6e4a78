import { expect, test } from '@jest/globals';
import { type InjectionCounts, noInjections } from '../../helpers/pipeline/dice.ts';
import { playPipeline } from '../../helpers/pipeline-schedule.ts';

const SCHEDULES = Number(process.env['SCHEDULES'] ?? 2000);
const FIRST_SEED = Number(process.env['SEED'] ?? 1);
/** Reading every row of every file takes longer than all the rest. */
const READ_ROWS_EVERY = 10;

const seedOf = (index: number): number => FIRST_SEED + index * 7919;

test('the same seed plays the same schedule', async () => {
  const [first, second] = [await playPipeline(7), await playPipeline(7)];
  expect(second).toEqual(first);
  expect(await playPipeline(8)).not.toEqual(first);
});

test(`each record is curated, quarantined or diverted, once, and receipts name every file, in ${SCHEDULES} schedules`, async () => {
  const injected: InjectionCounts = noInjections();
  for (let index = 0; index < SCHEDULES; index += 1) {
    const seed = seedOf(index);
    const { faults, injected: counts } = await playPipeline(seed, {
      readRows: index % READ_ROWS_EVERY === 0,
    });
    if (faults.length > 0) throw new Error(`SEED=${seed} SCHEDULES=1:\n  ${faults.join('\n  ')}`);
    for (const kind of Object.keys(injected) as (keyof InjectionCounts)[]) injected[kind] += counts[kind];
  }
  const never = Object.entries(injected).flatMap(([kind, count]) => (count === 0 ? [kind] : []));
  if (SCHEDULES >= 500) expect(never).toEqual([]);
}, 600_000);
