import type { Client } from 'pg';
import { jsonValue, renderResult } from '../athena/print-result.ts';
import type { ResultColumn } from '../athena/run-query.ts';
import type { CommandContext } from '../context.ts';
import { withRunningLake } from '../lake/running-lake.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { withReader } from './reader.ts';
import { type FinishedSql, type RowSink, runSql } from './run-sql.ts';

export interface SqlOptions {
  readonly sql: string;
  /** Values for `$1`, `$2`, …, in order. */
  readonly parameters: readonly string[];
  /** The server gives up a statement that takes longer. */
  readonly timeoutMs: number;
  readonly json: boolean;
}

/** A table for people holds no more; --json prints every row. */
const MAX_TABLE_ROWS = 200;

/** `sql`: one read-only statement on the serving database, its rows to stdout, how long it took to stderr. */
export async function queryDatabase(context: CommandContext, options: SqlOptions): Promise<void> {
  const { terminal, signal } = context;
  await withRunningLake(context, async (lake) => {
    const started = performance.now();
    const { rows } = await withReader(lake, async (client) => {
      await prepareSession(client, options.timeoutMs);
      return (options.json ? printJson : printTable)(terminal, (sink) =>
        runSql(client, options.sql, sink, signal, options.parameters),
      );
    });
    const seconds = ((performance.now() - started) / 1000).toFixed(2);
    terminal.note(terminal.styledNote('dim', `${rows} ${rows === 1 ? 'row' : 'rows'} in ${seconds} s`));
  });
}

/**
 * The login only reads by default; here no statement can lift that. A server looks for its client while a statement runs, so
 * that Ctrl-C ends the statement too: PostgreSQL's own cancel request would go in plain text, and may come too early.
 */
export async function prepareSession(client: Client, timeoutMs: number): Promise<void> {
  await client.query(
    `SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; SET statement_timeout = ${Math.round(timeoutMs)};` +
      " SET client_connection_check_interval = '500ms'; SET timezone = 'UTC'",
  );
}

type Run = (sink: RowSink) => Promise<FinishedSql>;

/** Prints the first rows as a table, and says how many it leaves out. */
export async function printTable(terminal: Terminal, run: Run): Promise<FinishedSql> {
  const shown: (readonly (string | null)[])[] = [];
  const finished = await run({
    onRow: (row) => {
      if (shown.length < MAX_TABLE_ROWS) shown.push(row);
    },
  });
  const { columns, rows } = finished;
  if (columns.length > 0) terminal.print(renderResult(terminal, columns, shown, terminal.tableColumns));
  if (rows > shown.length) {
    terminal.note(`… ${(rows - shown.length).toLocaleString('en')} more rows: --json prints all`);
  }
  return finished;
}

/** Prints a JSON array of objects, row by row. */
export async function printJson(terminal: Terminal, run: Run): Promise<FinishedSql> {
  let columns: readonly ResultColumn[] = [];
  let count = 0;
  const finished = await run({
    onColumns: (known) => {
      columns = known;
    },
    onRow: (row) => {
      const entries = columns.map(
        ({ name, type }, index) => [name, sqlJsonValue(row[index] ?? null, type)] as const,
      );
      terminal.write(`${count === 0 ? '[\n' : ',\n'}  ${JSON.stringify(Object.fromEntries(entries))}`);
      count++;
    },
  });
  terminal.write(count === 0 ? '[]\n' : '\n]\n');
  return finished;
}

/** PostgreSQL prints truth values as t and f. */
function sqlJsonValue(value: string | null, type: string): string | number | boolean | null {
  if (value !== null && type === 'boolean') return value === 't';
  return jsonValue(value, type);
}
