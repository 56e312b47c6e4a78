import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DerivedRecord } from '../../../adapters/derived-producer.ts';
import { planSends } from '../../../lambdas/filter-quotes/plan-sends.ts';

const record = (partition: number, bytes = 10): DerivedRecord => ({
  partition,
  key: null,
  value: Buffer.alloc(bytes),
  timestampMs: 0,
  headers: {},
});
const LIMITS = { records: 3, bytes: 1000 };

describe('the plan of sends', () => {
  test('is one send across partitions where they fit', () => {
    expect(planSends([record(0), record(1), record(0)])).toEqual([{ places: [0, 2, 1], isOversized: false }]);
  });

  test('of nothing is no send', () => {
    expect(planSends([])).toEqual([]);
  });

  test('takes the limits for each partition alone, which is a batch of its own', () => {
    const sends = planSends([...Array.from({ length: 4 }, () => record(0)), record(1)], LIMITS);
    expect(sends.map(({ places }) => places)).toEqual([[0, 1, 2, 4], [3]]);
    const heavy = planSends([record(0, 600), record(0, 600), record(1, 600)], LIMITS);
    expect(heavy.map(({ places }) => places)).toEqual([[0, 2], [1]]);
  });

  test('sends a record that is too large for a batch alone, and nothing of its partition before it', () => {
    const sends = planSends([record(0), record(0, 2000), record(0), record(1)], LIMITS);
    expect(sends).toEqual([
      { places: [0, 3], isOversized: false },
      { places: [1], isOversized: true },
      { places: [2], isOversized: false },
    ]);
  });

  test('holds each record once, those of a partition in order, within the limits', () => {
    const records = fc.array(
      fc.record({ partition: fc.nat(3), bytes: fc.oneof(fc.nat(400), fc.nat(2000)) }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(records, (some) => {
        const made = some.map(({ partition, bytes }) => record(partition, bytes));
        const sends = planSends(made, LIMITS);
        const order = sends.flatMap(({ places }) => places);
        expect(order.toSorted((a, b) => a - b)).toEqual([...made.keys()]);
        for (const partition of [0, 1, 2, 3]) {
          const ofOne = order.filter((place) => made[place]?.partition === partition);
          expect(ofOne).toEqual(ofOne.toSorted((a, b) => a - b));
        }
        for (const { places, isOversized } of sends) {
          expect(places.length).toBeGreaterThan(0);
          if (isOversized) expect(places).toHaveLength(1);
          for (const partition of isOversized ? [] : [0, 1, 2, 3]) {
            const sizes = places.flatMap((place) =>
              made[place]?.partition === partition ? made[place].value.length : [],
            );
            expect(sizes.length).toBeLessThanOrEqual(LIMITS.records);
            expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(LIMITS.bytes);
          }
        }
      }),
    );
  });
});
