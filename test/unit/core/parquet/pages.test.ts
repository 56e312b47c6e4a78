/** What is in the pages, read back by hyparquet, which others wrote. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { bitWidthOf, encodeHybrid } from '../../../../core/parquet/hybrid.ts';
import { buildDictionary } from '../../../../core/parquet/number-dictionary.ts';
import { plainNumbers, plainTexts } from '../../../../core/parquet/plain.ts';

/** Runs of all lengths, and values between. */
const runs = fc
  .array(
    fc.tuple(
      fc.nat({ max: 40 }),
      fc.oneof(fc.constant(1), fc.nat({ max: 30 }), fc.constantFrom(7, 8, 9, 200)),
    ),
    { maxLength: 30 },
  )
  .map((list) => list.flatMap(([value, times]) => Array.from({ length: times }, () => value)));

function decoded(bytes: Uint8Array, bitWidth: number, count: number): number[] {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  const values = new Array<number>(count);
  readRleBitPackedHybrid(reader, bitWidth, values, bytes.length);
  return values;
}

describe('small numbers', () => {
  test('come back from runs and packed groups', () => {
    fc.assert(
      fc.property(runs, fc.nat({ max: 18 }), (values, extra) => {
        const width = bitWidthOf(Math.max(0, ...values) + 1) + extra;
        const bytes = encodeHybrid(Int32Array.from(values), width);
        // A width of no bits has values of zero alone, and no bytes for them.
        expect(decoded(bytes, width, values.length)).toEqual(values);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    [0, 0],
    [1, 0],
    [2, 1],
    [3, 2],
    [256, 8],
    [257, 9],
  ])('below %d take %d bits', (count, bits) => {
    expect(bitWidthOf(count)).toBe(bits);
  });

  test('that repeat take some bytes, however many they are', () => {
    expect(encodeHybrid(new Int32Array(1_000_000).fill(5), 3).length).toBeLessThan(6);
  });

  test('of more than 24 bits are refused', () => {
    expect(() => encodeHybrid(Int32Array.of(1), 25)).toThrow('codes of 25 bits are too wide');
  });
});

describe('a dictionary of numbers', () => {
  const numbers = fc.array(
    fc.oneof(fc.constantFrom(0, -0, 1, 1.5, -1, 2 ** 53 - 1, Number.MIN_VALUE), fc.double({ noNaN: true })),
    { maxLength: 600 },
  );

  test('stands for the very numbers, told apart by their bits', () => {
    fc.assert(
      fc.property(numbers, (list) => {
        const column = Float64Array.from(list);
        const found = buildDictionary(column);
        if (found === undefined) return;
        expect([...found.codes].map((code) => found.distinct[code])).toEqual(list);
        expect(
          new Set([...found.distinct].map((value) => (Object.is(value, -0) ? '-0' : String(value)))).size,
        ).toBe(found.distinct.length);
      }),
    );
  });

  test('is made where most repeat, and given up where few do', () => {
    const repeating = Float64Array.from({ length: 3000 }, (_, at) => at % 100);
    expect(buildDictionary(repeating)?.distinct).toHaveLength(100);
    expect(buildDictionary(Float64Array.from({ length: 3000 }, (_, at) => at))).toBeUndefined();
    expect(
      buildDictionary(Float64Array.from({ length: 3000 }, (_, at) => Math.floor(at / 1.5))),
    ).toBeUndefined();
  });

  test('has nothing in a column without numbers', () => {
    expect(buildDictionary(new Float64Array(0))?.codes).toHaveLength(0);
  });
});

describe('plain values', () => {
  test('of 64 bits are two’s complement, little end first', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger()), (list) => {
        const bytes = plainNumbers(Float64Array.from(list), 'INT64');
        const found = new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
        expect([...found]).toEqual(list.map(BigInt));
      }),
    );
  });

  test('of texts have their lengths before them', () => {
    expect([...plainTexts([Buffer.from('A'), Buffer.from(''), Buffer.from('é')])]).toEqual([
      1, 0, 0, 0, 65, 0, 0, 0, 0, 2, 0, 0, 0, 0xc3, 0xa9,
    ]);
  });
});
