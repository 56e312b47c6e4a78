import { expect, test } from '@jest/globals';
import { describeFailure } from '../../../cli/failure.ts';
import { TickerlakeError } from '../../../core/errors.ts';

test('our own errors end with their hint', () => {
  const error = new TickerlakeError('LAKE_NOT_RUNNING', 'no lake is running', { hint: 'npm run up' });
  expect(describeFailure(error, {})).toEqual({
    lines: ['error: no lake is running — try: npm run up'],
    exitCode: 1,
  });
});

test('a message of several lines becomes one', () => {
  const { lines } = describeFailure(new Error('first\n   second\n'), {});
  expect(lines).toEqual([expect.stringMatching(/^error: first second — try: .+/)]);
});

test.each([
  ['EACCES', /TICKERLAKE_HOME/],
  ['ENOSPC', /tickerlake clean/],
  ['ECONNREFUSED', /npm run up/],
])('an error %s of the system has a fitting hint', (code, hint) => {
  const error = Object.assign(new Error('it failed'), { code });
  expect(describeFailure(error, {}).lines[0]).toMatch(hint);
  const wrapped = new Error('outer', { cause: new AggregateError([error]) });
  expect(describeFailure(wrapped, {}).lines[0]).toMatch(hint);
});

test('the stack, with its causes, is shown only when asked for', () => {
  const error = new Error('outer', { cause: new Error('inner') });
  expect(describeFailure(error, {}).lines).toHaveLength(1);
  const shown = describeFailure(error, { TICKERLAKE_DEBUG: '1' }).lines.join('\n');
  expect(shown).toMatch(/at .*failure\.test/);
  expect(shown).toContain('caused by:\nError: inner');
});
