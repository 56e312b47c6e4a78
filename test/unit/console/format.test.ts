import { describe, expect, test } from '@jest/globals';
import {
  bytes,
  counted,
  dollars,
  duration,
  price,
  rate,
  shortNumber,
  signedPercent,
} from '../../../console/src/format/numbers.ts';
import { age, newYorkAsUtc, newYorkTime } from '../../../console/src/format/times.ts';

const NO_BREAK = '\u00a0';

describe('numbers', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1234, '1.23k'],
    [20_000, '20k'],
    [1_500_000, '1.5M'],
  ])('shortens %d', (value, text) => {
    expect(shortNumber(value)).toBe(text);
  });

  test.each([
    [0.26, '0.3/s'],
    [82.6, '83/s'],
    [1200, '1.2k/s'],
  ])('rounds a rate of %d', (value, text) => {
    expect(rate(value)).toBe(text);
  });

  test.each([
    [1.204, '+1.20%'],
    [-0.35, '−0.35%'],
    [0.001, '0.00%'],
    [-0.001, '0.00%'],
  ])('gives %d percent its sign', (value, text) => {
    expect(signedPercent(value)).toBe(text);
  });

  test('groups the digits of a price', () => {
    expect(price(1234.5)).toBe('1,234.50');
  });

  test.each([
    [0, `0${NO_BREAK}B`],
    [999, `999${NO_BREAK}B`],
    [12_345_678, `12.3${NO_BREAK}MB`],
    [250_000, `250${NO_BREAK}kB`],
    [7e15, `7000${NO_BREAK}TB`],
  ])('counts %d bytes in decimal units', (value, text) => {
    expect(bytes(value)).toBe(text);
  });

  test.each([
    [0, '$0'],
    [0.00005, '$0.00005'],
    [0.0123, '$0.012'],
    [1.25, '$1.25'],
  ])('shows what $%d says and no more digits', (value, text) => {
    expect(dollars(value)).toBe(text);
  });

  test.each([
    [320, `320${NO_BREAK}ms`],
    [1940, `1.9${NO_BREAK}s`],
    [125_000, `2${NO_BREAK}min 5${NO_BREAK}s`],
  ])('names the units of %d ms', (value, text) => {
    expect(duration(value)).toBe(text);
  });

  test('counts one and many', () => {
    expect([counted(1, 'record'), counted(20_000, 'record')]).toEqual(['1 record', '20,000 records']);
  });
});

describe('times', () => {
  const now = Date.parse('2026-11-20T15:00:00Z');

  test.each([
    ['2026-11-20T14:59:56Z', `4${NO_BREAK}s`],
    ['2026-11-20T14:58:01Z', `119${NO_BREAK}s`],
    ['2026-11-20T14:48:00Z', `12${NO_BREAK}min`],
    ['2026-11-20T12:00:00Z', `3${NO_BREAK}h`],
    ['2026-11-11T12:00:00Z', `9${NO_BREAK}d`],
    ['2026-11-20T15:00:05Z', `0${NO_BREAK}s`],
  ])('tells how long ago %s is', (iso, text) => {
    expect(age(iso, now)).toBe(text);
  });

  test('reads New York’s clock in winter and in summer', () => {
    const winter = Date.parse('2026-11-20T14:30:00Z') / 1000;
    const summer = Date.parse('2026-07-20T13:30:00Z') / 1000;
    expect([newYorkTime(winter), newYorkTime(summer)]).toEqual(['2026-11-20 09:30', '2026-07-20 09:30']);
  });

  test('places New York’s midnight at a midnight', () => {
    const midnight = Date.parse('2026-11-20T05:00:00Z') / 1000;
    expect(newYorkAsUtc(midnight)).toBe(Date.parse('2026-11-20T00:00:00Z') / 1000);
  });
});
