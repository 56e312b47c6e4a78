import { describe, expect, test } from '@jest/globals';
import {
  isTradingDay,
  lastSessionOpenedAt,
  sessionAtOrAfter,
  sessionBefore,
  sessionOnOrAfter,
} from '../../../core/market-calendar.ts';

const day = (date: string): number => Date.parse(date) / 86_400_000;

describe('trading days', () => {
  // https://www.nyse.com/markets/hours-calendars
  test.each([
    ['2025-04-18', 'Good Friday'],
    ['2026-01-01', 'New Year'],
    ['2026-01-19', 'Martin Luther King, Jr. Day'],
    ['2026-02-16', "Washington's Birthday"],
    ['2026-04-03', 'Good Friday'],
    ['2026-05-25', 'Memorial Day'],
    ['2026-06-19', 'Juneteenth'],
    ['2026-07-03', 'Independence Day, on a Saturday, kept on Friday'],
    ['2026-09-07', 'Labor Day'],
    ['2026-11-26', 'Thanksgiving'],
    ['2026-12-25', 'Christmas'],
    ['2023-01-02', 'New Year, on a Sunday, kept on Monday'],
    ['2026-11-21', 'a Saturday'],
    ['2026-11-22', 'a Sunday'],
  ])('%s is none: %s', (date) => {
    expect(isTradingDay(day(date))).toBe(false);
  });

  test.each(['2026-11-20', '2021-12-31', '2021-06-18', '2026-11-27'])('%s is one', (date) => {
    expect(isTradingDay(day(date))).toBe(true);
  });

  test.each([
    [2024, 252],
    // One more than there were: on 2025-01-09 the exchanges mourned a president.
    [2025, 251],
    [2026, 251],
  ])('%i has %i of them', (year, count) => {
    let found = 0;
    for (let at = day(`${year}-01-01`); at < day(`${year + 1}-01-01`); at += 1)
      found += isTradingDay(at) ? 1 : 0;
    expect(found).toBe(count);
  });
});

describe('sessions', () => {
  test('open at 09:30 in New York, in winter and in summer', () => {
    expect(new Date(sessionOnOrAfter(day('2026-01-05')).openMs).toISOString()).toBe(
      '2026-01-05T14:30:00.000Z',
    );
    expect(new Date(sessionOnOrAfter(day('2026-07-06')).openMs).toISOString()).toBe(
      '2026-07-06T13:30:00.000Z',
    );
    expect(new Date(sessionOnOrAfter(day('2026-07-06')).closeMs).toISOString()).toBe(
      '2026-07-06T20:00:00.000Z',
    );
  });

  test('are found over weekends and holidays', () => {
    expect(sessionOnOrAfter(day('2026-11-21')).date).toBe('2026-11-23');
    expect(sessionBefore(day('2026-11-27')).date).toBe('2026-11-25');
  });

  test('the last one opened is that of today only after its open', () => {
    expect(lastSessionOpenedAt(Date.parse('2026-11-20T14:29:59Z')).date).toBe('2026-11-19');
    expect(lastSessionOpenedAt(Date.parse('2026-11-20T14:30:00Z')).date).toBe('2026-11-20');
    expect(lastSessionOpenedAt(Date.parse('2026-11-22T12:00:00Z')).date).toBe('2026-11-20');
    // Friday evening in New York is Saturday in UTC.
    expect(lastSessionOpenedAt(Date.parse('2026-11-21T01:00:00Z')).date).toBe('2026-11-20');
  });

  test('an instant belongs to its session until the close, then to the next', () => {
    expect(sessionAtOrAfter(Date.parse('2026-11-20T21:00:00Z')).date).toBe('2026-11-20');
    expect(sessionAtOrAfter(Date.parse('2026-11-20T21:00:00.001Z')).date).toBe('2026-11-23');
  });
});
