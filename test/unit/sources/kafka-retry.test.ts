import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type {
  Batch,
  BatchOutcome,
  BatchSteps,
  KafkaRetryPolicy,
} from '../../../local/sources/kafka-retry.ts';
import { decideBatch } from '../../../local/sources/kafka-retry.ts';
import { names, run } from './records.ts';

const plain: KafkaRetryPolicy = {
  provisioned: false,
  reportBatchItemFailures: false,
  bisectBatchOnFunctionError: false,
  maximumRetryAttempts: -1,
  maximumRecordAgeMs: -1,
  hasDestination: false,
};
const provisioned: KafkaRetryPolicy = { ...plain, provisioned: true };
const records = [...run(0, 10, 3), ...run(1, 20, 2)];
const batch: Batch = { records, failures: 0, refusals: 0 };

const returned = (response: unknown): BatchOutcome => ({
  kind: 'returned',
  payload: Buffer.from(typeof response === 'string' ? response : JSON.stringify(response)),
});
const failures = (...items: readonly (readonly [number, number])[]): BatchOutcome =>
  returned({
    batchItemFailures: items.map(([partition, offset]) => ({
      itemIdentifier: { partition: `quotes-${partition}`, offset },
    })),
  });

function decide(
  outcome: BatchOutcome,
  policy: KafkaRetryPolicy,
  given: Partial<Batch> = {},
  nowMs = 1000,
): {
  done: string[];
  diverted: string[];
  retry: string[][];
  steps: BatchSteps;
} {
  const steps = decideBatch({ ...batch, ...given }, outcome, policy, nowMs);
  const { done, diverted, retry } = steps;
  return {
    done: names(done),
    diverted: names(diverted),
    retry: retry.map(({ records: r }) => names(r)),
    steps,
  };
}

const all = names(records);

/** https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html: its controls need provisioned mode. */
describe('without provisioned pollers', () => {
  test('a batch that failed is tried again whole, without end', () => {
    const { retry, diverted } = decide(
      { kind: 'failed' },
      { ...plain, maximumRetryAttempts: 1 },
      { failures: 5000 },
    );
    expect(retry).toEqual([all]);
    expect(diverted).toEqual([]);
  });

  test('a partial batch response is not read', () => {
    const policy = { ...plain, reportBatchItemFailures: true };
    expect(decide(failures([0, 11]), policy).done).toEqual(all);
  });

  test('a destination ends the retries after ten', () => {
    const policy = { ...plain, hasDestination: true };
    expect(decide({ kind: 'failed' }, policy, { failures: 9 }).retry).toEqual([all]);
    expect(decide({ kind: 'failed' }, policy, { failures: 10 }).diverted).toEqual(all);
  });

  test('bisecting has no effect', () => {
    expect(decide({ kind: 'failed' }, { ...plain, bisectBatchOnFunctionError: true }).retry).toEqual([all]);
  });
});

/** https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html#kafka-partial-batch-response */
describe('a partial batch response', () => {
  const policy = { ...provisioned, reportBatchItemFailures: true };

  test('commits up to the first failure of each partition and retries from there', () => {
    const { done, retry } = decide(failures([0, 12], [0, 11]), policy);
    expect(done).toEqual(['p0@10', 'p1@20', 'p1@21']);
    expect(retry).toEqual([['p0@11', 'p0@12']]);
  });

  test.each([['null'], [''], ['{}'], ['{"batchItemFailures":null}'], ['{"batchItemFailures":[]}'], ['""']])(
    '%s is a success',
    (response) => {
      expect(decide(returned(response), policy).done).toEqual(all);
    },
  );

  test.each([
    ['{"batchItemFailures":[{"itemIdentifier":""}]}'],
    ['{"batchItemFailures":[{"itemIdentifier":null}]}'],
    ['{"batchItemFailures":[{"wrong":"key"}]}'],
    ['{"batchItemFailures":[{"itemIdentifier":{"partition":"quotes-0","offset":99}}]}'],
    ['{"batchItemFailures":[{"itemIdentifier":{"partition":"quotes-7","offset":10}}]}'],
    ['{"batchItemFailures":[{"itemIdentifier":{"partition":"other-0","offset":10}}]}'],
    ['{"batchItemFailures":[{"itemIdentifier":{"partition":"quotes-0","offset":"10"}}]}'],
    [
      '{"batchItemFailures":[{"itemIdentifier":{"partition":"quotes-0","offset":10}},{"itemIdentifier":null}]}',
    ],
    ['{"batchItemFailures":"no"}'],
    ['not JSON'],
    ['7'],
  ])('%s retries the whole batch', (response) => {
    expect(decide(returned(response), policy)).toMatchObject({ done: [], retry: [all] });
  });

  test('is not read when the mapping does not ask for it', () => {
    expect(decide(failures([0, 10]), provisioned).done).toEqual(all);
  });
});

