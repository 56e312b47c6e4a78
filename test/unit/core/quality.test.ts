import { describe, expect, test } from '@jest/globals';
import { judge, parseDay, QUALITY_RULES } from '../../../core/quality.ts';
import type { Quote } from '../../../core/quote.ts';
import { makeQuote, NOON_MS } from '../../helpers/records.ts';

const DAY_MS = 86_400_000;
const START = '1990-01-01';

describe('a quote', () => {
  test.each<[string, Partial<Quote>]>([
    ['all null but the symbol', { latestUpdate: null }],
    ['with prices of 0', { open: 0, close: -0, latestVolume: 0 }],
    ['at the very start of the lake', { latestUpdate: Date.parse(`${START}T00:00:00Z`) }],
    ['a day after its record', { latestUpdate: NOON_MS + DAY_MS }],
    ['on a leap day', { latestUpdate: Date.parse('2024-02-29T23:59:59.999Z') }],
  ])('%s is good', (_, fields) => {
    expect(judge(makeQuote(fields), NOON_MS, START)).toBeUndefined();
  });

  test.each<[keyof typeof QUALITY_RULES, Partial<Quote>]>([
    ['symbol_empty', { symbol: '' }],
    ['price_invalid', { open: -0.01 }],
    ['price_invalid', { close: Number.NaN }],
    ['price_invalid', { high: Number.POSITIVE_INFINITY }],
    ['price_invalid', { low: Number.NEGATIVE_INFINITY }],
    ['price_invalid', { latestPrice: -1 }],
    ['price_invalid', { week52High: -1 }],
    ['price_invalid', { week52Low: -1 }],
    ['volume_invalid', { latestVolume: -1 }],
    ['volume_invalid', { latestVolume: Number.NaN }],
    ['event_time_out_of_range', { latestUpdate: Date.parse(`${START}T00:00:00Z`) - 1 }],
    ['event_time_out_of_range', { latestUpdate: NOON_MS + DAY_MS + 1 }],
    ['time_out_of_range', { openTime: Date.parse('0001-01-01T00:00:00Z') - 1 }],
    ['time_out_of_range', { closeTime: 253_402_300_800_000 }],
  ])('breaks %s with %j', (code, fields) => {
    expect(judge(makeQuote(fields), NOON_MS, START)).toBe(code);
  });

  test('without a time of its own is judged by its record’s', () => {
    expect(judge(makeQuote({ latestUpdate: null }), -1, 0)).toBe('event_time_out_of_range');
    expect(judge(makeQuote({ latestUpdate: null }), 0, 0)).toBeUndefined();
    // Its day would be no partition that a table projects.
    const year10000 = 253_402_300_800_000;
    expect(judge(makeQuote({ latestUpdate: null }), year10000 - 1, 0)).toBeUndefined();
    expect(judge(makeQuote({ latestUpdate: null }), year10000, 0)).toBe('time_out_of_range');
  });

  test('breaks the first rule of the list that fits', () => {
    expect(judge(makeQuote({ symbol: '', open: -1, latestVolume: -1 }), NOON_MS, START)).toBe('symbol_empty');
    expect(judge(makeQuote({ open: -1, latestVolume: -1 }), NOON_MS, START)).toBe('price_invalid');
  });
});

test('every rule says what is wrong', () => {
  for (const [code, text] of Object.entries(QUALITY_RULES)) {
    expect(code).toMatch(/^[a-z_]+$/);
    expect(text.length).toBeGreaterThan(20);
  }
});

test.each([
  ['1990-01-01', Date.UTC(1990, 0, 1)],
  ['2024-02-29', Date.UTC(2024, 1, 29)],
  ['2023-02-29', undefined],
  ['1990-13-01', undefined],
  ['1990-1-1', undefined],
  ['today', undefined],
])('the day %s is %s', (text, ms) => {
  expect(parseDay(text)).toBe(ms);
});
