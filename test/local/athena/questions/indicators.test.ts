/** What is calculated over daily closes, over a session's candles and over minutes, against numbers calculated by hand. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { QuoteLake, type Tick } from '../../../helpers/quote-lake.ts';

const DAY_MS = 86_400_000;
/** yyyy-mm-dd of the day with this number, from 0 on. */
const day = (index: number): string =>
  new Date(Date.UTC(2026, 8, 1) + index * DAY_MS).toISOString().slice(0, 10);

/** A quote each day, before it another one of another price, at its time one of another price that is earlier in the log, and one without. */
const daily = (symbol: string, closes: readonly number[]): Tick[] =>
  closes.flatMap((latestPrice, index) => [
    { symbol, at: `${day(index)}T15:00:00Z`, latestPrice: 7777 },
    { symbol, at: `${day(index)}T20:00:00Z`, latestPrice: 8888 },
    { symbol, at: `${day(index)}T20:00:00Z`, latestPrice },
    { symbol, at: `${day(index)}T21:00:00Z` },
  ]);

const minutely = (symbol: string, date: string, prices: readonly (number | null)[], from = 30): Tick[] =>
  prices.flatMap((latestPrice, index) =>
    latestPrice === null
      ? []
      : [
          { symbol, at: `${date}T14:${from + index}:05Z`, latestPrice: latestPrice * 3 },
          { symbol, at: `${date}T14:${from + index}:05Z`, latestPrice },
        ],
  );

const PRICES = [100, 110, 99, 108.9];
const TICKS: readonly Tick[] = [
  ...daily(
    'RISING',
    Array.from({ length: 55 }, (_, index) => 100 + index),
  ),
  ...daily('CROSSING', [...Array.from({ length: 49 }, () => 100), 90, 130, 50]),
  ...daily(
    'CONSTANT',
    Array.from({ length: 20 }, () => 100),
  ),
  // Up by 2, down by 1, and so on.
  ...daily(
    'WAVING',
    Array.from({ length: 16 }, (_, index) => 100 + Math.ceil(index / 2) * 2 - Math.floor(index / 2)),
  ),
  ...daily('FALLING', [100, 120, 90, 120, 60, 90]),
  ...daily('ZERO', [0, 0, 0]),
  // Candles of five minutes that close at 100, 101, 100 and, at 16:00, 100.
  { symbol: 'MOVING', at: '2026-11-20T14:00:00Z', latestPrice: 50 },
  { symbol: 'MOVING', at: '2026-11-20T14:30:00Z', latestPrice: 100 },
  { symbol: 'MOVING', at: '2026-11-20T14:36:00Z', latestPrice: 105 },
  { symbol: 'MOVING', at: '2026-11-20T14:36:00Z', latestPrice: 101 },
  { symbol: 'MOVING', at: '2026-11-20T14:37:00Z', latestPrice: 0 },
  { symbol: 'MOVING', at: '2026-11-20T14:44:00Z', latestPrice: 100 },
  { symbol: 'MOVING', at: '2026-11-20T21:00:00Z', latestPrice: 100 },
  { symbol: 'MOVING', at: '2026-11-20T21:05:00Z', latestPrice: 10 },
  // The night's move is the next day's first price, and no return.
  { symbol: 'MOVING', at: '2026-11-23T14:30:00Z', latestPrice: 300 },
  { symbol: 'MOVING', at: '2026-11-23T14:35:00Z', latestPrice: 303 },
  ...minutely('P', '2026-11-19', PRICES),
  ...minutely('P', '2026-11-20', [500, 550]),
  // A tenth of P; a minute more, in which P has no quote, and another night.
  ...minutely('Q', '2026-11-19', [...PRICES.map((price) => price / 10), 77]),
  ...minutely('Q', '2026-11-20', [3, 3.3]),
  ...minutely(
    'INVERSE',
    '2026-11-19',
    PRICES.map((price) => 1 / price),
  ),
  ...minutely('PARTLY', '2026-11-19', [100, 110, 121, 108.9]),
  ...minutely('STILL', '2026-11-19', [5, 5, 5, 5]),
];

// A file a day, and there are eighty.
jest.setTimeout(30_000);

let lake: QuoteLake;
beforeAll(async () => {
  lake = await QuoteLake.start(TICKS);
}, 60_000);
afterAll(async () => {
  await lake.athena.stop();
});

