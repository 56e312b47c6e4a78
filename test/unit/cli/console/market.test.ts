import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Market } from '../../../../cli/console/market/market.ts';
import { createQuoteDecoder, encodeQuote, QUOTE_SCHEMA_TEXT } from '../../../../core/codec.ts';
import { curate } from '../../../../core/curation.ts';
import { boundTimestamp } from '../../../../core/kafka-event.ts';
import type { Quote } from '../../../../core/quote.ts';
import { encodeFrame } from '../../../../core/wire.ts';
import { makeQuote, SCHEMA_ID } from '../../../helpers/records.ts';

const decode = createQuoteDecoder(QUOTE_SCHEMA_TEXT);
/** 09:30 in New York on a Friday. */
const OPEN_MS = Date.parse('2026-11-20T14:30:00Z');
const MINUTE_MS = 60_000;

interface Said {
  readonly minute: number;
  readonly price?: number | null;
  readonly volume?: number | null;
  readonly symbol?: string;
  readonly more?: Partial<Quote>;
}

function marketOf(quotes: readonly Said[], maxTicks?: number): Market {
  const market = new Market(maxTicks);
  quotes.forEach(({ minute, price = 10, volume = null, symbol = 'AAPL', more }, offset) => {
    const atMs = OPEN_MS + minute * MINUTE_MS;
    const quote = makeQuote({
      symbol,
      latestPrice: price,
      latestVolume: volume,
      latestUpdate: atMs,
      open: 10,
      ...more,
    });
    feed(market, quote, offset, atMs);
  });
  return market;
}

/** As the feed does: what curation would quarantine never comes. */
function feed(market: Market, quote: Quote, offset: number, timestamp: number): void {
  const value = encodeFrame(SCHEMA_ID, encodeQuote(quote));
  const record = { offset, timestamp, timestampType: 'CREATE_TIME', key: null, value, headers: [] };
  const { days } = curate([record], { decoderOf: () => decode, lakeStartMs: 0 });
  for (const row of [...days.values()].flat()) market.add(row);
}

describe('candles', () => {
  test('open, high, low and close follow the event time, whatever the order of arrival', () => {
    const market = marketOf([
      { minute: 3, price: 8 },
      { minute: 0, price: 10 },
      { minute: 4, price: 9 },
      { minute: 1, price: 12 },
    ]);
    expect(market.candles('AAPL', 5)).toEqual([
      { time: OPEN_MS / 1000, open: 10, high: 12, low: 8, close: 9, volume: null, ticks: 4 },
    ]);
  });

  test('volume is the growth of the day’s count; a restated, smaller count trades nothing twice', () => {
    const market = marketOf([
      { minute: 0, volume: 100 },
      { minute: 6, volume: 250 },
      { minute: 7, volume: 200 },
      { minute: 12, volume: 260 },
    ]);
    expect(market.candles('AAPL', 5).map(({ volume }) => volume)).toEqual([100, 150, 10]);
  });

  test('a first count of later than the session’s first candle belongs to nobody', () => {
    const market = marketOf([
      { minute: 20, volume: 5000 },
      { minute: 26, volume: 5100 },
    ]);
    expect(market.candles('AAPL', 5).map(({ volume }) => volume)).toEqual([null, 100]);
  });

  test('an hour that the session begins within has the day’s first count, the next hour has not', () => {
    const first = marketOf([
      { minute: 20, volume: 500 },
      { minute: 40, volume: 800 },
    ]);
    expect(first.candles('AAPL', 60).map(({ volume }) => volume)).toEqual([500, 300]);
    expect(
      marketOf([{ minute: 40, volume: 800 }])
        .candles('AAPL', 60)
        .map(({ volume }) => volume),
    ).toEqual([null]);
  });

  test('what a quote counts before the open is yesterday’s', () => {
    const market = marketOf([
      { minute: -30, volume: 9000 },
      { minute: 0, volume: 100 },
    ]);
    expect(market.candles('AAPL', 5).map(({ volume }) => volume)).toEqual([null, 100]);
  });

  test('a quote without a price makes no candle, and its volume counts', () => {
    const market = marketOf([
      { minute: 0, volume: 100 },
      { minute: 1, price: null, volume: 130 },
      { minute: 10, price: null, volume: 150 },
    ]);
    expect(market.candles('AAPL', 5)).toMatchObject([{ ticks: 1, volume: 130 }]);
  });

  test('whatever comes in whatever order, every priced quote is in one candle and all that was traded in some', () => {
    const said = fc.record({
      minute: fc.integer({ min: 0, max: 389 }),
      price: fc.integer({ min: 1, max: 100 }),
      volume: fc.integer({ min: 0, max: 1e6 }),
    });
    fc.assert(
      fc.property(
        fc.array(said, { minLength: 1, maxLength: 60 }),
        fc.constantFrom(1, 5, 15, 60),
        (quotes, minutes) => {
          const candles = marketOf(quotes).candles('AAPL', minutes);
          expect(candles.reduce((sum, { ticks }) => sum + ticks, 0)).toBe(quotes.length);
          const times = candles.map(({ time }) => time);
          expect(times).toEqual([...new Set(times)].sort((left, right) => left - right));
          for (const { open, high, low, close } of candles) {
            expect(Math.max(open, close)).toBeLessThanOrEqual(high);
            expect(Math.min(open, close)).toBeGreaterThanOrEqual(low);
          }
          const traded = candles.reduce((sum, { volume }) => sum + (volume ?? 0), 0);
          expect(traded).toBeLessThanOrEqual(Math.max(...quotes.map(({ volume }) => volume)));
        },
      ),
    );
  });
});

