/**
 * What becomes of a batch after an attempt.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html. Without provisioned pollers a batch
 * is tried whole and the response is not read: without a destination until it succeeds. All other controls need
 * provisioned mode.
 */
import { type SourceRecord, topicPartition } from './kafka-records.ts';
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
  /** Attempts so far that did not reach the function: they spend no retry attempt. */
  readonly refusals: number;
}

export type BatchOutcome =
  | { readonly kind: 'returned'; readonly payload: Buffer }
  /** The function was run and failed: an error, a time-out, a crash. */
  | { readonly kind: 'failed' }
  /** The function was not run: throttled, or an error of the service. */
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
/** AWS names none; an hour's outage must not cost another minute when it is over. */
const LAST_BACKOFF_MS = 5000;
const LAST_REFUSAL_BACKOFF_MS = 2000;

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
      // Several records are never lost for their common size.
      if (records.length > 1) return { ...settled, retry: halves(batch) };
      return policy.hasDestination
        ? { ...settled, diverted: records, condition: 'MaximumPayloadSizeExceeded' }
        : afterRefusal(batch, policy, nowMs);
    case 'refused':
      return afterRefusal(batch, policy, nowMs);
    case 'failed':
      return afterFailure(batch, policy, nowMs);
  }
}

const settled: BatchSteps = { done: [], diverted: [], retry: [], afterMs: 0 };

/** Throttles and service errors do not count: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html */
function afterRefusal(batch: Batch, policy: KafkaRetryPolicy, nowMs: number): BatchSteps {
  const { refusals } = batch;
  const retry = [{ ...batch, refusals: refusals + 1 }];
  const afterMs = backoffMs(refusals, LAST_REFUSAL_BACKOFF_MS);
  return withoutExpired({ ...settled, retry, afterMs }, policy, nowMs);
}

function afterReturn(batch: Batch, payload: Buffer, policy: KafkaRetryPolicy, nowMs: number): BatchSteps {
  const all: BatchSteps = { ...settled, done: batch.records };
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
  const known = new Map(records.map((record) => [`${topicPartition(record)}@${record.offset}`, record]));
  const first = new Map<number, number>();
  for (const identifier of identifiers) {
    const named = (typeof identifier === 'object' ? identifier : {}) as Record<string, unknown>;
    const record = known.get(`${String(named['partition'])}@${String(named['offset'])}`);
    if (record === undefined || typeof named['offset'] !== 'number') return undefined;
    first.set(record.partition, Math.min(record.offset, first.get(record.partition) ?? Infinity));
  }
  return first;
}

function afterFailure(batch: Batch, policy: KafkaRetryPolicy, nowMs: number): BatchSteps {
  const { records, failures } = batch;
  const afterMs = backoffMs(failures, LAST_BACKOFF_MS);
  // Splitting spends no attempt: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
  if (policy.provisioned && policy.bisectBatchOnFunctionError && records.length > 1) {
    return withoutExpired({ ...settled, retry: halves(batch), afterMs }, policy, nowMs);
  }
  if (failures >= retryLimit(policy)) {
    return { ...settled, diverted: records, condition: 'RetryAttemptsExhausted' };
  }
  return withoutExpired(
    { ...settled, retry: [{ ...batch, failures: failures + 1 }], afterMs },
    policy,
    nowMs,
  );
}

/** How often a batch is tried again after the function failed. */
function retryLimit({ provisioned, maximumRetryAttempts, hasDestination }: KafkaRetryPolicy): number {
  if (provisioned && maximumRetryAttempts >= 0) return maximumRetryAttempts;
  return hasDestination ? DESTINATION_RETRY_CAP : Infinity;
}

function halves(batch: Batch): readonly Batch[] {
  const { records } = batch;
  const middle = Math.ceil(records.length / 2);
  return [
    { ...batch, records: records.slice(0, middle) },
    { ...batch, records: records.slice(middle) },
  ];
}

function backoffMs(attempts: number, lastMs: number): number {
  return Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(attempts, 16), lastMs);
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
