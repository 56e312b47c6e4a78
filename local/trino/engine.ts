/** Athena's queries on a real Trino, which Athena's engine version 3 is made of. Slow to start and heavy: for proof. */
import { join } from 'node:path';
import { TickerlakeError } from '../../core/errors.ts';
import { classify, withoutComments } from '../athena/statements.ts';
import { QueryFailure } from '../gateway/athena/query-failure.ts';
import type { AccessKeys, AthenaEngine, AthenaQuery, AthenaQueryResult } from '../gateway/types.ts';
import type { Guard } from '../supervisor/index.ts';
import type { TrinoToolPaths } from '../tools.ts';
import { execute, runStatement, type TrinoColumn, type TrinoPage, type TrinoValue } from './client.ts';
import { ADMINISTRATOR, createCatalogs, DROP_CATALOGS, LAKE_CATALOG } from './configuration.ts';
import { exceeded, failureOf } from './failure.ts';
import { printerOf } from './printed-values.ts';
import { startTrino, type TrinoServer } from './server.ts';
import { Tenancy } from './tenancy.ts';

export interface TrinoEngineOptions {
  readonly guard: Pick<Guard, 'spawn'>;
  /** Throws PREREQUISITE_MISSING where Trino has not been fetched. */
  readonly tools: () => TrinoToolPaths;
  /** Folder for the server's files. */
  readonly directory: string;
  readonly logs: string;
  /** Keys of the same caller that come without a session token, which Trino's catalogs cannot send. */
  readonly lendKeys: (accessKeyId: string) => AccessKeys | undefined;
  /** Answers SHOW and DESCRIBE, which Athena takes from the catalog in Hive's words, not Trino's. */
  readonly metadata: AthenaEngine;
}

const ANALYST = 'analyst';
const CHANGE_MS = 60_000;
/** First words of statements that only read; Trino knows others, which Athena does not. */
const READS = /^[\s(]*(?:SELECT|WITH|VALUES|TABLE|EXPLAIN)\b/i;

/** A server, and whom it reads for. */
interface Running {
  readonly server: TrinoServer;
  readonly tenancy: Tenancy<AthenaQuery>;
}

export class TrinoEngine implements AthenaEngine {
  readonly #options: TrinoEngineOptions;
  #running: Promise<Running> | undefined;

  constructor(options: TrinoEngineOptions) {
    this.#options = options;
  }

  /** Throws QueryFailure, worded as Athena words it. */
  async execute(query: AthenaQuery): Promise<AthenaQueryResult> {
    const { sql, database, maxScanBytes, signal } = query;
    signal.throwIfAborted();
    const kind = kindOf(sql);
    if (kind === 'metadata') return this.#options.metadata.execute(query);
    const { server, tenancy } = await this.#started();
    const leave = await tenancy.enter(callerOf(query), query, signal);
    try {
      signal.throwIfAborted();
      const pages = runStatement(server.endpoint, {
        sql: withoutEnd(sql),
        user: ANALYST,
        catalog: LAKE_CATALOG,
        schema: database,
        session: maxScanBytes === undefined ? {} : { query_max_scan_physical_bytes: `${maxScanBytes}B` },
        signal,
      });
      return await answerOf(pages, query, kind === 'query' ? 'DML' : 'UTILITY', leave);
    } catch (error) {
      leave();
      signal.throwIfAborted();
      throw failureOf(error, maxScanBytes);
    }
  }

  /** Throws QueryFailure for what is no statement, and for some of what is not run. */
  async parse(sql: string): Promise<void> {
    if (kindOf(sql) === 'metadata') return;
    const { server } = await this.#started();
    // On a line of its own, so that columns stay what they are.
    const prepare = `PREPARE parsed FROM\n${withoutEnd(sql)}`;
    const signal = AbortSignal.timeout(CHANGE_MS);
    await execute(server.endpoint, { sql: prepare, user: ANALYST, signal }).catch((error: unknown) => {
      throw failureOf(error, undefined, { linesAbove: 1 });
    });
  }

  async close(): Promise<void> {
    await (await this.#running?.catch(() => undefined))?.server.stop();
  }

  /** The running server; where none came up or it has ended, a new one. */
  async #started(): Promise<Running> {
    const earlier = this.#running;
    if (earlier !== undefined) {
      const running = await earlier.catch(() => undefined);
      if (running?.server.hasEnded() === false) return running;
      if (this.#running === earlier) this.#running = undefined;
    }
    this.#running ??= this.#start();
    return this.#running.catch((error: unknown) => {
      throw startFailure(error);
    });
  }

  async #start(): Promise<Running> {
    const { guard, tools, directory, logs, lendKeys } = this.#options;
    const logFile = join(logs, 'trino.log');
    const server = await startTrino({ guard, tools: tools(), directory, logFile });
    const tenancy = new Tenancy<AthenaQuery>(async ({ credentials, endpoint, region }) => {
      const keys = lendKeys(credentials.accessKeyId);
      if (keys === undefined) throw new Error('the caller has no session at the local endpoint any more');
      for (const sql of [...DROP_CATALOGS, ...createCatalogs({ endpoint, region, keys })])
        await execute(server.endpoint, { sql, user: ADMINISTRATOR, signal: AbortSignal.timeout(CHANGE_MS) });
    });
    return { server, tenancy };
  }
}

