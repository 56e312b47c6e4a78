import type { Clock, TokenBucket } from './token-bucket.ts';

/** A call that gave no JSON: `status` is that of the last answer, undefined if there was none. */
export interface Refusal {
  readonly reason: string;
  readonly status: number | undefined;
}

export type JsonAnswer = { readonly json: unknown } | Refusal;

export interface JsonClientOptions {
  readonly bucket: TokenBucket;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Of one attempt, its body included. @default 5000 */
  readonly timeoutMs?: number;
  /** @default 4 */
  readonly attempts?: number;
  /** First wait before another attempt, doubled each time, with full jitter. @default 250 */
  readonly backoffMs?: number;
  /** Longest wait; a server that asks for a longer one is not asked again. @default 15000 */
  readonly maxWaitMs?: number;
}

export const JSON_CLIENT_DEFAULTS = {
  timeoutMs: 5000,
  attempts: 4,
  backoffMs: 250,
  maxWaitMs: 15_000,
} as const;

const MAX_BODY_BYTES = 1024 * 1024;
const RETRIED = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * GETs JSON: at the bucket's rate, with a time-out, trying again after 429, 5xx, a reset or a time-out, honouring Retry-After
 * (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after). Never throws; reasons name neither the URL, which may hold the key,
 * nor the body.
 */
export async function getJson(
  url: URL,
  headers: Readonly<Record<string, string>>,
  options: JsonClientOptions,
  signal: AbortSignal,
): Promise<JsonAnswer> {
  const { bucket, clock, random, timeoutMs, attempts, backoffMs, maxWaitMs } = {
    ...JSON_CLIENT_DEFAULTS,
    ...options,
  };
  for (let attempt = 1; ; attempt += 1) {
    await bucket.take(signal);
    if (signal.aborted) return { reason: 'the time was up', status: undefined };
    const answer = await ask(url, headers, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
    if ('json' in answer || !answer.mayRetry || attempt === attempts) return answer;
    const askedMs = retryAfterMs(answer.retryAfter, clock.now());
    if (askedMs !== undefined && askedMs > maxWaitMs) return answer;
    if (askedMs !== undefined) bucket.pause(askedMs);
    const jitterMs = random() * Math.min(maxWaitMs, backoffMs * 2 ** (attempt - 1));
    await clock.wait((askedMs ?? 0) + jitterMs, signal);
  }
}

type Attempt =
  | { readonly json: unknown }
  | (Refusal & { readonly mayRetry: boolean; readonly retryAfter?: string });

async function ask(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Attempt> {
  let response: Response;
  let text: string;
  try {
    // A redirect would carry the key elsewhere.
    response = await fetch(url, {
      headers: { accept: 'application/json', ...headers },
      redirect: 'error',
      signal,
    });
    text = await boundedText(response);
  } catch (error) {
    const reason = signal.aborted ? 'no answer in time' : `no answer: ${networkCode(error)}`;
    return { reason, status: undefined, mayRetry: true };
  }
  const { status } = response;
  if (!response.ok) {
    const retryAfter = response.headers.get('retry-after') ?? undefined;
    return {
      reason: `HTTP ${status}`,
      status,
      mayRetry: RETRIED.has(status),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    };
  }
  try {
    return { json: JSON.parse(text) as unknown };
  } catch {
    return { reason: 'the answer is not JSON', status, mayRetry: false };
  }
}

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('the answer is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** ECONNRESET and the like: fetch hides it under a cause. */
function networkCode(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return error instanceof Error ? error.message : 'unknown error';
}

/** Seconds, or a date. */
function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
