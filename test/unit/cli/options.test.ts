import { expect, test } from '@jest/globals';
import { parseCount, parseSince } from '../../../cli/options.ts';

test.each([
  ['1', 1],
  ['20000', 20_000],
  ['1_000_000', 1_000_000],
  ['1,000,000', 1_000_000],
])('%s is %i records', (text, count) => {
  expect(parseCount(text)).toBe(count);
});

test.each(['0', '-1', '1.5', '1e6', '', '1,00', '99999999999'])('"%s" is no number of records', (text) => {
  expect(() => parseCount(text)).toThrow(/whole number/);
});

test('a span counts back from now, an instant stands for itself', () => {
  const now = Date.parse('2026-11-20T12:00:00Z');
  expect(parseSince('90s', now)).toBe(now - 90_000);
  expect(parseSince('2h', now)).toBe(now - 7_200_000);
  expect(parseSince('2026-11-20T11:00:00Z', now)).toBe(now - 3_600_000);
  expect(() => parseSince('soon', now)).toThrow(/span such as/);
});
