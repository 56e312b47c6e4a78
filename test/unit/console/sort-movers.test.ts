import { describe, expect, test } from '@jest/globals';
import type { Mover } from '../../../console/api.ts';
import { searchMovers, sortMovers, sparkPoints } from '../../../console/src/market/sort-movers.ts';

function mover(symbol: string, change: Partial<Mover> = {}): Mover {
  return {
    symbol,
    companyName: null,
    sector: null,
    open: 10,
    latestPrice: 10,
    changePercent: 0,
    latestVolume: 100,
    at: '2026-11-20T15:00:00.000Z',
    recentPrices: [],
    ...change,
  };
}

const symbols = (movers: readonly Mover[]) => movers.map(({ symbol }) => symbol);

describe('sortMovers', () => {
  const movers = [
    mover('TSLA', { changePercent: -4 }),
    mover('AAPL', { changePercent: 3 }),
    mover('NEWS', { changePercent: null }),
    mover('MSFT', { changePercent: 1 }),
  ];

  test('keeps the order they come in where they are asked by how far they moved', () => {
    expect(sortMovers(movers, 'moved', true)).toBe(movers);
  });

  test('puts the largest change first when descending', () => {
    expect(symbols(sortMovers(movers, 'changePercent', true))).toEqual(['AAPL', 'MSFT', 'TSLA', 'NEWS']);
  });

  test('leaves those without the figure last when ascending too', () => {
    expect(symbols(sortMovers(movers, 'changePercent', false))).toEqual(['TSLA', 'MSFT', 'AAPL', 'NEWS']);
  });

  test('sorts symbols by their letters', () => {
    expect(symbols(sortMovers(movers, 'symbol', false))).toEqual(['AAPL', 'MSFT', 'NEWS', 'TSLA']);
  });
});

describe('searchMovers', () => {
  const movers = [
    mover('BAC', { companyName: 'Bank of America' }),
    mover('A', { companyName: 'Agilent', sector: 'Health Care' }),
    mover('BANK', { companyName: 'Some Trust' }),
  ];

  test('finds all by no text', () => {
    expect(searchMovers(movers, '  ')).toBe(movers);
  });

  test('puts symbols that start with the text before companies that have it', () => {
    expect(symbols(searchMovers(movers, 'bank'))).toEqual(['BANK', 'BAC']);
  });

  test('finds by sector', () => {
    expect(symbols(searchMovers(movers, 'health'))).toEqual(['A']);
  });
});

describe('sparkPoints', () => {
  test('draws the highest price at the top and the lowest at the bottom', () => {
    expect(sparkPoints([1, 3, 2], 10, 20)).toBe('0.0,20.0 5.0,0.0 10.0,10.0');
  });

  test('draws flat prices through the middle', () => {
    expect(sparkPoints([5, 5], 10, 20)).toBe('0.0,10.0 10.0,10.0');
  });
});
