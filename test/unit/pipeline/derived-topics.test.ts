/** From the source topic through the filter and the lake: each watched record is seen once, whatever is delivered how often. */
import { expect, test } from '@jest/globals';
import { playDerivedPipeline } from '../../helpers/pipeline-schedule.ts';

const SCHEDULES = Number(process.env['SCHEDULES'] ?? 150);
const FIRST_SEED = Number(process.env['SEED'] ?? 1);

test('the same seed plays the same schedule', async () => {
  expect(await playDerivedPipeline(3)).toEqual(await playDerivedPipeline(3));
}, 30_000);

test(`each watched record is seen once, doubles and late ones included, in ${SCHEDULES} schedules`, async () => {
  let [doubles, late, mishaps] = [0, 0, 0];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed += 1) {
    const played = await playDerivedPipeline(seed);
    expect({ seed, faults: played.faults }).toEqual({ seed, faults: [] });
    doubles += played.doubles;
    late += played.late;
    mishaps += played.injected['batch-diverted'] + played.injected['landing-zombie'];
  }
  // Without them it would prove nothing: neither of a window over identities, nor against a high-water mark.
  if (SCHEDULES >= 100) expect(Math.min(doubles, late, mishaps)).toBeGreaterThan(SCHEDULES / 50);
}, 600_000);