describe('movers', () => {
  test('are ordered by how far they moved since the open, up or down', () => {
    const market = marketOf([
      { minute: 1, symbol: 'UP', price: 10.5 },
      { minute: 1, symbol: 'DOWN', price: 8 },
      { minute: 1, symbol: 'STILL', price: 10 },
    ]);
    expect(market.listMovers().movers.map(({ symbol, changePercent }) => [symbol, changePercent])).toEqual([
      ['DOWN', -20],
      ['UP', 5],
      ['STILL', 0],
    ]);
  });

  test('are of the last day with a session: a quote of before the open or of a Saturday makes none', () => {
    const market = marketOf([
      { minute: 1, price: 11 },
      { minute: 24 * 60, price: 20 },
      { minute: 3 * 24 * 60 - 60, price: 30 },
    ]);
    expect(market.listMovers()).toMatchObject({ tradingDate: '2026-11-20', movers: [{ latestPrice: 11 }] });
  });

  test('one without an open has no change, and stands last', () => {
    const market = marketOf([
      { minute: 1, symbol: 'NEW', more: { open: null } },
      { minute: 1, symbol: 'STILL' },
    ]);
    expect(market.listMovers().movers.map(({ symbol, changePercent }) => [symbol, changePercent])).toEqual([
      ['STILL', 0],
      ['NEW', null],
    ]);
  });

  test('keep at most forty prices for a line, the last among them', () => {
    const market = marketOf(Array.from({ length: 95 }, (_, minute) => ({ minute, price: 1 + minute })));
    const [mover] = market.listMovers().movers;
    expect(mover?.recentPrices.length).toBeLessThanOrEqual(40);
    expect(mover?.recentPrices.at(-1)).toBe(95);
  });
});

test('a record whose timestamp is no date counts for nothing, and stops nothing', () => {
  const market = new Market();
  feed(market, makeQuote({ latestUpdate: null, latestPrice: 10 }), 0, boundTimestamp(9e15));
  expect(market.listMovers().ticks).toBe(0);
});

test('a quote that curation would quarantine counts for nothing', () => {
  const market = marketOf([{ minute: 1, price: -5 }]);
  expect(market.listMovers().movers).toEqual([]);
  expect(market.candles('AAPL', 5)).toEqual([]);
});

test('beyond what is kept the oldest are forgotten, and the newest stay', () => {
  const market = marketOf(
    Array.from({ length: 500 }, (_, index) => ({ minute: index / 2, price: index + 1 })),
    100,
  );
  const { ticks, movers } = market.listMovers();
  expect(ticks).toBeLessThanOrEqual(100);
  expect(movers[0]?.latestPrice).toBe(500);
});
