/** Structured log lines on stdout. An error is logged by its code and coordinates, never with a record's payload. */
import { Logger } from '@aws-lambda-powertools/logger';
import { TickerlakeError } from '../core/errors.ts';

export function createLogger(serviceName: string): Logger {
  return new Logger({ serviceName });
}

/** What of an error is fit for a log. */
export function describeError(error: unknown): Record<string, unknown> {
  if (error instanceof TickerlakeError) {
    const { code, message, canRetry, coordinates, hint, cause } = error;
    return {
      code,
      message,
      canRetry,
      coordinates,
      hint,
      cause: cause === undefined ? undefined : textOf(cause),
    };
  }
  return { message: textOf(error), stack: error instanceof Error ? error.stack : undefined };
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
