/** Candles and the average weighted by volume, on days with every trap that a cumulative volume has. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { namedQuery, QuoteLake, type Tick, withValues } from '../../../helpers/quote-lake.ts';

const tick = (symbol: string, at: string, latestPrice: number | null, latestVolume: number | null): Tick => ({
  symbol,
  at,
  latestPrice,
  latestVolume,
});

const TICKS: readonly Tick[] = [
  // 09:00 in New York: the count is yesterday's.
  tick('A', '2026-11-19T14:00:00Z', 9, 500_000),
  tick('A', '2026-11-19T14:30:10Z', 10, 100),
  tick('A', '2026-11-19T14:30:40Z', 12, 150),
  // At the same time, and later in the log.
  tick('A', '2026-11-19T14:30:40Z', 11, 180),
  tick('A', '2026-11-19T14:31:05Z', null, 200),
  tick('A', '2026-11-19T14:31:30Z', 8, null),
  // Restated.
  tick('A', '2026-11-19T14:33:00Z', 9, 190),
  tick('A', '2026-11-19T14:34:00Z', 10, 260),
  tick('A', '2026-11-19T14:36:00Z', 0, 260),
  tick('A', '2026-11-19T21:00:00Z', 13, 1000),
  // 19:30 in New York, in the dt that follows.
  tick('A', '2026-11-20T00:30:00Z', 14, 1100),
  // The recording begins at 09:33, within the session's first five minutes and not within its first.
  tick('A', '2026-11-20T14:33:00Z', 20, 300),
  tick('A', '2026-11-20T14:37:00Z', 21, 400),
  // The recording begins half an hour after the open.
  tick('LATE', '2026-11-20T15:00:00Z', 5, 7000),
  tick('LATE', '2026-11-20T15:01:00Z', 6, 7100),
  tick('NONE', '2026-11-20T14:30:00Z', null, 10),
  // Daylight saving time: the session opens at 13:30 UTC.
  tick('SUMMER', '2026-07-01T13:20:00Z', 3, 9000),
  tick('SUMMER', '2026-07-01T13:30:20Z', 1, 50),
  tick('SUMMER', '2026-07-01T13:31:00Z', 2, 80),
];

let lake: QuoteLake;
beforeAll(async () => {
  lake = await QuoteLake.start(TICKS);
}, 60_000);
afterAll(async () => {
  await lake.athena.stop();
});

/** start, open, high, low, close, volume, ticks */
const candle = (start: string, prices: readonly string[], volume: string | null, ticks: number) => [
  start,
  ...prices,
  volume,
  String(ticks),
];
const same = (price: string) => [price, price, price, price];

describe('candles of a minute', () => {
  test('open and close by time and offset, and hold what the count grew by', async () => {
    expect(await lake.askOf('A', 'candles-1m')).toEqual([
      candle('2026-11-19 14:00:00.000', same('9.0'), null, 1),
      candle('2026-11-19 14:30:00.000', ['10.0', '12.0', '10.0', '11.0'], '180.0', 3),
      candle('2026-11-19 14:31:00.000', same('8.0'), '20.0', 1),
      candle('2026-11-19 14:33:00.000', same('9.0'), '0.0', 1),
      candle('2026-11-19 14:34:00.000', same('10.0'), '60.0', 1),
      candle('2026-11-19 14:36:00.000', same('0.0'), '0.0', 1),
      candle('2026-11-19 21:00:00.000', same('13.0'), '740.0', 1),
      candle('2026-11-20 00:30:00.000', same('14.0'), '100.0', 1),
      candle('2026-11-20 14:33:00.000', same('20.0'), null, 1),
      candle('2026-11-20 14:37:00.000', same('21.0'), '100.0', 1),
    ]);
  });

  test('know the open in summer', async () => {
    expect(await lake.askOf('SUMMER', 'candles-1m')).toEqual([
      candle('2026-07-01 13:20:00.000', same('3.0'), null, 1),
      candle('2026-07-01 13:30:00.000', same('1.0'), '50.0', 1),
      candle('2026-07-01 13:31:00.000', same('2.0'), '30.0', 1),
    ]);
  });

  test('are none without a price', async () => {
    expect(await lake.askOf('NONE', 'candles-1m')).toEqual([]);
  });
});

