/** The head of an S3 request, however it was signed. */
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../http/errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { UNSIGNED_PAYLOAD } from '../http/sigv4.ts';

export interface S3Head {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  /** The query as it goes on: without what only signed the request. */
  readonly rawQuery: string;
  /** What was signed of the body: its SHA-256 in hex, or a word for another way. */
  readonly payloadHash: string;
}

const SIGNING_PARAMETERS = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);
const CONTENT_SHA256 = 'x-amz-content-sha256';

/**
 * Reads the head. A presigned URL may carry any x-amz- header as a query parameter:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function readHead({ request, claim, path, query, rawQuery }: Exchange): S3Head {
  const method = request.method ?? 'GET';
  const stated = request.headers[CONTENT_SHA256];
  if (claim?.kind !== 'presigned') {
    if (claim !== undefined && typeof stated !== 'string')
      throw new AwsError(
        400,
        'InvalidRequest',
        `Missing required header for this request: ${CONTENT_SHA256}`,
      );
    return { method, path, query, rawQuery, headers: request.headers, payloadHash: String(stated) };
  }
  const headers: IncomingHttpHeaders = { ...request.headers };
  let payloadHash = typeof stated === 'string' ? stated : UNSIGNED_PAYLOAD;
  const kept: string[] = [];
  for (const pair of rawQuery.split('&')) {
    const [[name = '', value = ''] = []] = new URLSearchParams(pair.replaceAll('+', '%2B'));
    const lower = name.toLowerCase();
    if (!lower.startsWith('x-amz-')) kept.push(pair);
    else if (lower === CONTENT_SHA256) payloadHash = value;
    else if (!SIGNING_PARAMETERS.has(lower)) headers[lower] = value;
  }
  const rest = kept.join('&');
  return {
    method,
    path,
    headers,
    payloadHash,
    rawQuery: rest,
    query: new URLSearchParams(rest.replaceAll('+', '%2B')),
  };
}
