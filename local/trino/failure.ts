/** Trino's failures as Athena tells them: the same names and words, apart from what AWS itself refuses. */
import { QueryFailure } from '../gateway/athena/query-failure.ts';
import { TrinoError } from './client.ts';

/** What S3 and Glue say of a caller who may not. */
const DENIED = /Status Code: 403|is not authorized to perform|Access Denied/i;
const HIDDEN = ' cannot be resolved or requester is not authorized to access requested resources';
const PATH = /s3:\/\/[^\s,'")]+/;

/**
 * @param maxScanBytes the workgroup's cutoff, for the message that tells of it
 * @param place how many lines stood above the caller's SQL
 */
export function failureOf(
  error: unknown,
  maxScanBytes: number | undefined,
  { linesAbove }: { readonly linesAbove: number } = { linesAbove: 0 },
): unknown {
  if (!(error instanceof TrinoError)) return error;
  const { errorName, message, causes } = error;
  const denial = isAboutText(error) ? undefined : [message, ...causes].find((text) => DENIED.test(text));
  if (denial !== undefined) return denied(denial, [message, ...causes]);
  if (errorName === 'EXCEEDED_SCAN_LIMIT') return exceeded(maxScanBytes);
  if (errorName === 'USER_CANCELED')
    return new QueryFailure(errorName, 'Query was canceled', { state: 'CANCELLED' });
  // Athena does not say whether there is no such column or the caller may not see it.
  const words = errorName === 'COLUMN_NOT_FOUND' ? message.replace(/ cannot be resolved$/, HIDDEN) : message;
  const placed = words.replace(/^line (\d+):/, (_, line) => `line ${Number(line) - linesAbove}:`);
  return new QueryFailure(errorName, placed, { cause: error });
}

/** Whether the message speaks of the query, whose own words it may repeat; what may not be read is no fault of the query. */
function isAboutText({ errorName, errorType }: TrinoError): boolean {
  return errorType === 'USER_ERROR' && errorName !== 'PERMISSION_DENIED';
}

/** The cutoff of the workgroup, passed: Athena cancels the query. */
export function exceeded(maxScanBytes: number | undefined, scannedBytes?: number): QueryFailure {
  const read = scannedBytes === undefined ? 'the query reads more' : `the query reads ${scannedBytes} bytes`;
  return new QueryFailure(
    'EXCEEDED_SCAN_LIMIT',
    `Bytes scanned limit was exceeded: ${read}, its workgroup allows ${maxScanBytes ?? 0}; filter by dt or name fewer columns`,
    { state: 'CANCELLED' },
  );
}

function denied(reason: string, texts: readonly string[]): QueryFailure {
  const path = texts.map((text) => PATH.exec(text)?.[0]).find((found) => found !== undefined);
  const [said = reason] = reason.split(/ \(Service: /);
  return new QueryFailure(
    'PERMISSION_DENIED',
    path === undefined
      ? `Insufficient permissions to execute the query. ${said}`
      : `Permission denied on S3 path: ${path} (${said})`,
  );
}
