/** A quote outside of any session, before the open or on a Saturday, makes no trading day: answers are those of the lake without it. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { QuoteLake, type Tick } from '../../../helpers/quote-lake.ts';

const DAY_MS = 86_400_000;
const LAST_DAY = '2026-11-19';
/** Monday to Friday of five weeks, ending with a Thursday. */
const SESSIONS = Array.from({ length: 36 }, (_, index) => Date.parse(LAST_DAY) - (35 - index) * DAY_MS)
  .map((ms) => new Date(ms))
  .filter((day) => day.getUTCDay() % 6 !== 0)
  .map((day) => day.toISOString().slice(0, 10));

/** Three quotes a day, five minutes apart; the last price of the last day is 134 of ONE and 149 of TWO. */
const TICKS: readonly Tick[] = SESSIONS.flatMap((day, index) =>
  ['ONE', 'TWO'].flatMap((symbol, other) => {
    const first = 100 + index + (index % 4) * (other + 1) + 10 * other;
    return [0, 3, 8].map((rise, minute) => ({
      symbol,
      at: `${day}T15:${10 + 5 * minute}:00Z`,
      latestPrice: first + rise * (other + 1),
      open: first - 1,
      close: first - 2,
      latestVolume: 50 * (minute + 1),
      sector: 'Tech',
      week52High: 135,
    }));
  }),
);

/** Of both symbols, in two minutes, and of other prices than the session's. */
const quotesAt = (hour: string): Tick[] =>
  ['ONE', 'TWO'].flatMap((symbol) =>
    [7000, 7777].map((latestPrice, minute) => ({
      symbol,
      at: `${hour}:0${minute}:00Z`,
      latestPrice,
      open: 6000,
      close: 134,
      latestVolume: 999_999,
      sector: 'Early',
      week52High: 7777,
    })),
  );

// A file a day, of three lakes.
jest.setTimeout(60_000);

async function lakeOf(ticks: readonly Tick[]): Promise<QuoteLake> {
  const lake = await QuoteLake.start(ticks);
  await lake.athena.createTable('nasdaq_listed', {
    columns: { symbol: 'string', market_category: 'string', etf: 'boolean' },
    location: 's3://lake/dimensions/nasdaq_listed/',
    format: 'json',
  });
  await lake.athena.put('dimensions/nasdaq_listed/listed.json', '{"symbol":"ONE","market_category":"Q"}\n');
  return lake;
}

let sessions: QuoteLake;
let early: QuoteLake;
let saturday: QuoteLake;
beforeAll(async () => {
  sessions = await lakeOf(TICKS);
  // 08:00 in New York on the day after, and 10:00 on a Saturday.
  early = await lakeOf([...TICKS, ...quotesAt('2026-11-20T13')]);
  saturday = await lakeOf([...TICKS, ...quotesAt('2026-11-21T15')]);
}, 120_000);
afterAll(async () => {
  for (const lake of [sessions, early, saturday]) await lake.athena.stop();
});

const OF_THE_LAST_DAY = [
  'day-range',
  'gap-at-open',
  'listing-coverage',
  'near-52-week-extremes',
  'sector-overview',
  'top-movers',
  'unusual-volume',
  'volume-leaders',
];
const BY_DAY = [
  'bollinger-bands',
  'candles-1d',
  'drawdown',
  'market-breadth',
  'moving-averages',
  'performance',
  'realised-volatility',
  'rsi',
];

test.each(OF_THE_LAST_DAY)(
  'the last trading day of %s is neither one that is yet to open, nor a Saturday',
  async (name) => {
    const expected = await sessions.ask(name);
    expect(expected).not.toEqual([]);
    expect(await early.ask(name)).toEqual(expected);
    expect(await saturday.ask(name)).toEqual(expected);
  },
);

test.each(BY_DAY)('a quote before the open is no close of %s', async (name) => {
  const expected = await sessions.ask(name);
  expect(expected).not.toEqual([]);
  expect(await early.ask(name)).toEqual(expected);
});

test('minutes before the open are not compared', async () => {
  const asked = ['correlation', "'ONE'", "'TWO'", "'2026-11-16'", "'2026-11-20'"] as const;
  const expected = await sessions.ask(...asked);
  // Four days of two returns.
  expect(expected).toEqual([['ONE', 'TWO', '8', expect.any(String)]]);
  expect(await early.ask(...asked)).toEqual(expected);
});

test('the day that is answered for is the session’s', async () => {
  expect(await early.askOf('ONE', 'day-range')).toEqual([['126.0', '134.0', '6.35', '134.0', '100.0']]);
  expect(await early.askOf('ONE', 'performance')).toEqual([
    [LAST_DAY, '134.0', expect.any(String), expect.any(String), expect.any(String), null],
  ]);
  expect((await early.ask('market-breadth')).at(-1)?.[0]).toBe(LAST_DAY);
});
