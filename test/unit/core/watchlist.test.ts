import { describe, expect, test } from '@jest/globals';
import type { Quote } from '../../../core/quote.ts';
import { QUOTE_FIELDS } from '../../../core/quote.ts';
import { formatWatchlist, isWatched, parseWatchlist, watchlistCondition } from '../../../core/watchlist.ts';

const NOTHING = Object.fromEntries(QUOTE_FIELDS.map(({ name }) => [name, null])) as unknown as Quote;

function quote(values: Partial<Quote>): Quote {
  return { ...NOTHING, symbol: 'ZZZ', ...values };
}

describe('a watchlist', () => {
  const watchlist = parseWatchlist('{"symbols":["MSFT","AAPL"],"movePercentOver":3,"volumeOver":1000}');

  test.each([
    ['a symbol that is listed', quote({ symbol: 'AAPL' }), true],
    ['a symbol that is not', quote({ symbol: 'IBM' }), false],
    ['a rise over the limit', quote({ close: 100, latestPrice: 103.5 }), true],
    ['a fall over the limit', quote({ close: 100, latestPrice: 96.5 }), true],
    ['a move of just the limit', quote({ close: 100, latestPrice: 103 }), false],
    ['a price without one to compare', quote({ latestPrice: 103 }), false],
    ['a previous price of 0', quote({ close: 0, latestPrice: 103 }), false],
    ['a volume over the limit', quote({ latestVolume: 1001 }), true],
    ['a volume of just the limit', quote({ latestVolume: 1000 }), false],
  ])('judges %s', (_, candidate, expected) => {
    expect(isWatched(candidate, watchlist)).toBe(expected);
  });

  test('says the same in SQL', () => {
    expect(watchlistCondition(watchlist)).toBe(
      "(symbol IN ('AAPL', 'MSFT')" +
        ' OR coalesce(abs((latest_price - close) / nullif(close, 0) * 100) > 3E0, false)' +
        ' OR coalesce(latest_volume > 1E3, false))',
    );
    expect(watchlistCondition(parseWatchlist('{"symbols":[]}'))).toBe('false');
  });

  test('is the same text whatever its order', () => {
    expect(formatWatchlist(watchlist)).toBe(
      '{"symbols":["AAPL","MSFT"],"movePercentOver":3,"volumeOver":1000}',
    );
  });

  test.each([
    ['AAPL,MSFT', 'it is not JSON'],
    ['["AAPL"]', 'it is not an object'],
    ['{}', 'it is empty, so that nothing would be kept'],
    ['{"symbol":["AAPL"]}', 'it has no property "symbol"'],
    ['{"symbols":"AAPL"}', 'symbols is not a list'],
    ['{"symbols":["aapl"]}', '"aapl" is no ticker symbol'],
    ['{"movePercentOver":"3"}', 'movePercentOver is not a number from 0 on'],
    ['{"volumeOver":-1}', 'volumeOver is not a number from 0 on'],
  ])('is refused: %s', (text, why) => {
    expect(() => parseWatchlist(text)).toThrow(`the watchlist cannot be read: ${why}`);
  });
});
