import { describe, expect, test } from '@jest/globals';
import { parseAlarmRule } from '../../../local/cloudwatch/alarm-rule.ts';
import type { AlarmState } from '../../../local/cloudwatch/evaluation.ts';

const STATES: Readonly<Record<string, AlarmState>> = { on: 'ALARM', off: 'OK', new: 'INSUFFICIENT_DATA' };
const isTrue = (rule: string): boolean =>
  parseAlarmRule(rule).isTrue((name) => STATES[name] ?? 'INSUFFICIENT_DATA');

describe('the rule of a composite alarm', () => {
  test.each([
    ['ALARM(on)', true],
    ['ALARM("on")', true],
    ['ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:on)', true],
    ['ALARM("arn:aws:cloudwatch:us-east-1:123456789012:alarm:off")', false],
    ['OK(off) AND INSUFFICIENT_DATA(new)', true],
    ['ALARM(on) OR ALARM(off) AND ALARM(off)', true],
    ['(ALARM(on) OR ALARM(off)) AND ALARM(off)', false],
    ['NOT ALARM(on)', false],
    ['NOT (ALARM(off) OR ALARM(new))', true],
    ['TRUE AND NOT FALSE', true],
  ])('%s is %s', (rule, expected) => {
    expect(isTrue(rule)).toBe(expected);
  });

  test('names its alarms, each once', () => {
    expect(parseAlarmRule('ALARM(a) OR (OK(b) AND ALARM("a"))').children).toEqual(['a', 'b']);
  });

  test.each([
    ['', 'ends too early'],
    ['ALARM(a', 'ends too early'],
    ['ALARM(a) ALARM(b)', 'goes on with ALARM'],
    ['BROKEN(a)', 'has BROKEN where a state should be: ALARM, OK, INSUFFICIENT_DATA'],
    ['ALARM(a) OR ' + 'x'.repeat(10_240), 'has 10252 characters, more than 10240'],
    [
      Array.from({ length: 101 }, (_, index) => `ALARM(${index})`).join(' OR '),
      'names 101 alarms, more than 100',
    ],
  ])('%.20s is refused', (rule, message) => {
    expect(() => parseAlarmRule(rule)).toThrow(new SyntaxError(message));
  });
});
