import { describe, expect, test } from '@jest/globals';
import { InvocationRefused, type InvocationResult } from '../../../local/invoke/function-definition.ts';
import type { FunctionPool } from '../../../local/invoke/function-pool.ts';
import { mappingTarget } from '../../../local/resources/event-source/mapping-target.ts';
import type { BatchOutcome } from '../../../local/sources/kafka-retry.ts';

async function outcomeOf(
  invoke: () => Promise<InvocationResult>,
): Promise<{ outcome: BatchOutcome; warned: string[] }> {
  const warned: string[] = [];
  const pool = { definition: { name: 'land', roleArn: 'arn:aws:iam::1:role/land' }, invoke };
  const target = mappingTarget('m', pool as unknown as FunctionPool, { warn: (line) => warned.push(line) });
  return { outcome: await target.invoke(Buffer.from('{}')), warned };
}

function failingWith(error: Error): () => Promise<InvocationResult> {
  return () => Promise.reject(error);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html: what does not reach the function is no attempt. */
describe('what came of an invocation', () => {
  test('is the answer of a function that returned', async () => {
    const payload = Buffer.from('null');
    const { outcome } = await outcomeOf(() => Promise.resolve({ payload, logTail: '', durationMs: 1 }));
    expect(outcome).toEqual({ kind: 'returned', payload });
  });

  test('is a failure where the function failed, timed out or crashed', async () => {
    const payload = Buffer.from('{"errorType":"Sandbox.Timedout"}');
    const { outcome } = await outcomeOf(() =>
      Promise.resolve({ payload, functionError: 'Unhandled', logTail: '', durationMs: 1 }),
    );
    expect(outcome).toEqual({ kind: 'failed' });
  });

  test.each(['TooManyRequestsException', 'ResourceNotFoundException'] as const)(
    'is a refusal for %s, without a word',
    async (name) => {
      const { outcome, warned } = await outcomeOf(failingWith(new InvocationRefused(name, 'no')));
      expect([outcome, warned]).toEqual([{ kind: 'refused' }, []]);
    },
  );

  test('is too large for RequestTooLargeException', async () => {
    const { outcome } = await outcomeOf(failingWith(new InvocationRefused('RequestTooLargeException', 'no')));
    expect(outcome).toEqual({ kind: 'too-large' });
  });

  test('is a refusal, told, for an error of the service', async () => {
    const { outcome, warned } = await outcomeOf(failingWith(new Error('no process can be started')));
    expect([outcome, warned]).toEqual([{ kind: 'refused' }, ['land: no process can be started']]);
  });
});
