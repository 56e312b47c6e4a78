/** Doubles as Java prints them, which is how Athena's result files have them. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { printDouble } from '../../../local/athena/printed-values.ts';

test.each([
  [0, '0.0'],
  [-0, '-0.0'],
  [1, '1.0'],
  [-1.5, '-1.5'],
  [0.001, '0.001'],
  [0.000999, '9.99E-4'],
  [9_999_999, '9999999.0'],
  [10_000_000, '1.0E7'],
  [123_456_789.25, '1.2345678925E8'],
  [1e21, '1.0E21'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
])('%d is printed %s', (value, text) => {
  expect(printDouble(value)).toBe(text);
});

test('what is printed is the same number again', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (value) => {
      expect(Number(printDouble(value))).toBe(value);
    }),
  );
});
