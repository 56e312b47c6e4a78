/**
 * Trino's client protocol: https://trino.io/docs/476/develop/client-protocol.html. Trino's own client for JavaScript reads every
 * number as a double, so that an offset or a hash beyond 2^53 comes out wrong; here a number stays the text that it came as.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** A value of JSON; numbers as text. */
export type TrinoValue =
  | string
  | boolean
  | null
  | readonly TrinoValue[]
  | { readonly [name: string]: TrinoValue };

/** https://github.com/trinodb/trino/blob/476/client/trino-client/src/main/java/io/trino/client/ClientTypeSignature.java */
export interface TypeSignature {
  readonly rawType: string;
  readonly arguments: readonly { readonly kind: string; readonly value: unknown }[];
}

export interface TrinoColumn {
  readonly name: string;
  /** varchar, timestamp(3), decimal(10,2), … */
  readonly type: string;
  readonly typeSignature: TypeSignature;
}

export interface TrinoStatement {
  readonly sql: string;
  readonly user: string;
  readonly catalog?: string | undefined;
  readonly schema?: string | undefined;
  /** https://trino.io/docs/476/sql/set-session.html */
  readonly session?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** What one answer of the server brings. */
export interface TrinoPage {
  readonly columns: readonly TrinoColumn[] | undefined;
  readonly rows: readonly (readonly TrinoValue[])[];
  /** Bytes read from storage so far; final with the last page. */
  readonly physicalInputBytes: number;
}

/** A statement's failure as Trino tells it. */
export class TrinoError extends Error {
  override readonly name = 'TrinoError';
  /** SYNTAX_ERROR, COLUMN_NOT_FOUND, … */
  readonly errorName: string;
  /** USER_ERROR, INTERNAL_ERROR, INSUFFICIENT_RESOURCES, EXTERNAL */
  readonly errorType: string;
  /** Messages of what caused it, the outermost first. */
  readonly causes: readonly string[];

  constructor({ message, errorName, errorType, failureInfo }: ErrorMessage) {
    super(message);
    this.errorName = errorName;
    this.errorType = errorType;
    this.causes = [...causesOf(failureInfo)];
  }
}

interface FailureInfo {
  readonly message?: string;
  readonly cause?: FailureInfo;
}

interface ErrorMessage {
  readonly message: string;
  readonly errorName: string;
  readonly errorType: string;
  readonly failureInfo?: FailureInfo;
}

interface QueryResults {
  readonly nextUri?: string;
  readonly columns?: readonly TrinoColumn[];
  readonly data?: readonly (readonly TrinoValue[])[];
  readonly stats: { readonly physicalInputBytes?: string };
  readonly error?: ErrorMessage;
}

/** What the protocol has clients send again. */
const BUSY = new Set([502, 503, 504]);
const BUSY_DELAY_MS = 100;
const MAX_ATTEMPTS = 50;

/**
 * Runs a statement and gives its pages as they come. Given up or aborted, it is cancelled on the server.
 * @throws TrinoError
 */
export async function* runStatement(endpoint: string, statement: TrinoStatement): AsyncGenerator<TrinoPage> {
  const { sql, signal } = statement;
  let next: string | undefined;
  try {
    let results = await request(`${endpoint}/v1/statement`, {
      method: 'POST',
      body: sql,
      headers: headersOf(statement),
      signal,
    });
    for (;;) {
      next = results.nextUri;
      if (results.error !== undefined) {
        next = undefined;
        throw new TrinoError(results.error);
      }
      const { columns, data = [], stats } = results;
      yield { columns, rows: data, physicalInputBytes: Number(stats.physicalInputBytes ?? 0) };
      if (next === undefined) return;
      results = await request(next, { signal });
    }
  } finally {
    // Told without waiting for it to be heard: whoever gives up has other things to do.
    if (next !== undefined) void fetch(next, { method: 'DELETE' }).catch(() => undefined);
  }
}

/** Runs a statement to its end, for what it does. @throws TrinoError */
export async function execute(endpoint: string, statement: TrinoStatement): Promise<void> {
  const pages = runStatement(endpoint, statement);
  while ((await pages.next()).done !== true);
}

function headersOf({ user, catalog, schema, session = {} }: TrinoStatement): Record<string, string> {
  const settings = Object.entries(session).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return {
    'X-Trino-User': user,
    'X-Trino-Source': 'athena',
    'X-Trino-Time-Zone': 'UTC',
    // Without it all times are cut to milliseconds, and their types do not say how many digits they have.
    'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME',
    ...(catalog === undefined ? {} : { 'X-Trino-Catalog': catalog }),
    ...(schema === undefined ? {} : { 'X-Trino-Schema': encodeURIComponent(schema) }),
    ...(settings.length === 0 ? {} : { 'X-Trino-Session': settings.join(',') }),
  };
}

async function request(
  url: string,
  init: RequestInit & { readonly signal: AbortSignal },
): Promise<QueryResults> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(url, init);
    const text = await response.text();
    if (response.ok) return JSON.parse(text, numbersAsText as Reviver) as QueryResults;
    if (!BUSY.has(response.status) || attempt === MAX_ATTEMPTS)
      throw new Error(`Trino answers ${response.status} ${response.statusText}: ${text.slice(0, 200)}`);
    await delay(BUSY_DELAY_MS, undefined, { signal: init.signal });
  }
}

type Reviver = (key: string, value: unknown) => unknown;

/** A reviver is told the number's own text: https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/JSON/parse */
function numbersAsText(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  return typeof value === 'number' ? source : value;
}

function* causesOf(failure: FailureInfo | undefined): Generator<string> {
  for (let cause = failure; cause !== undefined; cause = cause.cause) yield cause.message ?? '';
}
