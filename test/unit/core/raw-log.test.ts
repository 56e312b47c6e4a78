import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  findChainBreak,
  formatRuns,
  heldRuns,
  isHeld,
  parseRuns,
  recordsBeyond,
  recordsCovered,
} from '../../../core/raw-log.ts';

const records = (offsets: readonly number[]): { offset: number }[] => offsets.map((offset) => ({ offset }));
const anyOffsets = fc
  .uniqueArray(fc.nat(500), { minLength: 1 })
  .map((offsets) => [...offsets].sort((a, b) => a - b));

describe('held runs', () => {
  test('name exactly the offsets held', () => {
    fc.assert(
      fc.property(anyOffsets, (offsets) => {
        const runs = heldRuns(records(offsets));
        const set = new Set(offsets);
        for (let offset = 0; offset <= 501; offset += 1) expect(isHeld(runs, offset)).toBe(set.has(offset));
      }),
      { numRuns: 30 },
    );
  });

  test('are read back as they were written', () => {
    fc.assert(
      fc.property(anyOffsets, (offsets) => {
        const runs = heldRuns(records(offsets));
        expect(parseRuns(formatRuns(runs))).toEqual(runs);
      }),
    );
  });

  test('are written shortly', () => {
    expect(formatRuns(heldRuns(records([3, 4, 5, 9, 11, 12])))).toBe('3-5,9,11-12');
  });

  test.each(['', 'x', '5-3', '1-2,2', '3,1', '1-2,3', '1,', '-1'])('are not read from %j', (text) => {
    expect(parseRuns(text)).toBeUndefined();
  });
});

describe('trimming', () => {
  test('keeps what lies beyond the end, no more and no less', () => {
    expect(recordsBeyond(records([3, 4, 7]), 4)).toEqual(records([7]));
    expect(recordsBeyond(records([3, 4, 7]), 3)).toEqual(records([4, 7]));
    expect(recordsBeyond(records([3, 4, 7]), 2)).toEqual(records([3, 4, 7]));
    expect(recordsBeyond(records([3, 4, 7]), 7)).toEqual([]);
  });

  test('finds what an object covers, both ends included', () => {
    expect(recordsCovered(records([3, 4, 7, 8]), { start: 4, last: 7 })).toEqual(records([4, 7]));
  });
});

describe('a chain', () => {
  test.each([
    ['empty', [], undefined],
    [
      'whole',
      [
        { start: 0, last: 6 },
        { start: 7, last: 7 },
        { start: 8, last: 20 },
      ],
      undefined,
    ],
    ['not from 0', [{ start: 1, last: 6 }], { kind: 'gap', offset: 0 }],
    [
      'with a hole',
      [
        { start: 0, last: 6 },
        { start: 9, last: 12 },
      ],
      { kind: 'gap', offset: 7 },
    ],
    [
      'overlapping',
      [
        { start: 0, last: 6 },
        { start: 6, last: 12 },
      ],
      { kind: 'overlap', offset: 6 },
    ],
  ])('that is %s is told so', (_, extents, expected) => {
    expect(findChainBreak(extents)).toEqual(expected);
  });
});
