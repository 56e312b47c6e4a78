import { AthenaServiceException } from '@aws-sdk/client-athena';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ApiError } from '../../console/api.ts';
import { TickerlakeError } from '../../core/errors.ts';

/** An error as the console's pages show it: never with a record's payload or a secret, which no message of ours holds. */
export function answerError(error: unknown): {
  readonly status: ContentfulStatusCode;
  readonly body: ApiError;
} {
  if (error instanceof TickerlakeError) {
    const { code, message, hint, canRetry } = error;
    const status = code === 'USAGE' ? 400 : canRetry ? 503 : 500;
    return { status, body: { error: { code, message, ...(hint === undefined ? {} : { hint }) } } };
  }
  if (error instanceof AthenaServiceException) {
    const status = error.$fault === 'client' ? 400 : 503;
    return { status, body: { error: { code: error.name, message: error.message } } };
  }
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  const hint = 'if the lake has ended: npm run up; else its log is under Logs';
  return { status: 503, body: { error: { code: name, message, hint } } };
}

/** More was sent than is read. */
export function tooLarge(maxBytes: number): { readonly status: 413; readonly body: ApiError } {
  const message = `the request is larger than ${maxBytes} bytes`;
  return { status: 413, body: { error: { code: 'USAGE', message, hint: 'a shorter query' } } };
}

/** What was asked for is not there. */
export function notFound(message: string): { readonly status: 404; readonly body: ApiError } {
  return {
    status: 404,
    body: { error: { code: 'USAGE', message, hint: 'docs/console.md lists what there is' } },
  };
}