describe('limits of provisioned mode', () => {
  test('a failed batch is split in two, at no cost in attempts, down to single records', () => {
    const policy = { ...provisioned, bisectBatchOnFunctionError: true, maximumRetryAttempts: 0 };
    const { retry, steps } = decide({ kind: 'failed' }, policy);
    expect(retry).toEqual([
      ['p0@10', 'p0@11', 'p0@12'],
      ['p1@20', 'p1@21'],
    ]);
    expect(steps.retry.map((half) => half.failures)).toEqual([0, 0]);
    expect(decide({ kind: 'failed' }, policy, { records: run(0, 10, 1) }).diverted).toEqual(['p0@10']);
  });

  test('a batch is given up after its retries', () => {
    const policy = { ...provisioned, maximumRetryAttempts: 2, hasDestination: true };
    expect(decide({ kind: 'failed' }, policy, { failures: 1 }).retry).toEqual([all]);
    const last = decide({ kind: 'failed' }, policy, { failures: 2 });
    expect(last.diverted).toEqual(all);
    expect(last.steps.condition).toBe('RetryAttemptsExhausted');
  });

  test('with a destination, endless retries end after ten', () => {
    const policy = { ...provisioned, hasDestination: true };
    expect(decide({ kind: 'failed' }, policy, { failures: 9 }).retry).toEqual([all]);
    expect(decide({ kind: 'failed' }, policy, { failures: 10 }).diverted).toEqual(all);
    expect(decide({ kind: 'failed' }, provisioned, { failures: 10_000 }).retry).toEqual([all]);
  });

  test('records that are too old are given up, the others tried again', () => {
    const aged = [...run(0, 10, 1), ...run(0, 11, 1).map((record) => ({ ...record, timestampMs: 90_000 }))];
    const policy = { ...provisioned, maximumRecordAgeMs: 60_000 };
    const { diverted, retry, steps } = decide({ kind: 'failed' }, policy, { records: aged }, 100_000);
    expect(diverted).toEqual(['p0@10']);
    expect(retry).toEqual([['p0@11']]);
    expect(steps.condition).toBe('MaximumRecordAgeExceeded');
  });

  /** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html: nor do service errors. */
  test('throttles spend no attempt', () => {
    const policy = { ...provisioned, maximumRetryAttempts: 0, hasDestination: true };
    const { retry, steps } = decide({ kind: 'refused' }, policy, { refusals: 3 });
    expect(retry).toEqual([all]);
    expect(steps.retry[0]).toMatchObject({ failures: 0, refusals: 4 });
  });
});

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB, of which Lambda's answer is the last word. */
describe('an event over the payload limit', () => {
  test.each([plain, provisioned])('of several records is split in two, at once', (policy) => {
    const { retry, diverted, steps } = decide({ kind: 'too-large' }, { ...policy, hasDestination: true });
    expect([retry, diverted]).toEqual([[all.slice(0, 3), all.slice(3)], []]);
    expect(steps.afterMs).toBe(0);
  });

  const single = { records: run(0, 10, 1) };

  test.each([plain, provisioned])('of a single record goes to the destination', (policy) => {
    const { diverted, steps } = decide({ kind: 'too-large' }, { ...policy, hasDestination: true }, single);
    expect(diverted).toEqual(['p0@10']);
    expect(steps.condition).toBe('MaximumPayloadSizeExceeded');
  });

  test('of a single record stays the next one where there is no destination', () => {
    const { retry, diverted } = decide({ kind: 'too-large' }, plain, { ...single, refusals: 50 });
    expect([retry, diverted]).toEqual([[['p0@10']], []]);
  });
});

test('every record ends in exactly one of done, diverted and retry, each partition in order', () => {
  const outcome: fc.Arbitrary<BatchOutcome> = fc.oneof(
    fc.constantFrom<BatchOutcome>({ kind: 'failed' }, { kind: 'refused' }, { kind: 'too-large' }),
    fc
      .array(fc.constantFrom<readonly [number, number]>([0, 10], [0, 11], [0, 12], [1, 20], [1, 21], [1, 22]))
      .map((items) => failures(...items)),
  );
  const policy = fc.record<KafkaRetryPolicy>({
    provisioned: fc.boolean(),
    reportBatchItemFailures: fc.boolean(),
    bisectBatchOnFunctionError: fc.boolean(),
    maximumRetryAttempts: fc.integer({ min: -1, max: 3 }),
    maximumRecordAgeMs: fc.constantFrom(-1, 60_000),
    hasDestination: fc.boolean(),
  });
  fc.assert(
    fc.property(outcome, policy, fc.nat(12), fc.constantFrom(1000, 100_000), (what, how, past, nowMs) => {
      const { done, diverted, retry } = decide(what, how, { failures: past }, nowMs);
      expect([...done, ...diverted, ...retry.flat()].toSorted()).toEqual(all.toSorted());
      for (const partition of ['p0', 'p1']) {
        const again = retry.flat().filter((name) => name.startsWith(partition));
        expect(again).toEqual(again.toSorted());
      }
    }),
  );
});
