import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Candle } from '../../../console/api.ts';
import { mergeCandles } from '../../../console/src/market/merge-candles.ts';

function candle(time: number, close = 10): Candle {
  return { time, open: 10, high: 12, low: 9, close, volume: 100, ticks: 1 };
}

describe('mergeCandles', () => {
  test('puts a changed candle in the place of what it was', () => {
    const merged = mergeCandles([candle(60), candle(120)], [candle(120, 11)]);
    expect(merged).toEqual([candle(60), candle(120, 11)]);
  });

  test('adds a new candle behind the last', () => {
    expect(mergeCandles([candle(60)], [candle(120)]).map(({ time }) => time)).toEqual([60, 120]);
  });

  test('adds a late candle where its time is', () => {
    expect(mergeCandles([candle(60), candle(180)], [candle(120)]).map(({ time }) => time)).toEqual([
      60, 120, 180,
    ]);
  });

  test('keeps the known ones, the same array, where nothing changed', () => {
    const known = [candle(60)];
    expect(mergeCandles(known, [])).toBe(known);
  });

  test('gives what a map by time gives, whatever comes in which order', () => {
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 12 });
    fc.assert(
      fc.property(times, times, (known, changed) => {
        const before = known.toSorted((a, b) => a - b).map((time) => candle(time));
        const after = changed.map((time) => candle(time, 11));
        const expected = new Map([...before, ...after].map((each) => [each.time, each]));
        // Changes come by time, as the server has them.
        const merged = mergeCandles(
          before,
          after.toSorted((a, b) => a.time - b.time),
        );
        expect(merged).toEqual([...expected.values()].sort((a, b) => a.time - b.time));
      }),
    );
  });
});
