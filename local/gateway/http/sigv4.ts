/**
 * Signature Version 4, verified: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * Pure but for the clock, which comes in.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
const ALGORITHM = 'AWS4-HMAC-SHA256';
const MAX_SKEW_MS = 15 * 60 * 1000;
const MAX_PRESIGNED_SECONDS = 7 * 24 * 60 * 60;

/** What a request says of its own signature. */
export interface SignatureClaim {
  readonly kind: 'header' | 'presigned';
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly sessionToken: string | undefined;
  /** yyyymmddThhmmssZ */
  readonly timestamp: string;
  /** Presigned only: seconds for which it holds. */
  readonly expiresSeconds: number | undefined;
}

/** The parts of an HTTP request that a signature covers. `path` and `query` as on the wire. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** What is wrong with a signature; the protocol decides on the code and shape that the caller sees. */
export type SignatureProblem = 'malformed' | 'skewed' | 'expired' | 'unsigned-header' | 'mismatch';

/** Reads the claim of a signed request; undefined when it is anonymous, 'malformed' when it is neither. */
export function readClaim(request: SignedRequest): SignatureClaim | 'malformed' | undefined {
  const authorization = request.headers['authorization'];
  if (typeof authorization === 'string') return readHeader(authorization, request);
  if (!request.query.includes('X-Amz-Signature=')) return undefined;
  return readPresigned(new URLSearchParams(request.query.replaceAll('+', '%2B')));
}

function readHeader(authorization: string, { headers }: SignedRequest): SignatureClaim | 'malformed' {
  const found =
    /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  const timestamp = headers['x-amz-date'];
  const token = headers['x-amz-security-token'];
  if (found === null || typeof timestamp !== 'string') return 'malformed';
  const [, credential = '', signedHeaders = '', signature = ''] = found;
  return claim('header', credential, signedHeaders, signature, timestamp, {
    sessionToken: typeof token === 'string' ? token : undefined,
    expiresSeconds: undefined,
  });
}

function readPresigned(query: URLSearchParams): SignatureClaim | 'malformed' {
  const get = (name: string): string => query.get(name) ?? '';
  const expiresSeconds = Number(get('X-Amz-Expires'));
  const inRange = expiresSeconds > 0 && expiresSeconds <= MAX_PRESIGNED_SECONDS;
  if (get('X-Amz-Algorithm') !== ALGORITHM || !inRange) return 'malformed';
  return claim(
    'presigned',
    get('X-Amz-Credential'),
    get('X-Amz-SignedHeaders'),
    get('X-Amz-Signature'),
    get('X-Amz-Date'),
    {
      sessionToken: query.get('X-Amz-Security-Token') ?? undefined,
      expiresSeconds,
    },
  );
}

function claim(
  kind: SignatureClaim['kind'],
  credential: string,
  signedHeaders: string,
  signature: string,
  timestamp: string,
  rest: Pick<SignatureClaim, 'sessionToken' | 'expiresSeconds'>,
): SignatureClaim | 'malformed' {
  const [accessKeyId = '', date = '', region = '', service = '', end] = credential.split('/');
  const dated = /^\d{8}T\d{6}Z$/.test(timestamp) && timestamp.startsWith(date) && date.length === 8;
  if (end !== 'aws4_request' || !dated || !/^[0-9a-f]{64}$/.test(signature)) return 'malformed';
  return {
    kind,
    accessKeyId,
    date,
    region,
    service,
    signedHeaders: signedHeaders.split(';'),
    signature,
    timestamp,
    ...rest,
  };
}

/** Milliseconds of a yyyymmddThhmmssZ timestamp. */
export function timestampMs(timestamp: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp) ?? [];
  return Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
}

const hmac = (key: Buffer | string, data: string): Buffer => createHmac('sha256', key).update(data).digest();

export function deriveSigningKey(secret: string, date: string, region: string, service: string): Buffer {
  return hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), 'aws4_request');
}

/** Percent-encodes all but RFC 3986's unreserved characters. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** S3 signs the path as sent, encoded once; every other service encodes that again and normalises it. */
export function canonicalPath(path: string, service: string): string {
  if (service === 's3')
    return path
      .split('/')
      .map((part) => encodeRfc3986(decode(part)))
      .join('/');
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encodeRfc3986(segment));
  }
  return `/${segments.join('/')}${segments.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

export function canonicalQuery(query: string): string {
  if (query === '') return '';
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      const [name, value] = at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
      return [encodeRfc3986(decode(name)), encodeRfc3986(decode(value))] as const;
    })
    .filter(([name]) => name !== 'X-Amz-Signature')
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Finds the first thing wrong with a claim, the signature itself last; undefined when it holds. */
export function findProblem(
  request: SignedRequest,
  stated: SignatureClaim,
  signingKey: Buffer,
  payloadHash: string,
  nowMs: number,
): SignatureProblem | undefined {
  const signedAt = timestampMs(stated.timestamp);
  if (stated.expiresSeconds !== undefined) {
    if (nowMs > signedAt + stated.expiresSeconds * 1000) return 'expired';
    if (signedAt > nowMs + MAX_SKEW_MS) return 'skewed';
  } else if (Math.abs(nowMs - signedAt) > MAX_SKEW_MS) return 'skewed';
  if (!stated.signedHeaders.includes('host')) return 'unsigned-header';
  for (const name in request.headers)
    if (name.startsWith('x-amz-') && !stated.signedHeaders.includes(name)) return 'unsigned-header';
  const expected = sign(request, stated, signingKey, payloadHash);
  const given = Buffer.from(stated.signature, 'hex');
  return timingSafeEqual(expected, given) ? undefined : 'mismatch';
}

function sign(
  request: SignedRequest,
  stated: SignatureClaim,
  signingKey: Buffer,
  payloadHash: string,
): Buffer {
  const headers = stated.signedHeaders.map((name) => {
    const value = request.headers[name];
    const text = typeof value === 'string' ? value : (value ?? []).join(',');
    return `${name}:${text.trim().replaceAll(/[ \t]+/g, ' ')}\n`;
  });
  const canonical = [
    request.method,
    canonicalPath(request.path, stated.service),
    canonicalQuery(request.query),
    headers.join(''),
    stated.signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
  const scope = `${stated.date}/${stated.region}/${stated.service}/aws4_request`;
  const hash = createHash('sha256').update(canonical).digest('hex');
  return hmac(signingKey, `${ALGORITHM}\n${stated.timestamp}\n${scope}\n${hash}`);
}

/** Signature of one chunk of a STREAMING-AWS4-HMAC-SHA256-PAYLOAD body, hex. */
export function signChunk(
  signingKey: Buffer,
  stated: SignatureClaim,
  previous: string,
  sha256: string,
): string {
  const scope = `${stated.date}/${stated.region}/${stated.service}/aws4_request`;
  const text = [`${ALGORITHM}-PAYLOAD`, stated.timestamp, scope, previous, EMPTY_SHA256, sha256].join('\n');
  return hmac(signingKey, text).toString('hex');
}

/** Signature of the trailing headers of a STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER body, hex. */
export function signTrailer(
  signingKey: Buffer,
  stated: SignatureClaim,
  previous: string,
  sha256: string,
): string {
  const scope = `${stated.date}/${stated.region}/${stated.service}/aws4_request`;
  return hmac(
    signingKey,
    [`${ALGORITHM}-TRAILER`, stated.timestamp, scope, previous, sha256].join('\n'),
  ).toString('hex');
}
