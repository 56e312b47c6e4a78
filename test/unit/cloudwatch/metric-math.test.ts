import { describe, expect, test } from '@jest/globals';
import { parseMath } from '../../../local/cloudwatch/metric-math.ts';

const VALUES = new Map([
  ['a', 6],
  ['b', 3],
  ['zero', 0],
]);
const IDS = new Set([...VALUES.keys(), 'none']);
const of = (text: string): number | undefined => parseMath(text, IDS)(VALUES);

describe('metric math', () => {
  test.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['8 / 4 / 2', 1],
    ['5 - 2 - 1', 2],
    ['-a + 1', -5],
    ['a > b', 1],
    ['a <= b', 0],
    ['a == 6 AND b != 6', 1],
    ['a < b OR b < a', 1],
    ['zero || b && zero', 0],
    ['IF(a >= 6, b, a)', 3],
    ['IF(zero, b, a)', 6],
    ['FILL(none, 0) + a', 6],
    ['FILL(a, 0)', 6],
    ['a / 0.01', 600],
  ])('%s is %d', (text, value) => {
    expect(of(text)).toBe(value);
  });

  test.each(['a + none', 'none > 1', 'IF(none, 1, 2)', 'IF(a, none, 2)', 'a / zero'])(
    '%s has no value in a period without data',
    (text) => {
      expect(of(text)).toBeUndefined();
    },
  );

  test.each([
    ['a +', 'ends too early'],
    ['a b', 'goes on with b'],
    ['(a', 'ends too early'],
    ['c + 1', 'c is no metric of this alarm; it has a, b, zero, none'],
    ['ANOMALY_DETECTION_BAND(a, 2)', 'the runner does not know ANOMALY_DETECTION_BAND(); it knows IF, FILL'],
    ['IF(a, b)', 'IF() takes 3 arguments, not 2'],
    ['a ^ 2', 'cannot read " ^ 2"'],
  ])('%s is refused: %s', (text, message) => {
    expect(() => of(text)).toThrow(new SyntaxError(message));
  });
});
