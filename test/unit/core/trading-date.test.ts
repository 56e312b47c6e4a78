import { expect, test } from '@jest/globals';
import { newYorkEpochDay, utcDay } from '../../../core/trading-date.ts';

const newYorkDate = (instant: string): string =>
  new Date(newYorkEpochDay(Date.parse(instant)) * 86_400_000).toISOString().slice(0, 10);

test.each([
  ['in the afternoon', '2026-11-20T20:00:00Z', '2026-11-20'],
  ['just before midnight, winter', '2026-11-21T04:59:59.999Z', '2026-11-20'],
  ['midnight, winter', '2026-11-21T05:00:00Z', '2026-11-21'],
  ['just before midnight, summer', '2026-07-21T03:59:59.999Z', '2026-07-20'],
  ['midnight, summer', '2026-07-21T04:00:00Z', '2026-07-21'],
  ['before the clocks go forward', '2026-03-08T06:59:59Z', '2026-03-08'],
  ['the night after they went forward', '2026-03-09T03:59:59Z', '2026-03-08'],
  ['the night after they went back', '2026-11-02T04:59:59Z', '2026-11-01'],
  ['year end', '2027-01-01T04:59:59Z', '2026-12-31'],
  ['leap day', '2024-03-01T04:59:59Z', '2024-02-29'],
  ['before 1970', '1969-12-31T04:59:59Z', '1969-12-30'],
  ['long ago', '1995-06-15T12:00:00Z', '1995-06-15'],
])('the trading date %s is New York’s', (_, instant, expected) => {
  expect(newYorkDate(instant)).toBe(expected);
});

test('the day of partitions is UTC’s', () => {
  expect(utcDay(Date.parse('2026-12-31T23:59:59.999Z'))).toBe('2026-12-31');
  expect(utcDay(Date.parse('1969-12-31T23:59:59.999Z'))).toBe('1969-12-31');
});
