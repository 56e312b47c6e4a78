import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { QUOTE_FIELDS } from '../../../core/quote.ts';
import { readQuote } from '../../../core/quote-json.ts';

const nulls = Object.fromEntries(QUOTE_FIELDS.map(({ name }) => [name, null]));

describe('readQuote', () => {
  test('takes the fields of the contract; absent ones are null, unknown ones ignored', () => {
    expect(
      readQuote({ symbol: 'AAPL', latestPrice: 1.5, latestUpdate: 12, change: 3, __proto__: { low: 1 } }),
    ).toEqual({
      quote: { ...nulls, symbol: 'AAPL', latestPrice: 1.5, latestUpdate: 12 },
    });
  });

  test('leaves what a value says to the quality rules', () => {
    expect(readQuote({ symbol: '', latestPrice: -1, latestVolume: Number.POSITIVE_INFINITY })).toHaveProperty(
      'quote',
    );
  });

  test.each([
    ['text', 'not a JSON object'],
    [[], 'not a JSON object'],
    [null, 'not a JSON object'],
    [{}, 'symbol is missing'],
    [{ symbol: null }, 'symbol is missing'],
    [{ symbol: 7 }, 'symbol is not a string'],
    [{ symbol: 'A', open: '1' }, 'open is not a number'],
    [{ symbol: 'A', openTime: 1.5 }, 'openTime is not a whole number (epoch ms)'],
    [{ symbol: 'A', openTime: 1e300 }, 'openTime is not a whole number (epoch ms)'],
    [{ symbol: 'A', sector: {} }, 'sector is not a string'],
  ])('%j gives none: %s', (json, reason) => {
    expect(readQuote(json)).toEqual({ reason });
  });

  test('never throws and never says what the input says', () => {
    fc.assert(
      fc.property(fc.anything(), (anything) => {
        const read = readQuote(anything);
        if ('reason' in read)
          expect(read.reason).toMatch(/^(not a JSON object|\w+ is (missing|not an? [\w ()]+))$/);
      }),
    );
  });
});
