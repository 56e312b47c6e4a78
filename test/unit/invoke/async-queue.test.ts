import { describe, expect, test } from '@jest/globals';
import { DEFAULT_ASYNC_POLICY, decideAsync } from '../../../local/invoke/async-queue.ts';

const fresh = { failures: 0, refusals: 0, ageMs: 0 };

describe('an asynchronous event', () => {
  test('that succeeds is done', () => {
    expect(decideAsync({ kind: 'succeeded' }, fresh, DEFAULT_ASYNC_POLICY)).toEqual({ kind: 'done' });
  });

  test('that fails is tried again after one, then two minutes, then given up', () => {
    const decisions = [0, 1, 2].map((failures) =>
      decideAsync({ kind: 'failed' }, { ...fresh, failures }, DEFAULT_ASYNC_POLICY),
    );
    expect(decisions).toEqual([
      { kind: 'retry', afterMs: 60_000 },
      { kind: 'retry', afterMs: 120_000 },
      { kind: 'give-up', condition: 'RetriesExhausted' },
    ]);
  });

  test('that is throttled backs off from one second to five minutes without spending its attempts', () => {
    const waits = [0, 1, 8, 20].map((refusals) =>
      decideAsync({ kind: 'refused' }, { ...fresh, refusals }, DEFAULT_ASYNC_POLICY),
    );
    expect(waits.map((decision) => (decision.kind === 'retry' ? decision.afterMs : undefined))).toEqual([
      1000, 2000, 256_000, 300_000,
    ]);
  });

  test('that would get older than its limit is given up', () => {
    const policy = { ...DEFAULT_ASYNC_POLICY, maximumEventAgeMs: 60_000 };
    expect(decideAsync({ kind: 'refused' }, { ...fresh, ageMs: 59_500 }, policy)).toEqual({
      kind: 'give-up',
      condition: 'EventAgeExceeded',
    });
  });
});
