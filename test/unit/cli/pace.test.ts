import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { intervalFor } from '../../../cli/produce/pace.ts';
import { SESSION_MS } from '../../../core/market-calendar.ts';

test('fills several hours of one session, never more than it has', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2000, max: 1_000_000 }),
      fc.integer({ min: 100, max: 500 }),
      (records, symbols) => {
        const spanMs = (Math.ceil(records / symbols) - 1) * intervalFor(records, symbols);
        expect(spanMs).toBeLessThanOrEqual(SESSION_MS);
        expect(spanMs).toBeGreaterThan(SESSION_MS / 2);
      },
    ),
  );
});

test('quotes of one symbol are never closer than a second', () => {
  expect(intervalFor(1_000_000_000, 100)).toBe(1000);
});
