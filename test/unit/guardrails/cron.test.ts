import { describe, expect, test } from '@jest/globals';
import { cronFault, isFasterThanGlue, rateFault } from '../../../lib/guardrails/cron.ts';

describe('cron', () => {
  // Examples of https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
  test.each([
    'cron(0 10 * * ? *)',
    'cron(15 12 * * ? *)',
    'cron(0 18 ? * MON-FRI *)',
    'cron(0 8 1 * ? *)',
    'cron(0/15 * * * ? *)',
    'cron(0/10 * ? * MON-FRI *)',
    'cron(0/5 8-17 ? * MON-FRI *)',
    'cron(15 10 ? * 6L 2026-2028)',
    'cron(0 9 L JAN,JUL ? *)',
    'cron(0 9 3W * ? *)',
    'cron(0 9 ? * 2#1 *)',
  ])('takes %s', (expression) => {
    expect(cronFault(expression)).toBeUndefined();
  });

  test.each([
    ['0 10 * * ? *', 'is not cron('],
    ['cron(0 10 * * ?)', 'has 5 fields instead of 6'],
    ['cron(0 10 * * ? * *)', 'has 7 fields instead of 6'],
    ['cron(60 10 * * ? *)', 'has 60 as its minutes'],
    ['cron(0 24 * * ? *)', 'has 24 as its hours'],
    ['cron(0 1 0 * ? *)', 'has 0 as its day of month'],
    ['cron(0 1 ? 13 MON *)', 'has 13 as its month'],
    ['cron(0 1 ? * MOON *)', 'has MOON as its day of week'],
    ['cron(0 1 ? * 0 *)', 'has 0 as its day of week'],
    ['cron(0 1 * * ? 1969)', 'has 1969 as its year'],
    ['cron(*/0 1 * * ? *)', 'has */0 as its minutes'],
    ['cron(1/2/3 1 * * ? *)', 'has 1/2/3 as its minutes'],
    ['cron(? 1 * * ? *)', 'has ? as its minutes'],
    ['cron(0 1 * * * *)', 'must have ?'],
    ['cron(0 1 1 * MON *)', 'must have ?'],
    ['cron(0 1 ? * ? *)', 'must have ?'],
  ])('refuses %s', (expression, message) => {
    expect(cronFault(expression)).toContain(message);
  });
});

describe('rate', () => {
  const units = ['minute', 'hour', 'day'];

  test.each(['rate(1 minute)', 'rate(15 minutes)', 'rate(1 day)'])('takes %s', (expression) => {
    expect(rateFault(expression, units)).toBeUndefined();
  });

  test.each([
    'rate(1 minutes)',
    'rate(2 day)',
    'rate(0 minutes)',
    'rate(5 seconds)',
    'rate(5minutes)',
    'rate(-1 day)',
  ])('refuses %s', (expression) => {
    expect(rateFault(expression, units)).toContain('is not rate(');
  });
});

test.each([
  ['cron(* * * * ? *)', true],
  ['cron(0/4 * * * ? *)', true],
  ['cron(0-10 * * * ? *)', true],
  ['cron(0,3 * * * ? *)', true],
  ['cron(0/5 * * * ? *)', false],
  ['cron(0,30 * * * ? *)', false],
  ['cron(10 6 * * ? *)', false],
])('%s runs too often for Glue: %s', (expression, isTooOften) => {
  expect(isFasterThanGlue(expression)).toBe(isTooOften);
});