describe('moving averages', () => {
  test('are of the last 20 and 50 closes, this day’s included, and none before there are so many', async () => {
    const rows = await lake.askOf('RISING', 'moving-averages');
    expect(rows).toHaveLength(55);
    expect([18, 19, 48, 49, 54].map((index) => rows[index])).toEqual([
      [day(18), '118.0', null, null, null],
      [day(19), '119.0', '109.5', null, null],
      [day(48), '148.0', '138.5', null, null],
      [day(49), '149.0', '139.5', '124.5', null],
      [day(54), '154.0', '144.5', '129.5', null],
    ]);
  });

  test('cross on the day on which one passes the other', async () => {
    expect((await lake.askOf('CROSSING', 'moving-averages')).slice(48)).toEqual([
      [day(48), '100.0', '100.0', null, null],
      [day(49), '90.0', '99.5', '99.8', null],
      [day(50), '130.0', '101.0', '100.4', 'golden'],
      [day(51), '50.0', '98.5', '99.4', 'death'],
    ]);
  });
});

describe('Bollinger bands', () => {
  test('are two standard deviations of the population around the average of 20 closes', async () => {
    // 100 to 119: average 109.5, deviation sqrt((400 - 1) / 12) = 5.766281.
    const rows = await lake.askOf('RISING', 'bollinger-bands');
    expect(rows).toHaveLength(36);
    expect(rows[0]).toEqual([day(19), '119.0', '97.9674', '109.5', '121.0326', '0.9119']);
  });

  test('meet where the price does not move, with no place between them', async () => {
    expect(await lake.askOf('CONSTANT', 'bollinger-bands')).toEqual([
      [day(19), '100.0', '100.0', '100.0', '100.0', null],
    ]);
  });
});

describe('the relative strength index', () => {
  test('is of 14 changes: 7 of +2 and 7 of -1 make two thirds', async () => {
    expect(await lake.askOf('WAVING', 'rsi')).toEqual([
      [day(14), '107.0', '1.0', '0.5', '66.67'],
      [day(15), '109.0', '1.0', '0.5', '66.67'],
    ]);
  });

  test('is 100 without a loss, and none without a change', async () => {
    expect((await lake.askOf('RISING', 'rsi'))[0]).toEqual([day(14), '114.0', '1.0', '0.0', '100.0']);
    expect((await lake.askOf('CONSTANT', 'rsi'))[0]).toEqual([day(14), '100.0', '0.0', '0.0', null]);
  });
});

test('performance is against the close of so many of the symbol’s own days ago', async () => {
  expect(await lake.askOf('RISING', 'performance')).toEqual([
    [day(54), '154.0', '0.65', '3.36', '14.93', null],
  ]);
  expect(await lake.askOf('ZERO', 'performance')).toEqual([[day(2), '0.0', null, null, null, null]]);
});

describe('drawdown', () => {
  test('is the deepest fall from a top before it, of equal tops the last', async () => {
    expect(await lake.askOf('FALLING', 'drawdown')).toEqual([
      [day(3), '120.0', day(4), '60.0', '-50.0', '-25.0'],
    ]);
  });

  test('is none of what only rises', async () => {
    expect(await lake.askOf('RISING', 'drawdown')).toEqual([
      [day(0), '100.0', day(0), '100.0', '0.0', '0.0'],
    ]);
  });
});

test('realised volatility is of the session’s returns of five minutes, the night’s move left out', async () => {
  // ln 1.01 up, down, and none: 100 * sqrt(252 * 2 * 0.00995033^2); then up alone.
  expect(await lake.askOf('MOVING', 'realised-volatility')).toEqual([
    ['2026-11-20', '3', '22.3384'],
    ['2026-11-23', '1', '15.7957'],
  ]);
});

describe('correlation', () => {
  const days = ["'2026-11-19'", "'2026-11-20'"] as const;

  test('is 1 of prices that move alike, over common minutes of the same day, whichever symbol is named first', async () => {
    expect(await lake.ask('correlation', "'P'", "'Q'", ...days)).toEqual([['P', 'Q', '4', '1.0']]);
    expect(await lake.ask('correlation', "'Q'", "'P'", ...days)).toEqual([['P', 'Q', '4', '1.0']]);
  });

  test('is -1 of prices that move against each other', async () => {
    expect(await lake.ask('correlation', "'P'", "'INVERSE'", ...days)).toEqual([
      ['INVERSE', 'P', '3', '-1.0'],
    ]);
  });

  test('is something between where only a part goes together', async () => {
    // Of up, down, up with up, up, down: deviations (1, -2, 1) and (1, 1, -2) of a third of the difference.
    expect(await lake.ask('correlation', "'P'", "'PARTLY'", ...days)).toEqual([['P', 'PARTLY', '3', '-0.5']]);
  });

  test('is not there without two minutes in common', async () => {
    expect(await lake.ask('correlation', "'P'", "'MOVING'", ...days)).toEqual([]);
  });

  test('is none where a price stands still', async () => {
    expect(await lake.ask('correlation', "'P'", "'STILL'", ...days)).toEqual([['P', 'STILL', '3', null]]);
  });
});