const A_OF_THE_20TH = [
  candle('2026-11-20 14:30:00.000', same('20.0'), '300.0', 1),
  candle('2026-11-20 14:35:00.000', same('21.0'), '100.0', 1),
];

describe('candles of five minutes', () => {
  test('add up to the day’s volume where the recording began with the session', async () => {
    expect(await lake.askOf('A', 'candles-5m')).toEqual([
      candle('2026-11-19 14:00:00.000', same('9.0'), null, 1),
      candle('2026-11-19 14:30:00.000', ['10.0', '12.0', '8.0', '10.0'], '260.0', 6),
      candle('2026-11-19 14:35:00.000', same('0.0'), '0.0', 1),
      candle('2026-11-19 21:00:00.000', same('13.0'), '740.0', 1),
      candle('2026-11-20 00:30:00.000', same('14.0'), '100.0', 1),
      ...A_OF_THE_20TH,
    ]);
  });

  test('do not put into one candle what traded before the recording began', async () => {
    expect(await lake.askOf('LATE', 'candles-5m')).toEqual([
      candle('2026-11-20 15:00:00.000', ['5.0', '6.0', '5.0', '6.0'], '100.0', 2),
    ]);
  });
});

describe('candles of one symbol', () => {
  test('are those of its days', async () => {
    // What the evening's count was before is in a dt that is not read.
    const evening = candle('2026-11-20 00:30:00.000', same('14.0'), null, 1);
    expect(await lake.askOf('A', 'candles-of-symbol', "'A'", "'2026-11-20'", "'2026-11-20'")).toEqual([
      evening,
      ...A_OF_THE_20TH,
    ]);
    expect(await lake.askOf('A', 'candles-of-symbol', "'A'", "'2026-11-19'", "'2026-11-20'")).toEqual(
      await lake.askOf('A', 'candles-5m'),
    );
  });

  test('read no other day', async () => {
    const bytes = async (...days: string[]): Promise<number> => {
      const sql = withValues(namedQuery('candles-of-symbol').sql, ["'A'", ...days]);
      return (await lake.athena.answer(sql)).scannedBytes;
    };
    const both = await bytes("'2026-11-19'", "'2026-11-20'");
    expect(await bytes("'2026-11-20'", "'2026-11-20'")).toBeLessThan(both);
    expect(await bytes("'2026-11-21'", "'2026-11-22'")).toBe(0);
  });
});

test('candles of a day begin with the session, and have the whole day’s volume', async () => {
  const rows = await lake.ask('candles-1d');
  expect(rows).toEqual([
    ['A', '2026-11-19', '10.0', '14.0', '0.0', '14.0', '1100.0', '9'],
    ['A', '2026-11-20', '20.0', '21.0', '20.0', '21.0', '400.0', '2'],
    ['LATE', '2026-11-20', '5.0', '6.0', '5.0', '6.0', '7100.0', '2'],
    ['SUMMER', '2026-07-01', '1.0', '2.0', '1.0', '2.0', '80.0', '2'],
  ]);
});

test('the average price weighs by what was traded at it', async () => {
  // 100 at 10, 50 at 12, 30 at 11, 10 at 9, 70 at 10, 740 at 13, 100 at 14: 13740 for 1100 shares.
  expect(await lake.ask('vwap')).toEqual([
    ['A', '2026-11-19', '12.4909', '14.0', '1100.0', '10'],
    ['A', '2026-11-20', '20.25', '21.0', '400.0', '2'],
    ['LATE', '2026-11-20', '6.0', '6.0', '100.0', '2'],
    ['SUMMER', '2026-07-01', '1.375', '2.0', '80.0', '3'],
  ]);
});