/** Why there is no Trino, with what to do about it: clients show nothing but the message. */
function startFailure(error: unknown): unknown {
  if (!(error instanceof TickerlakeError)) return error;
  const { message, hint } = error;
  return new QueryFailure(
    'GENERIC_INTERNAL_ERROR',
    hint === undefined ? message : `${message} — try: ${hint}`,
    { category: 1, cause: error },
  );
}

/** Athena takes a statement with the semicolon that ends it, Trino without. */
function withoutEnd(sql: string): string {
  return sql.replace(/;\s*$/, '');
}

function callerOf({ credentials, endpoint, region }: AthenaQuery): string {
  return [endpoint, region, credentials.accessKeyId].join(' ');
}

/** Throws QueryFailure for what no engine here runs. */
function kindOf(sql: string): 'query' | 'explain' | 'metadata' {
  const { kind } = classify(sql);
  const text = withoutComments(sql);
  if (kind === 'metadata' || READS.test(text)) return kind;
  const [word = ''] = /\S+/.exec(text) ?? [];
  throw new QueryFailure('SYNTAX_ERROR', `line 1:1: mismatched input '${word}'. Expecting: a query`);
}

/** Reads on to the page that tells the columns; the rows come as they are asked for. */
async function answerOf(
  pages: AsyncGenerator<TrinoPage>,
  { maxScanBytes, signal }: AthenaQuery,
  statementType: 'DML' | 'UTILITY',
  leave: () => void,
): Promise<AthenaQueryResult> {
  let page = await pages.next();
  while (page.done !== true && page.value.columns === undefined) page = await pages.next();
  const first = page.done === true ? undefined : page.value;
  const columns = first?.columns ?? [];
  let scannedBytes = first?.physicalInputBytes ?? 0;
  const rows = async function* (): AsyncGenerator<(string | null)[][]> {
    try {
      const print = rowPrinter(columns);
      if (first !== undefined) yield first.rows.map(print);
      for await (const { rows: more, physicalInputBytes } of pages) {
        scannedBytes = physicalInputBytes;
        if (more.length > 0) yield more.map(print);
      }
      // The server looks once a second, so that a short query can end before.
      if (maxScanBytes !== undefined && scannedBytes > maxScanBytes)
        throw exceeded(maxScanBytes, scannedBytes);
    } catch (error) {
      signal.throwIfAborted();
      throw failureOf(error, maxScanBytes);
    } finally {
      leave();
    }
  };
  return {
    columns: columns.map(({ name, type }) => ({ name, type: athenaType(type) })),
    rows: rows(),
    get scannedBytes() {
      return scannedBytes;
    },
    statementType,
  };
}

/** Athena writes types in small letters, and a decimal's digits without a space. */
function athenaType(type: string): string {
  return type.toLowerCase().replaceAll(/decimal\((\d+), (\d+)\)/g, 'decimal($1,$2)');
}

function rowPrinter(columns: readonly TrinoColumn[]): (row: readonly TrinoValue[]) => (string | null)[] {
  const printers = columns.map(({ typeSignature }) => printerOf(typeSignature));
  return (row) => row.map((value, index) => (value === null ? null : (printers[index]?.(value) ?? null)));
}
