import { describe, expect, test } from '@jest/globals';
import { quoteFromFinnhub, quoteFromIex } from '../../../core/quote-apis.ts';

const known = { symbol: 'AAPL', companyName: 'Apple Inc.', sector: 'Information Technology' };

describe('quoteFromIex', () => {
  /** As the API answered while it ran. */
  const answer = {
    avgTotalVolume: 81000000,
    calculationPrice: 'tops',
    change: -1.2,
    changePercent: -0.0079,
    close: 150.1,
    closeTime: 1663272000465,
    companyName: 'Apple Inc',
    currency: 'USD',
    high: 153.2,
    iexAskPrice: 0,
    isUSMarketOpen: true,
    latestPrice: 150.7,
    latestSource: 'IEX real time price',
    latestTime: '10:15:32 AM',
    latestUpdate: 1663338932000,
    latestVolume: 9000000,
    low: 149.9,
    open: null,
    openTime: null,
    primaryExchange: 'NASDAQ',
    symbol: 'AAPL',
    week52High: 182.94,
    week52Low: 129.04,
    ytdChange: -0.14,
  };

  test('takes the contract’s fields and adds the sector that is known', () => {
    expect(quoteFromIex(answer, known)).toEqual({
      quote: {
        symbol: 'AAPL',
        companyName: 'Apple Inc',
        primaryExchange: 'NASDAQ',
        sector: 'Information Technology',
        calculationPrice: 'tops',
        open: null,
        openTime: null,
        close: 150.1,
        closeTime: 1663272000465,
        high: 153.2,
        low: 149.9,
        latestPrice: 150.7,
        latestSource: 'IEX real time price',
        latestTime: '10:15:32 AM',
        latestUpdate: 1663338932000,
        latestVolume: 9000000,
        week52High: 182.94,
        week52Low: 129.04,
      },
    });
  });

  test('refuses an answer for another symbol', () => {
    expect(quoteFromIex({ ...answer, symbol: 'MSFT' }, known)).toEqual({
      reason: 'the answer is for another symbol',
    });
  });

  test('refuses a field of a wrong type', () => {
    expect(quoteFromIex({ ...answer, high: 'high' }, known)).toEqual({ reason: 'high is not a number' });
  });
});

describe('quoteFromFinnhub', () => {
  test('maps the short names', () => {
    const answer = {
      c: 261.74,
      d: 1.2,
      dp: 0.46,
      h: 263.31,
      l: 260.68,
      o: 261.07,
      pc: 259.45,
      t: 1795208400,
    };
    expect(quoteFromFinnhub(answer, known)).toEqual({
      quote: {
        symbol: 'AAPL',
        companyName: 'Apple Inc.',
        primaryExchange: null,
        sector: 'Information Technology',
        calculationPrice: null,
        open: 261.07,
        openTime: null,
        close: 259.45,
        closeTime: null,
        high: 263.31,
        low: 260.68,
        latestPrice: 261.74,
        latestSource: 'Finnhub',
        latestTime: expect.stringMatching(/^4:00:00\sPM$/),
        latestUpdate: 1795208400000,
        latestVolume: null,
        week52High: null,
        week52Low: null,
      },
    });
  });

  test('knows that zeros mean an unknown symbol', () => {
    const answer = { c: 0, d: null, dp: null, h: 0, l: 0, o: 0, pc: 0, t: 0 };
    expect(quoteFromFinnhub(answer, known)).toEqual({ reason: 'the API knows no quote of the symbol' });
  });

  test.each([[null], [{}], [{ c: 1, t: 'now' }], [{ c: '1', t: 1 }], [{ c: 1, t: 1e300 }]])(
    'refuses %j',
    (json) => {
      expect(quoteFromFinnhub(json, known)).toHaveProperty('reason');
    },
  );
});
