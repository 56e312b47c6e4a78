/** Whether everything came, how late, and what was kept out. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { QuoteLake, type Tick } from '../../../helpers/quote-lake.ts';

const TICKS: readonly Tick[] = [
  { symbol: 'A', at: '2026-11-20T14:30:00Z' },
  { symbol: 'A', at: '2026-11-20T14:30:59Z' },
  { symbol: 'A', at: '2026-11-20T14:31:10Z' },
  { symbol: 'A', at: '2026-11-20T14:35:00Z' },
  // Before the session.
  { symbol: 'B', at: '2026-11-20T14:20:00Z' },
  { symbol: 'B', at: '2026-11-20T14:30:00Z' },
  { symbol: 'B', at: '2026-11-20T14:37:00Z' },
  // The evening of the 19th in New York.
  { symbol: 'EVENING', at: '2026-11-20T00:30:00Z' },
  // A whole session, in daylight saving time; the closing print is no minute of its own.
  { symbol: 'SUMMER', at: '2026-07-01T13:30:00Z', lagMs: 500 },
  { symbol: 'SUMMER', at: '2026-07-01T20:00:00Z', lagMs: 3_600_000 },
  ...Array.from({ length: 20 }, (_, index) => ({
    symbol: index % 2 === 0 ? 'X' : 'Y',
    at: `2026-03-02T15:${10 + index}:00Z`,
    lagMs: 1000 * (20 - index),
  })),
];

let lake: QuoteLake;
beforeAll(async () => {
  lake = await QuoteLake.start(TICKS);
  const at = (second: number): string => `2026-11-20 14:30:0${second}.000`;
  await lake.quarantine([
    { code: 'price_invalid', reason: 'negative', kafka_offset: 7, kafka_timestamp: at(1) },
    { code: 'symbol_empty', reason: 'empty', kafka_offset: 8, kafka_timestamp: at(2) },
    { code: 'price_invalid', reason: 'infinite', kafka_offset: 11, kafka_timestamp: at(3) },
    // At the same time as the one before, and of a smaller offset.
    { code: 'price_invalid', reason: 'not a number', kafka_offset: 9, kafka_timestamp: at(3) },
  ]);
}, 60_000);
afterAll(async () => {
  await lake.athena.stop();
});

describe('missing minutes', () => {
  test('are spans between a symbol’s quotes, up to the newest quote of any', async () => {
    const minute = (of: number): string => `2026-11-20 14:${of}:00.000`;
    expect(await lake.ask('missing-minutes', "'2026-11-20'")).toEqual([
      ['A', minute(32), minute(34), '3'],
      ['A', minute(36), minute(37), '2'],
      ['B', minute(31), minute(36), '6'],
    ]);
  });

  test('end with the session', async () => {
    expect(await lake.ask('missing-minutes', "'2026-07-01'")).toEqual([
      ['SUMMER', '2026-07-01 13:31:00.000', '2026-07-01 19:59:00.000', '389'],
    ]);
  });

  test('are none of a day without quotes', async () => {
    expect(await lake.ask('missing-minutes', "'2026-11-21'")).toEqual([]);
  });
});

test('freshness has exact percentiles of the lag, by nearest rank', async () => {
  const rows = await lake.ask('freshness');
  expect(rows.slice(0, 3)).toEqual([
    ['2026-03-02 15:00:00.000', '20', '2', '2026-03-02 15:29:00.000', '10.0', '19.0'],
    ['2026-07-01 13:00:00.000', '1', '1', '2026-07-01 13:30:00.000', '0.5', '0.5'],
    ['2026-07-01 20:00:00.000', '1', '1', '2026-07-01 20:00:00.000', '3600.0', '3600.0'],
  ]);
});

test('rows are counted by the hour in which Kafka had them', async () => {
  const row = (hour: string, ...counts: number[]) => [hour, 'L1', '0', ...counts.map(String)];
  expect(await lake.ask('rows-by-hour')).toEqual([
    row('2026-03-02 15:00:00.000', 20, 2, 10, 29),
    row('2026-07-01 13:00:00.000', 1, 1, 8, 8),
    row('2026-07-01 21:00:00.000', 1, 1, 9, 9),
    row('2026-11-20 00:00:00.000', 1, 1, 7, 7),
    row('2026-11-20 14:00:00.000', 7, 2, 0, 6),
  ]);
});

test('quarantine is counted by rule, with the newest record of each', async () => {
  const at = (second: number): string => `2026-11-20 14:30:0${second}.000`;
  expect(await lake.ask('quarantine-by-reason', "'L1'")).toEqual([
    ['price_invalid', '3', at(1), at(3), '2', '11', 'infinite'],
    ['symbol_empty', '1', at(2), at(2), '2', '8', 'empty'],
  ]);
  expect(await lake.ask('quarantine-by-reason', "'L2'")).toEqual([]);
});
