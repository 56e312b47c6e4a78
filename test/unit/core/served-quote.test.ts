import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  isNewer,
  MAX_SYMBOL_CHARS,
  newestBySymbol,
  type ServedQuote,
  toServedQuote,
} from '../../../core/served-quote.ts';
import { makeQuote, NOON_MS } from '../../helpers/records.ts';
import { withoutDoubles } from '../../helpers/serving.ts';

const source = { logId: 'log-1', topic: 'quotes', partition: 0, offset: 0 };
const served = (fields: Parameters<typeof makeQuote>[0]): ServedQuote =>
  toServedQuote({ quote: makeQuote(fields), offset: 0, timestamp: 0, eventTime: NOON_MS }, source);

const quotes = fc
  .array(
    fc.record({
      ts: fc.integer({ min: 0, max: 2 }),
      symbol: fc.constantFrom('A', 'B'),
      logId: fc.constantFrom('log-1', 'log-2'),
      partition: fc.nat(1),
      offset: fc.nat(3),
    }),
  )
  .map((some) =>
    withoutDoubles(
      some.map(({ ts, symbol, ...at }) => ({
        ...served({ symbol }),
        ts,
        source: { topic: 'quotes', ...at },
      })),
    ),
  );

describe('what is served', () => {
  test('holds no character that PostgreSQL cannot', () => {
    expect(served({ symbol: '\0A\0', companyName: 'a\0b' })).toMatchObject({
      symbol: '\uFFFDA\uFFFD',
      companyName: 'a\uFFFDb',
    });
  });

  test('has a symbol that an index can hold, and that is text', () => {
    const { symbol } = served({ symbol: '\u{1F600}'.repeat(1000) + 'x' });
    expect(symbol.length).toBeLessThanOrEqual(MAX_SYMBOL_CHARS);
    const odd = served({ symbol: `x${'\u{1F600}'.repeat(1000)}` }).symbol;
    expect(odd.isWellFormed()).toBe(true);
  });
});

describe('the newest', () => {
  test('is one of two, never both, never neither', () => {
    fc.assert(
      fc.property(quotes, (some) => {
        for (const a of some) for (const b of some) if (a !== b) expect(isNewer(a, b)).toBe(!isNewer(b, a));
      }),
    );
  });

  test('of each symbol is the same in every order', () => {
    fc.assert(
      fc.property(
        quotes.chain((some) => fc.tuple(fc.constant(some), shuffled(some))),
        ([some, others]) => {
          expect(new Set(newestBySymbol(others))).toEqual(new Set(newestBySymbol(some)));
        },
      ),
    );
  });
});

function shuffled<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length });
}
