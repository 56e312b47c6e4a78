import type { AthenaClient } from '@aws-sdk/client-athena';
import { findNamedQuery } from '../athena/named-queries.ts';
import { renderResult } from '../athena/print-result.ts';
import { type ResultColumn, readResult, runQuery } from '../athena/run-query.ts';
import { type LakeConnection, outputOf } from '../lake/connection.ts';
import { withReader } from '../serving/reader.ts';
import { runSql } from '../serving/run-sql.ts';
import { type ChartPoint, renderChart } from '../terminal/chart.ts';
import { cut } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** A saved query's result, whole: the demo asks only for short ones. */
export interface Answer {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly seconds: number;
  /** Columns to print. @default all */
  readonly show?: readonly string[] | undefined;
}

/** Rows of each answer shown. */
const ROWS_SHOWN = 10;

/** A saved query, and what stands for its `?`. */
export interface Question {
  readonly name: string;
  readonly parameters?: readonly string[];
  /** Columns to print. @default all */
  readonly show?: readonly string[];
}

/** Runs a saved query of the analysts' workgroup, as an analyst does. */
export async function ask(
  lake: LakeConnection,
  athena: AthenaClient,
  { name, parameters, show }: Question,
  signal: AbortSignal,
): Promise<Answer> {
  const workgroup = outputOf(lake, 'query', 'AnalystsWorkGroupName');
  const query = await findNamedQuery(athena, workgroup, name);
  const started = performance.now();
  const { id } = await runQuery(athena, {
    sql: query.sql,
    parameters,
    workgroup,
    database: query.database,
    signal,
  });
  let columns: readonly ResultColumn[] = [];
  const rows: (readonly (string | null)[])[] = [];
  for await (const page of readResult(athena, id)) {
    columns = page.columns;
    rows.push(...page.rows);
  }
  const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
  return { name, description: query.description, columns, rows, seconds, show };
}

const WATCHLIST = `
  SELECT symbol, company_name, latest_price, low, high, to_char(ts AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS updated
  FROM latest_quotes ORDER BY symbol`;

/** The newest quote of each symbol that the speed path kept, from the serving database. */
export async function askWatchlist(lake: LakeConnection, signal: AbortSignal): Promise<Answer> {
  const rows: (readonly (string | null)[])[] = [];
  const started = performance.now();
  const { columns } = await withReader(lake, (client) =>
    runSql(client, WATCHLIST, { onRow: (row) => rows.push(row) }, signal),
  );
  const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
  return {
    name: 'watchlist',
    description: 'The newest quote of each symbol on the watchlist or on the move, from RDS PostgreSQL',
    columns,
    rows,
    seconds,
  };
}

/** The first rows of an answer as a table under its title. */
export function printAnswer(terminal: Terminal, answer: Answer): void {
  const { name, description, rows } = answer;
  const chosen = answer.columns.flatMap((column, index) =>
    (answer.show?.includes(column.name) ?? true) ? [{ column, index }] : [],
  );
  const title = cut(description, terminal.columns - name.length - 2);
  terminal.print(`\n${terminal.styled('bold', name)}  ${terminal.styled('dim', title)}`);
  const cells = rows.slice(0, ROWS_SHOWN).map((row) => chosen.map(({ index }) => row[index] ?? null));
  const columns = chosen.map(({ column }) => column);
  terminal.print(renderResult(terminal, columns, cells, terminal.columns));
  const more = rows.length - ROWS_SHOWN;
  if (more > 0) terminal.print(terminal.styled('dim', `… ${more.toLocaleString('en')} more rows`));
}

/** What of an answer is drawn: one symbol's closing prices over time. */
export interface ChartColumns {
  readonly symbol: string;
  readonly time: string;
  readonly price: string;
}

/** Draws the preferred symbol, or where it has no rows the one with the most. */
export function printPriceChart(
  terminal: Terminal,
  answer: Answer,
  preferred: string,
  names: ChartColumns,
): void {
  const index = (name: string): number => answer.columns.findIndex((column) => column.name === name);
  const [symbolAt, timeAt, priceAt] = [index(names.symbol), index(names.time), index(names.price)];
  const bySymbol = Map.groupBy(answer.rows, (row) => row[symbolAt] ?? '');
  const most = [...bySymbol].sort(([, left], [, right]) => right.length - left.length)[0];
  const [symbol, rows] = bySymbol.has(preferred)
    ? [preferred, bySymbol.get(preferred) ?? []]
    : (most ?? ['', []]);
  const points = rows
    .filter((row) => row[priceAt] !== null)
    .map((row): ChartPoint => ({ label: (row[timeAt] ?? '').slice(0, 16), value: Number(row[priceAt] ?? 0) }))
    .sort((left, right) => left.label.localeCompare(right.label));
  terminal.print(
    `\n${terminal.styled('bold', symbol)}  ${terminal.styled('dim', `${names.price}, US dollars (times are UTC)`)}`,
  );
  terminal.print(renderChart(points, terminal.columns));
}
