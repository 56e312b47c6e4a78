/** Questions about the last trading day, which here ends in an evening that lies in the next dt. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { QuoteLake, type Tick } from '../../../helpers/quote-lake.ts';

const DAY = '2026-11-20';
const TICKS: readonly Tick[] = [
  { symbol: 'ANCIENT', at: '2026-11-01T15:00:00Z', latestPrice: 1, open: 1 },
  { symbol: 'UP', at: '2026-11-19T15:00:00Z', latestPrice: 100, open: 95, sector: 'Old' },
  { symbol: 'OLD', at: '2026-11-19T15:00:00Z', latestPrice: 10, open: 8, latestVolume: 5 },
  { symbol: 'FLAT', at: '2026-11-19T15:00:00Z', latestPrice: 50 },
  { symbol: 'DOWN', at: '2026-11-19T15:00:00Z', latestPrice: 80 },
  // 09:29 in New York: all but the previous close is yesterday's.
  { symbol: 'UP', at: `${DAY}T14:29:00Z`, latestPrice: 99, open: 95, close: 100, latestVolume: 999_999 },
  {
    symbol: 'UP',
    at: `${DAY}T14:30:00Z`,
    latestPrice: 110,
    open: 110,
    close: 100,
    latestVolume: 10,
    companyName: 'Up Inc.',
    sector: 'Tech',
  },
  { symbol: 'UP', at: `${DAY}T14:40:00Z`, latestPrice: 121, latestVolume: 20 },
  {
    symbol: 'UP',
    at: `${DAY}T21:00:00Z`,
    calculationPrice: 'close',
    latestPrice: 132,
    open: 110,
    close: 132,
    low: 110,
    high: 132,
    latestVolume: 30,
    latestSource: 'Close',
    week52High: 133,
    week52Low: 50,
  },
  { symbol: 'DOWN', at: `${DAY}T14:30:00Z`, latestPrice: 90, open: 90, close: 100, sector: 'Energy' },
  { symbol: 'DOWN', at: `${DAY}T15:00:00Z`, latestPrice: 101, open: 90, latestVolume: 90 },
  // Two at one time, of which the second is the later.
  { symbol: 'DOWN', at: `${DAY}T15:01:00Z`, latestPrice: 73, open: 90, latestVolume: 95 },
  {
    symbol: 'DOWN',
    at: `${DAY}T15:01:00Z`,
    latestPrice: 72,
    open: 90,
    latestVolume: 100,
    week52High: 200,
    week52Low: 71.5,
  },
  { symbol: 'ZERO', at: `${DAY}T14:30:00Z`, latestPrice: 0, open: 0, close: 0, latestVolume: 5 },
  {
    symbol: 'FLAT',
    at: `${DAY}T14:30:00Z`,
    latestPrice: 50,
    open: 50,
    close: 50,
    latestVolume: 40,
    sector: 'Tech',
    week52High: 50,
    week52Low: 10,
  },
  { symbol: 'NULLS', at: `${DAY}T14:30:00Z`, latestVolume: 7 },
  // 19:10 in New York.
  { symbol: 'EVENING', at: '2026-11-21T00:10:00Z', latestPrice: 55, open: 50, week52Low: 54.5 },
];

let lake: QuoteLake;
beforeAll(async () => {
  lake = await QuoteLake.start(TICKS);
}, 60_000);
afterAll(async () => {
  await lake.athena.stop();
});

describe('the latest price', () => {
  test('is the last quote’s that has one, of every symbol', async () => {
    expect(await lake.ask('latest-price')).toEqual([
      ['ANCIENT', null, '1.0', '0.0', null, '2026-11-01 15:00:00.000'],
      ['DOWN', null, '72.0', '-20.0', '100.0', '2026-11-20 15:01:00.000'],
      ['EVENING', null, '55.0', '10.0', null, '2026-11-21 00:10:00.000'],
      ['FLAT', null, '50.0', '0.0', '40.0', '2026-11-20 14:30:00.000'],
      ['OLD', null, '10.0', '25.0', '5.0', '2026-11-19 15:00:00.000'],
      ['UP', null, '132.0', '20.0', '30.0', '2026-11-20 21:00:00.000'],
      ['ZERO', null, '0.0', null, '5.0', '2026-11-20 14:30:00.000'],
    ]);
  });

  test('of one symbol comes with its day', async () => {
    const day = ['110.0', '132.0', '30.0', 'Close', '2026-11-20 21:00:00.000'];
    expect(await lake.ask('price-of-symbol', "'UP'")).toEqual([['UP', null, '132.0', '20.0', '0.0', ...day]]);
    const before = [null, null, '5.0', null, '2026-11-19 15:00:00.000'];
    expect(await lake.ask('price-of-symbol', "'OLD'")).toEqual([
      ['OLD', null, '10.0', '25.0', null, ...before],
    ]);
  });

  test('of one symbol is looked for in a week', async () => {
    expect(await lake.ask('price-of-symbol', "'ANCIENT'")).toEqual([]);
  });
});

test('who moved most comes first, and of equal moves by name; nobody moves from an open of nothing', async () => {
  expect(await lake.ask('top-movers')).toEqual([
    ['DOWN', null, 'Energy', '90.0', '72.0', '-20.0', '100.0'],
    ['UP', 'Up Inc.', 'Tech', '110.0', '132.0', '20.0', '30.0'],
    ['EVENING', null, null, '50.0', '55.0', '10.0', null],
    ['FLAT', null, 'Tech', '50.0', '50.0', '0.0', '40.0'],
  ]);
});

test('a gap is between the previous close and this session’s open', async () => {
  expect(await lake.ask('gap-at-open')).toEqual([
    ['DOWN', null, '100.0', '90.0', '-10.0', '72.0', 'true'],
    ['UP', 'Up Inc.', '100.0', '110.0', '10.0', '132.0', 'false'],
    ['FLAT', null, '50.0', '50.0', '0.0', '50.0', null],
  ]);
});

test('near the extremes of 52 weeks is who is within two percent of one', async () => {
  expect(await lake.ask('near-52-week-extremes')).toEqual([
    ['FLAT', null, '50.0', '10.0', '50.0', '0.0', '400.0', 'high'],
    ['DOWN', null, '72.0', '71.5', '200.0', '64.0', '0.7', 'low'],
    ['UP', null, '132.0', '50.0', '133.0', '0.75', '164.0', 'high'],
    ['EVENING', null, '55.0', '54.5', null, null, '0.92', 'low'],
  ]);
});

test('the range of the day is that of the session’s prices', async () => {
  expect(await lake.ask('day-range')).toEqual([
    ['DOWN', '72.0', '101.0', '40.28', '72.0', '0.0'],
    ['UP', '110.0', '132.0', '20.0', '132.0', '100.0'],
    ['EVENING', '55.0', '55.0', '0.0', '55.0', null],
    ['FLAT', '50.0', '50.0', '0.0', '50.0', null],
    ['ZERO', '0.0', '0.0', null, '0.0', null],
  ]);
});

test('a sector is the one that a symbol’s quotes named last', async () => {
  expect(await lake.ask('sector-overview')).toEqual([
    ['Energy', '1', '0', '1', '-20.0', '100.0', 'DOWN', '-20.0', 'DOWN', '-20.0'],
    ['Tech', '2', '1', '0', '10.0', '70.0', 'UP', '20.0', 'FLAT', '0.0'],
    ['Unknown', '1', '1', '0', '10.0', null, 'EVENING', '10.0', 'EVENING', '10.0'],
  ]);
});

test('breadth counts from one day’s last price to the next one’s', async () => {
  expect(await lake.ask('market-breadth')).toEqual([
    ['2026-11-01', '1', '0', '0', '0', '0', '0', '0'],
    ['2026-11-19', '4', '0', '0', '0', '0', '0', '0'],
    ['2026-11-20', '5', '1', '1', '1', '0', '1', '0'],
  ]);
});

test('turnover is of the session’s count, not of yesterday’s', async () => {
  expect(await lake.ask('volume-leaders')).toEqual([
    ['DOWN', null, '100.0', '72.0', '7200.0', '54.71'],
    ['UP', 'Up Inc.', '30.0', '132.0', '3960.0', '30.09'],
    ['FLAT', null, '40.0', '50.0', '2000.0', '15.2'],
    ['ZERO', null, '5.0', '0.0', '0.0', '0.0'],
  ]);
});
