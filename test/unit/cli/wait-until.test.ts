import { expect, test } from '@jest/globals';
import { type Look, type WaitOptions, waitUntil } from '../../../cli/wait-until.ts';

function options(
  looks: readonly Look<string>[],
  overrides: Partial<WaitOptions<string>> = {},
): WaitOptions<string> {
  let at = 0;
  return {
    look: () => Promise.resolve(looks[Math.min(at++, looks.length - 1)] ?? pending(0)),
    standstillMs: 20,
    pollMs: 1,
    signal: new AbortController().signal,
    explain: (waitingFor) => Promise.resolve({ message: `stuck: ${waitingFor}`, hint: 'the log' }),
    ...overrides,
  };
}

const pending = (mark: number): Look<string> => ({ done: false, mark, waitingFor: `${mark} of 9` });

test('gives what it waited for', async () => {
  const reports: string[] = [];
  const looks: Look<string>[] = [pending(1), pending(2), { done: true, value: 'all' }];
  const value = await waitUntil(options(looks, { report: (text) => reports.push(text) }));
  expect([value, reports]).toEqual(['all', ['1 of 9', '2 of 9']]);
});

test('a standstill fails and says what is stuck', async () => {
  await expect(waitUntil(options([pending(3)]))).rejects.toMatchObject({
    code: 'WAIT_TIMED_OUT',
    message: 'stuck: 3 of 9',
    hint: 'the log',
  });
});

test('progress, however slow, is no standstill', async () => {
  const looks = Array.from({ length: 60 }, (_, mark) => pending(mark));
  const wait = waitUntil(options([...looks, { done: true, value: 'late' }], { standstillMs: 40 }));
  await expect(wait).resolves.toBe('late');
});

test('an abort ends the wait', async () => {
  const abort = new AbortController();
  const wait = waitUntil(options([pending(1)], { signal: abort.signal, standstillMs: 60_000 }));
  abort.abort();
  await expect(wait).rejects.toMatchObject({ name: 'AbortError' });
});
