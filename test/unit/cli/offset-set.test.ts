import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { absentFrom, OffsetSet } from '../../../cli/reconcile/offset-set.ts';

describe('OffsetSet', () => {
  test('says whether an offset is new', () => {
    const set = new OffsetSet();
    expect([set.add(7), set.add(7), set.add(8)]).toEqual([true, false, true]);
    expect([set.has(7), set.has(9), set.size]).toEqual([true, false, 2]);
  });

  test('holds offsets far beyond 32 bits', () => {
    const set = new OffsetSet();
    const far = 2 ** 50 + 3;
    set.add(far);
    expect([set.has(far), set.has(far - 1), set.has(3)]).toEqual([true, false, false]);
  });

  test('refuses what is no offset', () => {
    expect(() => new OffsetSet().add(-1)).toThrow(/offset/);
    expect(() => new OffsetSet().add(Number.NaN)).toThrow(/offset/);
  });
});

describe('absentFrom', () => {
  test('counts and names the first offset that no set holds', () => {
    const [a, b] = [new OffsetSet(), new OffsetSet()];
    for (const offset of [0, 1, 4]) a.add(offset);
    b.add(2);
    expect(absentFrom([a, b], 0, 6)).toEqual({ count: 2, first: 3 });
    expect(absentFrom([a, b], 0, 3)).toEqual({ count: 0, first: undefined });
  });

  test('agrees with a plain scan on any sets and range', () => {
    const offsets = fc.uniqueArray(fc.nat(70_000), { maxLength: 60 });
    fc.assert(
      fc.property(offsets, offsets, fc.nat(70_000), fc.nat(70_000), (left, right, from, to) => {
        const sets = [left, right].map((list) => {
          const set = new OffsetSet();
          for (const offset of list) set.add(offset);
          return set;
        });
        const held = new Set([...left, ...right]);
        let count = 0;
        let first: number | undefined;
        for (let offset = from; offset < to; offset++) {
          if (held.has(offset)) continue;
          count++;
          first ??= offset;
        }
        expect(absentFrom(sets, from, to)).toEqual({ count, first });
      }),
      { numRuns: 60 },
    );
  });
});
