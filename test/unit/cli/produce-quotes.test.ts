import type { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import {
  type ProduceSource,
  type ProduceSummary,
  produceQuotes,
} from '../../../cli/produce/produce-quotes.ts';
import type { ProduceEvent, ProduceResult } from '../../../core/produce-contract.ts';

const EMPTY = {
  topic: 'quotes',
  partitions: [],
  accepted: { records: 0, hashes: {} },
  rejected: {},
  skipped: [],
  skippedTotal: 0,
};

/** The Lambda API with a function behind it. */
function lambda(answer: (event: ProduceEvent) => Partial<ProduceResult>, failure?: string): LambdaClient {
  const send = (command: InvokeCommand): Promise<unknown> => {
    const event = JSON.parse(command.input.Payload as string) as ProduceEvent;
    const payload = JSON.stringify(
      failure === undefined ? { ...EMPTY, ...answer(event) } : { errorMessage: failure },
    );
    return Promise.resolve({
      Payload: { transformToString: () => payload },
      FunctionError: failure === undefined ? undefined : 'Unhandled',
    });
  };
  return { send } as unknown as LambdaClient;
}

function produce(client: LambdaClient, source: ProduceSource): Promise<ProduceSummary> {
  return produceQuotes(client, { functionName: 'f', source, signal: new AbortController().signal });
}

describe('produceQuotes', () => {
  test('goes on from each cursor until all is produced', async () => {
    const asked: [number, number | undefined, number][] = [];
    const client = lambda(({ simulator }) => {
      asked.push([simulator?.fromTick ?? -1, simulator?.fromSymbol, simulator?.records ?? -1]);
      // The function may stop early, when its time is up.
      const produced = Math.min(simulator?.records ?? 0, 15_000);
      return {
        produced,
        accepted: { records: produced, hashes: {} },
        next: { tick: asked.length, symbol: 3 },
      };
    });
    const summary = await produce(client, { kind: 'simulator', records: 50_000, intervalMs: 1000 });
    expect(asked).toEqual([
      [0, 0, 20_000],
      [1, 3, 20_000],
      [2, 3, 20_000],
      [3, 3, 5_000],
    ]);
    expect(summary).toMatchObject({ invocations: 4, produced: 50_000, accepted: 50_000 });
  });

  test('reads a tape to its end and adds up what it skipped and what will be quarantined', async () => {
    const client = lambda(({ tape }) =>
      tape?.fromByte === 0
        ? {
            produced: 2,
            rejected: { price_invalid: 1 },
            skipped: [{ line: 2, reason: 'not JSON' }],
            skippedTotal: 1,
            next: { byte: 100, line: 4 },
          }
        : { produced: 1, rejected: { price_invalid: 1, symbol_empty: 1 }, skippedTotal: 200 },
    );
    expect(await produce(client, { kind: 'tape', key: 'tapes/a' })).toMatchObject({
      produced: 3,
      rejected: { price_invalid: 2, symbol_empty: 1 },
      skipped: [{ line: 2, reason: 'not JSON' }],
      skippedTotal: 201,
    });
  });

  test('a rate spreads the records over time', async () => {
    const client = lambda(({ simulator }) => ({
      produced: simulator?.records ?? 0,
      next: { tick: simulator?.fromTick ?? 0, symbol: 1 + (simulator?.fromSymbol ?? 0) },
    }));
    const started = performance.now();
    const summary = await produceQuotes(client, {
      functionName: 'f',
      source: { kind: 'simulator', records: 200, intervalMs: 1000 },
      recordsPerSecond: 400,
      signal: new AbortController().signal,
    });
    // The second hundred is due a quarter of a second after the first.
    expect(performance.now() - started).toBeGreaterThan(200);
    expect(summary).toMatchObject({ invocations: 2, produced: 200 });
  });

  test('a function that fails is named with its own words', async () => {
    const client = lambda(() => ({}), 'the brokers did not acknowledge');
    await expect(produce(client, { kind: 'tape', key: 'k' })).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: 'f failed: the brokers did not acknowledge',
      hint: 'tickerlake logs f',
    });
  });

  test('a function that does not get on does not go on forever', async () => {
    const client = lambda(() => ({ produced: 0, next: { tick: 0, symbol: 0 } }));
    const source = { kind: 'simulator', records: 5, intervalMs: 1000 } as const;
    await expect(produce(client, source)).rejects.toThrow(/did not get on/);
  });
});
