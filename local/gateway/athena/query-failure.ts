/** Failures as Athena words them: `NAME: line 1:8: message`, one line, no stack, no credentials. */
import type { AthenaQueryFailure } from '../types.ts';
import type { ErrorCategory } from './error-classes.ts';

export interface FailureDetails {
  /** For names that local/gateway/athena/error-classes.ts does not have. @default 2 */
  readonly category?: ErrorCategory;
  /** CANCELLED for a query that passed its scan cutoff. @default 'FAILED' */
  readonly state?: 'FAILED' | 'CANCELLED';
  readonly cause?: unknown;
}

/** A query's failure; its message is for the analyst. */
export class QueryFailure extends Error implements AthenaQueryFailure {
  override readonly name = 'QueryFailure';
  readonly athenaErrorName: string;
  readonly athenaErrorCategory: ErrorCategory;
  readonly athenaState: 'FAILED' | 'CANCELLED';

  constructor(errorName: string, message: string, details: FailureDetails = {}) {
    super(
      `${errorName}: ${oneLine(message)}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.athenaErrorName = errorName;
    this.athenaErrorCategory = details.category ?? 2;
    this.athenaState = details.state ?? 'FAILED';
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
