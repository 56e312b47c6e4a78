/**
 * The SQL translator: a Python process with sqlglot. It calls home to a socket of ours, so that a connection means it is
 * ready, and its end means that one of the two is gone.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TickerlakeError } from '../../core/errors.ts';
import type { Guard, ManagedProcess } from '../supervisor/index.ts';
import { QueryFailure } from './errors.ts';

/** What the catalog knows of a name: a table with its columns, partition keys last, a view, or nothing. */
export type CatalogEntry =
  | {
      readonly kind: 'table';
      readonly columns: readonly { readonly name: string; readonly type: string }[];
      readonly partitionKeys: readonly string[];
    }
  | {
      readonly kind: 'view';
      readonly sql: string;
      readonly database: string;
      readonly columns: readonly { readonly name: string; readonly type: string }[];
    };

export interface TranslationContext {
  readonly database?: string | undefined;
  /** By `database.table`; null where the catalog has none of that name. */
  readonly tables: Readonly<Record<string, CatalogEntry | null>>;
}

/** A value that others are above or below: a DuckDB expression that names no column, and whether it is itself left out. */
export interface ValueBound {
  readonly value: string;
  readonly isOpen: boolean;
}

/** Values above all of `low` and below all of `high`. */
export interface ValueRange {
  readonly low: readonly ValueBound[];
  readonly high: readonly ValueBound[];
}

/** One reading of one table by a query. */
export interface ScanRequest {
  readonly database: string;
  readonly table: string;
  /** Columns that the query needs. */
  readonly columns: readonly string[];
  /** DuckDB condition on bare partition keys that every row of use meets. */
  readonly partitionFilter: string | null;
  /** DuckDB expressions, by partition key, one of which it must equal. */
  readonly equalities: Readonly<Record<string, readonly string[]>>;
  /** By column, the ranges in one of which its value lies in every row of use. */
  readonly ranges: Readonly<Record<string, readonly ValueRange[]>>;
  /** FOR VERSION | TIMESTAMP AS OF: the DuckDB expression behind it. */
  readonly asOf?: { readonly kind: 'VERSION' | 'TIMESTAMP'; readonly value: string };
}

export interface OutputColumn {
  readonly name: string;
  /** Time zone in which the values are a wall clock. */
  readonly zone?: string;
}

export interface Translation {
  /** DuckDB SQL in pieces; a number stands for the relation of that scan. */
  readonly sql: readonly (string | number)[];
  readonly scans: readonly ScanRequest[];
  readonly columns: readonly OutputColumn[];
}

/** Names that the context lacks. */
export interface Incomplete {
  readonly missing: readonly string[];
}

export interface TranslatorOptions {
  readonly guard: Pick<Guard, 'spawn'>;
  /** Python with sqlglot. */
  readonly python: string;
  readonly logFile: string;
  /** @default 20000 */
  readonly startTimeoutMs?: number;
}

interface Answer {
  readonly id: number;
  readonly result?: Translation | Incomplete;
  readonly failure?: {
    readonly name: string;
    readonly message: string;
    readonly line?: number;
    readonly column?: number;
  };
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const PROGRAM = join(import.meta.dirname, 'translator');
/** A translation takes a tenth of a second, and dashboards ask the same again and again. */
const MOST_KEPT = 100;

export class Translator {
  readonly #socket: Socket;
  readonly #process: ManagedProcess;
  readonly #waiting = new Map<number, Waiting>();
  /** By question, the one that was asked longest ago first: the same SQL over the same catalog has one translation. */
  readonly #known = new Map<string, Translation | Incomplete>();
  #lastId = 0;
  #hasEnded = false;

  private constructor(socket: Socket, process: ManagedProcess, lines: AsyncIterable<string>) {
    this.#socket = socket;
    this.#process = process;
    void this.#receive(lines);
  }

