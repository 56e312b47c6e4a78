/**
 * What becomes of a batch after an attempt.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html. Without provisioned pollers a batch
 * is tried until it succeeds and the response is not read; all other controls need provisioned mode.
 */
import type { SourceRecord } from './kafka-records.ts';
import { readPartialResponse } from './partial-response.ts';

export interface KafkaRetryPolicy {
  /** Whether ProvisionedPollerConfig is set. */
  readonly provisioned: boolean;
  readonly reportBatchItemFailures: boolean;
  readonly bisectBatchOnFunctionError: boolean;
  /** -1 is without end. */
  readonly maximumRetryAttempts: number;
  /** -1 is without end. */
  readonly maximumRecordAgeMs: number;
  readonly hasDestination: boolean;
}

/** With a destination, endless retries are capped: https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html */
export const DESTINATION_RETRY_CAP = 10;

/** Records to send as one event. */
export interface Batch {
  readonly records: readonly SourceRecord[];
  /** Function errors so far. */
  readonly failures: number;
  /** Attempts so far that the service refused: throttled. */
  readonly refusals: number;
}

export type BatchOutcome =
  | { readonly kind: 'returned'; readonly payload: Buffer }
  | { readonly kind: 'failed' }
  | { readonly kind: 'refused' }
  /** The event does not fit the service's payload limit. */
  | { readonly kind: 'too-large' };

export type DivertCondition =
  | 'RetryAttemptsExhausted'
  | 'MaximumRecordAgeExceeded'
  | 'MaximumPayloadSizeExceeded';

export interface BatchSteps {
  /** Processed: their offsets may be committed. */
  readonly done: readonly SourceRecord[];
  /** Given up: sent to the destination (or lost, where there is none), then committed. */
  readonly diverted: readonly SourceRecord[];
  readonly condition?: DivertCondition;
  /** To be tried next, in this order, before anything newer. */
  readonly retry: readonly Batch[];
  readonly afterMs: number;
}

const FIRST_BACKOFF_MS = 200;
const LAST_BACKOFF_MS = 10_000;

/** Decides the next steps. Every record of the batch is in exactly one of done, diverted and retry. */
export function decideBatch(
  batch: Batch,
  outcome: BatchOutcome,
  policy: KafkaRetryPolicy,
  nowMs: number,
): BatchSteps {
  const { records } = batch;
  switch (outcome.kind) {
    case 'returned':
      return afterReturn(batch, outcome.payload, policy, nowMs);
    case 'too-large':
      return policy.hasDestination
        ? { done: [], diverted: records, condition: 'MaximumPayloadSizeExceeded', retry: [], afterMs: 0 }
        : again([{ ...batch, refusals: batch.refusals + 1 }], batch.refusals);
    case 'refused':
      return withoutExpired(
        again([{ ...batch, refusals: batch.refusals + 1 }], batch.refusals),
        policy,
        nowMs,
      );
    case 'failed':
      return afterFailure(batch, policy, nowMs);
  }
}

function afterReturn(batch: Batch, payload: Buffer, policy: KafkaRetryPolicy, nowMs: number): BatchSteps {
  const all: BatchSteps = { done: batch.records, diverted: [], retry: [], afterMs: 0 };
  if (!policy.provisioned || !policy.reportBatchItemFailures) return all;
  const response = readPartialResponse(payload);
  if (response.kind === 'success') return all;
  const firstFailed =
    response.kind === 'failures' ? firstFailures(batch.records, response.identifiers) : undefined;
  if (firstFailed === undefined) return afterFailure(batch, policy, nowMs);
  const succeeded = ({ partition, offset }: SourceRecord): boolean =>
    offset < (firstFailed.get(partition) ?? Infinity);
  const done = batch.records.filter(succeeded);
  const rest = batch.records.filter((record) => !succeeded(record));
  // The response itself is the split: what it names as failed is tried again without another one.
  const steps = afterFailure(
    { ...batch, records: rest },
    { ...policy, bisectBatchOnFunctionError: false },
    nowMs,
  );
  return { ...steps, done: [...done, ...steps.done] };
}

/** Lowest failed offset by partition; undefined when an identifier names no record of the batch: all of it failed then. */
function firstFailures(
  records: readonly SourceRecord[],
  identifiers: readonly unknown[],
): ReadonlyMap<number, number> | undefined {
  const known = new Set(records.map(({ partition, offset }) => `${partition}@${offset}`));
  const first = new Map<number, number>();
  for (const identifier of identifiers) {
    const { partition, offset } = (typeof identifier === 'object' ? identifier : {}) as Record<
      string,
      unknown
    >;
    const index = typeof partition === 'string' ? Number(/-(\d+)$/.exec(partition)?.[1]) : NaN;
    if (typeof offset !== 'number' || !known.has(`${index}@${offset}`)) return undefined;
    first.set(index, Math.min(offset, first.get(index) ?? Infinity));
  }
  return first;
}

function afterFailure(batch: Batch, policy: KafkaRetryPolicy, nowMs: number): BatchSteps {
  if (!policy.provisioned) return again([{ ...batch, failures: batch.failures + 1 }], batch.failures);
  const { records, failures } = batch;
  // Splitting spends no attempt: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
  if (policy.bisectBatchOnFunctionError && records.length > 1) {
    const middle = Math.ceil(records.length / 2);
    const halves = [records.slice(0, middle), records.slice(middle)];
    return withoutExpired(
      again(
        halves.map((half) => ({ ...batch, records: half })),
        failures,
      ),
      policy,
      nowMs,
    );
  }
  const unlimited = policy.maximumRetryAttempts < 0;
  const limit = unlimited
    ? policy.hasDestination
      ? DESTINATION_RETRY_CAP
      : Infinity
    : policy.maximumRetryAttempts;
  if (failures >= limit) {
    return { done: [], diverted: records, condition: 'RetryAttemptsExhausted', retry: [], afterMs: 0 };
  }
  return withoutExpired(again([{ ...batch, failures: failures + 1 }], failures), policy, nowMs);
}

function again(retry: readonly Batch[], attempts: number): BatchSteps {
  const afterMs = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(attempts, 16), LAST_BACKOFF_MS);
  return { done: [], diverted: [], retry, afterMs };
}

/** Moves records that are too old to be tried again from retry to diverted. */
function withoutExpired(steps: BatchSteps, policy: KafkaRetryPolicy, nowMs: number): BatchSteps {
  if (!policy.provisioned || policy.maximumRecordAgeMs < 0) return steps;
  const expired = ({ timestampMs }: SourceRecord): boolean => nowMs - timestampMs > policy.maximumRecordAgeMs;
  const diverted = steps.retry.flatMap(({ records }) => records.filter(expired));
  if (diverted.length === 0) return steps;
  const retry = steps.retry
    .map((batch) => ({ ...batch, records: batch.records.filter((record) => !expired(record)) }))
    .filter(({ records }) => records.length > 0);
  return { ...steps, diverted, condition: 'MaximumRecordAgeExceeded', retry };
}
