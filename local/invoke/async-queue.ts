/**
 * Asynchronous (Event) invocations: queued, retried, then discarded or sent to the function's on-failure destination.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
import type { InvocationResult } from './function-definition.ts';
import { InvocationRefused } from './function-definition.ts';

export interface AsyncPolicy {
  /** Attempts after the first that a function error gets. @default 2 */
  readonly maximumRetryAttempts: number;
  /** An event older than this is given up. @default 6 hours */
  readonly maximumEventAgeMs: number;
}

export const DEFAULT_ASYNC_POLICY: AsyncPolicy = {
  maximumRetryAttempts: 2,
  maximumEventAgeMs: 6 * 60 * 60_000,
};

/** What an attempt came to. */
export type Attempt =
  | { readonly kind: 'succeeded' }
  /** The function ran and failed. */
  | { readonly kind: 'failed' }
  /** The service refused to run it: throttled. */
  | { readonly kind: 'refused' };

export type AsyncDecision =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly afterMs: number }
  | { readonly kind: 'give-up'; readonly condition: 'RetriesExhausted' | 'EventAgeExceeded' };

/** Function errors wait 1, then 2 minutes; throttles back off from 1 second to 5 minutes, until the event is too old. */
export function decideAsync(
  attempt: Attempt,
  past: { readonly failures: number; readonly refusals: number; readonly ageMs: number },
  policy: AsyncPolicy,
): AsyncDecision {
  if (attempt.kind === 'succeeded') return { kind: 'done' };
  const failures = past.failures + (attempt.kind === 'failed' ? 1 : 0);
  if (failures > policy.maximumRetryAttempts) return { kind: 'give-up', condition: 'RetriesExhausted' };
  const afterMs =
    attempt.kind === 'failed'
      ? Math.min(failures, 2) * 60_000
      : Math.min(1000 * 2 ** past.refusals, 5 * 60_000);
  if (past.ageMs + afterMs > policy.maximumEventAgeMs)
    return { kind: 'give-up', condition: 'EventAgeExceeded' };
  return { kind: 'retry', afterMs };
}

/** The document that a failed event's destination receives. */
export interface FailureRecord {
  readonly functionArn: string;
  readonly requestId: string;
  readonly condition: string;
  readonly attempts: number;
  readonly requestPayload: Buffer;
  readonly responsePayload: Buffer | undefined;
}

export interface AsyncPorts {
  readonly invoke: (payload: Buffer, requestId: string) => Promise<InvocationResult>;
  readonly onFailure: (failure: FailureRecord) => Promise<void>;
  readonly warn: (line: string) => void;
}

/** The queue of one function. */
export class AsyncQueue {
  private readonly functionArn: string;
  private readonly policy: AsyncPolicy;
  private readonly ports: AsyncPorts;
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopped = false;

  constructor(functionArn: string, policy: AsyncPolicy, ports: AsyncPorts) {
    this.functionArn = functionArn;
    this.policy = policy;
    this.ports = ports;
  }

  /** Takes the event; it runs at once, and again later if it must. */
  add(payload: Buffer, requestId: string): void {
    void this.attempt(payload, requestId, { failures: 0, refusals: 0, sinceMs: Date.now() });
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private async attempt(
    payload: Buffer,
    requestId: string,
    past: { readonly failures: number; readonly refusals: number; readonly sinceMs: number },
  ): Promise<void> {
    let outcome: Attempt = { kind: 'succeeded' };
    let response: Buffer | undefined;
    try {
      const result = await this.ports.invoke(payload, requestId);
      response = result.payload;
      if (result.functionError !== undefined) outcome = { kind: 'failed' };
    } catch (error) {
      if (!(error instanceof InvocationRefused)) this.ports.warn(`${this.functionArn}: ${String(error)}`);
      outcome = { kind: 'refused' };
    }
    if (this.stopped) return;
    const decision = decideAsync(outcome, { ...past, ageMs: Date.now() - past.sinceMs }, this.policy);
    const failures = past.failures + (outcome.kind === 'failed' ? 1 : 0);
    const refusals = past.refusals + (outcome.kind === 'refused' ? 1 : 0);
    if (decision.kind === 'retry') {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        void this.attempt(payload, requestId, { failures, refusals, sinceMs: past.sinceMs });
      }, decision.afterMs);
      this.timers.add(timer);
    } else if (decision.kind === 'give-up') {
      await this.giveUp(payload, requestId, decision.condition, failures, response);
    }
  }

  private async giveUp(
    requestPayload: Buffer,
    requestId: string,
    condition: string,
    attempts: number,
    responsePayload: Buffer | undefined,
  ): Promise<void> {
    const { functionArn } = this;
    try {
      await this.ports.onFailure({
        functionArn,
        requestId,
        condition,
        attempts,
        requestPayload,
        responsePayload,
      });
    } catch (error) {
      this.ports.warn(`${functionArn}: the on-failure destination refused an event: ${String(error)}`);
    }
  }
}