  /** Throws ENGINE_FAILED when the process does not come up. */
  static async start({
    guard,
    python,
    logFile,
    startTimeoutMs = 20_000,
  }: TranslatorOptions): Promise<Translator> {
    const token = randomBytes(24).toString('hex');
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const process = await guard.spawn({
        name: 'athena-translator',
        command: python,
        args: ['-B', PROGRAM, String(port)],
        env: { ...globalThis.process.env, ATHENA_TRANSLATOR_TOKEN: token, PYTHONDONTWRITEBYTECODE: '1' },
        logFile,
      });
      const { socket, lines } = await Promise.race([
        accept(server, token),
        process.exited.then(({ code }) => {
          throw new TickerlakeError(
            'ENGINE_FAILED',
            `the SQL translator ends at once (exit status ${code ?? 'none'})`,
            {
              hint: `read ${logFile}; npm run setup installs what it needs`,
            },
          );
        }),
        deadline(startTimeoutMs, logFile),
      ]);
      return new Translator(socket, process, lines);
    } finally {
      server.close();
    }
  }

  /** Throws QueryFailure for SQL that Athena would refuse. */
  async translate(sql: string, context: TranslationContext): Promise<Translation | Incomplete> {
    const question = JSON.stringify({ sql, context });
    const result = this.#known.get(question) ?? (await this.#ask(sql, context));
    this.#known.delete(question);
    this.#known.set(question, result);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KEPT && oldest !== undefined) this.#known.delete(oldest);
    return result;
  }

  async #ask(sql: string, context: TranslationContext): Promise<Translation | Incomplete> {
    const id = ++this.#lastId;
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(`${JSON.stringify({ id, sql, context })}\n`, (error) => {
        if (error) reject(ended());
      });
    });
    if (answer.result !== undefined) return answer.result;
    const { name = 'GENERIC_INTERNAL_ERROR', message = 'no answer', line, column } = answer.failure ?? {};
    const place = line === undefined || column === undefined ? '' : `line ${line}:${column}: `;
    throw new QueryFailure(name, `${place}${message}`);
  }

  /** Whether its process is gone: a new one has to be started. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Tells the process to end. Nobody waits for it: the guard sees to it that it does. */
  close(): void {
    this.#socket.destroy();
    this.#process.kill('SIGTERM');
  }

  async #receive(lines: AsyncIterable<string>): Promise<void> {
    try {
      for await (const line of lines) {
        const answer = JSON.parse(line) as Answer;
        this.#waiting.get(answer.id)?.resolve(answer);
        this.#waiting.delete(answer.id);
      }
    } catch {
      // A broken connection is an ended one: whoever waits is told below.
    }
    this.#hasEnded = true;
    for (const { reject } of this.#waiting.values()) reject(ended());
    this.#waiting.clear();
  }
}

function ended(): QueryFailure {
  return new QueryFailure('GENERIC_INTERNAL_ERROR', 'the SQL translator has ended', { category: 1 });
}

/** The first connection that knows the token; any other is dropped. */
async function accept(
  server: ReturnType<typeof createServer>,
  token: string,
): Promise<{ socket: Socket; lines: AsyncIterable<string> }> {
  for await (const [socket] of connections(server)) {
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done !== true && isGreeting(first.value, token))
      return { socket, lines: { [Symbol.asyncIterator]: () => lines } };
    socket.destroy();
  }
  throw ended();
}

async function* connections(server: ReturnType<typeof createServer>): AsyncGenerator<[Socket]> {
  for (;;) yield (await once(server, 'connection')) as [Socket];
}

function isGreeting(line: string, token: string): boolean {
  try {
    return (JSON.parse(line) as { token?: unknown }).token === token;
  } catch {
    return false;
  }
}

async function deadline(ms: number, logFile: string): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, ms).unref());
  throw new TickerlakeError('ENGINE_FAILED', `the SQL translator is not up after ${ms / 1000} s`, {
    hint: `read ${logFile}`,
  });
}
