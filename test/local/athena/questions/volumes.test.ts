/** Unusual volume: the last day's against the days before. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { QuoteLake, type Tick } from '../../../helpers/quote-lake.ts';

const LAST_DAY_MS = Date.UTC(2026, 10, 20, 21);

/** Volumes of consecutive days, of which the last is 2026-11-20: each day's count grows to its volume, and falls back once. */
const volumes = (symbol: string, counts: readonly number[]): Tick[] =>
  counts.flatMap((latestVolume, index) => {
    const end = LAST_DAY_MS - (counts.length - 1 - index) * 86_400_000;
    const at = (minutesBefore: number): string => new Date(end - minutesBefore * 60_000).toISOString();
    return [
      // Before the open, in summer and in winter.
      { symbol, at: at(460), latestVolume: 5_000_000 },
      { symbol, at: at(60), latestVolume: latestVolume / 2 },
      { symbol, at: at(30), latestVolume },
      { symbol, at: at(20), latestVolume: latestVolume - 1 },
      { symbol, at: at(10) },
    ];
  });

const repeat = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

const TICKS: readonly Tick[] = [
  ...volumes('TWICE', [...repeat(6, 100), 250]),
  // Of the 25 days before only 20 count.
  ...volumes('LONG', [...repeat(5, 1_000_000), ...repeat(20, 100), 300]),
  // Too few days before.
  ...volumes('YOUNG', [...repeat(4, 100), 900]),
  ...volumes('USUAL', [...repeat(6, 100), 199]),
  ...volumes('NOTHING', [...repeat(6, 0), 10]),
];

let lake: QuoteLake;
beforeAll(async () => {
  lake = await QuoteLake.start(TICKS);
}, 60_000);
afterAll(async () => {
  await lake.athena.stop();
});

test('volume is held against the average of up to 20 days before, of which there are at least 5', async () => {
  expect(await lake.ask('unusual-volume')).toEqual([
    ['LONG', '2026-11-20', '300.0', '100.0', '20', '3.0'],
    ['TWICE', '2026-11-20', '250.0', '100.0', '6', '2.5'],
    ['USUAL', '2026-11-20', '199.0', '100.0', '6', '1.99'],
    ['NOTHING', '2026-11-20', '10.0', '0.0', '6', null],
  ]);
}, 30_000);
