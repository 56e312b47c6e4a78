import { describe, expect, test } from '@jest/globals';
import { parseSchedule } from '../../../local/sources/schedule-expression.ts';

function next(expression: string, after: string, timeZone?: string): string | undefined {
  const at = parseSchedule(expression, timeZone).next(Date.parse(after));
  return at === undefined ? undefined : new Date(at).toISOString();
}

describe('the next firing', () => {
  test.each([
    ['rate(5 minutes)', '2026-11-20T10:01:00Z', '2026-11-20T10:06:00.000Z'],
    ['rate(1 hour)', '2026-11-20T10:01:00Z', '2026-11-20T11:01:00.000Z'],
    ['cron(0 10 * * ? *)', '2026-11-20T10:00:00Z', '2026-11-21T10:00:00.000Z'],
    ['cron(*/15 * * * ? *)', '2026-11-20T10:01:30Z', '2026-11-20T10:15:00.000Z'],
    ['cron(0/1 14-20 ? * MON-FRI *)', '2026-11-20T20:59:00Z', '2026-11-23T14:00:00.000Z'],
    ['cron(30 8 1 JAN,JUL ? *)', '2026-11-20T00:00:00Z', '2027-01-01T08:30:00.000Z'],
    ['at(2026-12-01T00:00:00)', '2026-11-20T00:00:00Z', '2026-12-01T00:00:00.000Z'],
  ])('of %s after %s is %s', (expression, after, expected) => {
    expect(next(expression, after)).toBe(expected);
  });

  test('follows the time zone through daylight saving', () => {
    expect(next('cron(30 9 ? * * *)', '2026-10-30T14:00:00Z', 'America/New_York')).toBe(
      '2026-10-31T13:30:00.000Z',
    );
    expect(next('cron(30 9 ? * * *)', '2026-11-01T14:00:00Z', 'America/New_York')).toBe(
      '2026-11-01T14:30:00.000Z',
    );
  });

  test('of a moment that has passed is none', () => {
    expect(next('at(2026-01-01T00:00:00)', '2026-11-20T00:00:00Z')).toBeUndefined();
  });
});

test.each([
  'rate(0 minutes)',
  'rate(5 weeks)',
  'cron(0 10 * * ?)',
  'cron(0 10 L * ? *)',
  'daily',
  'at(noon)',
])('%s is refused', (expression) => {
  expect(() => parseSchedule(expression)).toThrow(/is no schedule/);
});
