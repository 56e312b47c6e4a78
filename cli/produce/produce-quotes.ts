import { setTimeout as sleep } from 'node:timers/promises';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { TickerlakeError } from '../../core/errors.ts';
import type { ProduceEvent, ProduceResult, SkippedLine } from '../../core/produce-contract.ts';
import { invokeFunction } from '../lake/invoke-function.ts';

/** What to produce: so many simulated quotes, or a whole tape. */
export type ProduceSource =
  | {
      readonly kind: 'simulator';
      readonly records: number;
      /** Event time between two quotes of one symbol. */
      readonly intervalMs: number;
      readonly seed?: number;
      readonly start?: string;
    }
  | { readonly kind: 'tape'; readonly key: string };

export interface ProduceRequest {
  readonly functionName: string;
  readonly source: ProduceSource;
  readonly listingKey?: string | undefined;
  /** @default as fast as it goes */
  readonly recordsPerSecond?: number | undefined;
  /** @default 20000: an invocation must end within the function's time-out */
  readonly recordsPerInvocation?: number | undefined;
  readonly signal: AbortSignal;
  /** Called after each invocation with the sums so far. */
  readonly onProgress?: (summary: ProduceSummary) => void;
}

export interface ProduceSummary {
  readonly invocations: number;
  readonly produced: number;
  readonly accepted: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly skipped: readonly SkippedLine[];
  readonly skippedTotal: number;
}

const MAX_RECORDS_PER_INVOCATION = 20_000;
/** With a rate, records come in so many portions a second. */
const INVOCATIONS_PER_SECOND = 4;
const MAX_SKIPPED_LISTED = 100;
const NOTHING: ProduceSummary = {
  invocations: 0,
  produced: 0,
  accepted: 0,
  rejected: {},
  skipped: [],
  skippedTotal: 0,
};

/** Invokes produce-quotes, chunk after chunk with its cursors, until the source is exhausted. */
export async function produceQuotes(lambda: LambdaClient, request: ProduceRequest): Promise<ProduceSummary> {
  const { source, recordsPerSecond, signal } = request;
  const wanted = source.kind === 'simulator' ? source.records : Number.POSITIVE_INFINITY;
  const chunk = Math.min(
    request.recordsPerInvocation ?? MAX_RECORDS_PER_INVOCATION,
    Math.ceil((recordsPerSecond ?? Number.POSITIVE_INFINITY) / INVOCATIONS_PER_SECOND),
  );
  const started = performance.now();
  let summary = NOTHING;
  let cursor: ProduceResult['next'];
  do {
    signal.throwIfAborted();
    const records = Math.min(chunk, wanted - summary.produced);
    const event = { ...eventFor(source, records, cursor), ...withListing(request.listingKey) };
    const result = (await invokeFunction(lambda, request.functionName, event, signal)) as ProduceResult;
    summary = addUp(summary, result);
    request.onProgress?.(summary);
    if (result.produced === 0 && isSame(cursor, result.next)) {
      throw new TickerlakeError(
        'ENGINE_FAILED',
        `${request.functionName} produced nothing and did not get on`,
        {
          hint: `tickerlake logs ${request.functionName}`,
        },
      );
    }
    cursor = result.next;
    if (recordsPerSecond !== undefined && cursor !== undefined && summary.produced < wanted) {
      const dueMs = (summary.produced / recordsPerSecond) * 1000;
      await sleep(Math.max(0, dueMs - (performance.now() - started)), undefined, { signal });
    }
  } while (cursor !== undefined && summary.produced < wanted);
  return summary;
}

function eventFor(source: ProduceSource, records: number, cursor: ProduceResult['next']): ProduceEvent {
  if (source.kind === 'tape') {
    const { byte, line } = cursor !== undefined && 'byte' in cursor ? cursor : { byte: 0, line: 0 };
    return {
      source: 'tape',
      tape: { key: source.key, fromByte: byte, fromLine: line, maxRecords: records },
    };
  }
  const { tick, symbol } = cursor !== undefined && 'tick' in cursor ? cursor : { tick: 0, symbol: 0 };
  return {
    source: 'simulator',
    simulator: {
      intervalMs: source.intervalMs,
      fromTick: tick,
      fromSymbol: symbol,
      records,
      ...(source.seed === undefined ? {} : { seed: source.seed }),
      ...(source.start === undefined ? {} : { start: source.start }),
    },
  };
}

function isSame(left: ProduceResult['next'], right: ProduceResult['next']): boolean {
  return right !== undefined && JSON.stringify(left) === JSON.stringify(right);
}

function withListing(listingKey: string | undefined): Pick<ProduceEvent, 'listingKey'> {
  return listingKey === undefined ? {} : { listingKey };
}

function addUp(sum: ProduceSummary, result: ProduceResult): ProduceSummary {
  const rejected = { ...sum.rejected };
  for (const [code, count] of Object.entries(result.rejected)) rejected[code] = (rejected[code] ?? 0) + count;
  return {
    invocations: sum.invocations + 1,
    produced: sum.produced + result.produced,
    accepted: sum.accepted + result.accepted.records,
    rejected,
    skipped: [...sum.skipped, ...result.skipped].slice(0, MAX_SKIPPED_LISTED),
    skippedTotal: sum.skippedTotal + result.skippedTotal,
  };
}
