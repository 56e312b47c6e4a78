/** Queries as a client of Athena sends them, on either engine, and whether two answers are the same. */
import type { QueryEngine } from '../../cli/athena/formats.ts';
import type { ResultRow } from '../../cli/athena/result-csv.ts';
import { resultRows } from '../../cli/athena/result-rows.ts';
import { type ResultColumn, readResult, runQuery } from '../../cli/athena/run-query.ts';
import { outputOf } from '../../cli/lake/connection.ts';
import { type Audience, workgroupName } from '../../core/names.ts';
import type { ProofLake } from './proof-lake.ts';

export interface Question {
  readonly sql: string;
  /** SQL literals for the `?` of the statement. */
  readonly parameters?: readonly string[];
  /** Whose workgroup and grants. @default - the analysts' */
  readonly audience?: Audience;
}

export interface Answer {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly ResultRow[];
  readonly scannedBytes: number;
  readonly seconds: number;
}

/** Asks with what the audience's policy grants; rows come from the result file, which tells a null from an empty text. */
export async function ask(
  { lake, clientsOf }: ProofLake,
  engine: QueryEngine,
  { sql, parameters = [], audience = 'analysts' }: Question,
  signal: AbortSignal,
): Promise<Answer> {
  const clients = clientsOf(audience);
  const athena = clients.athenaOn(engine);
  const started = performance.now();
  const { id, outputLocation, scannedBytes } = await runQuery(athena, {
    sql,
    parameters,
    workgroup: workgroupName(lake.stage, audience),
    database: outputOf(lake, 'lake', 'DatabaseName'),
    signal,
  });
  const seconds = (performance.now() - started) / 1000;
  const first = await readResult(athena, id).next();
  const columns = first.done === true ? [] : first.value.columns;
  const rows: ResultRow[] = [];
  for await (const batch of resultRows(clients.s3, outputLocation)) rows.push(...batch);
  return { columns, rows: rows.slice(1), scannedBytes, seconds };
}

/** Digits to which doubles have to agree: engines add in different orders. */
const SIGNIFICANT = 1e-9;

/** What the first difference between two answers is; undefined where there is none. */
export function differenceOf(left: Answer, right: Answer): string | undefined {
  const [leftTypes, rightTypes] = [left, right].map(({ columns }) =>
    columns.map(({ name, type }) => `${name} ${type}`).join(', '),
  );
  if (leftTypes !== rightTypes) return `columns: ${leftTypes ?? ''} — ${rightTypes ?? ''}`;
  if (left.rows.length !== right.rows.length) return `rows: ${left.rows.length} — ${right.rows.length}`;
  for (const [at, row] of left.rows.entries()) {
    const other = right.rows[at] ?? [];
    const column = row.findIndex((value, index) => !isSame(value, other[index], left.columns[index]?.type));
    if (column >= 0)
      return `row ${at}, ${left.columns[column]?.name ?? ''}: ${String(row[column])} — ${String(other[column])}`;
  }
  return undefined;
}

function isSame(left: string | null, right: string | null | undefined, type: string | undefined): boolean {
  if (left === right) return true;
  if (left === null || right === null || right === undefined) return false;
  if (type !== 'double' && type !== 'float') return false;
  const [a, b] = [Number(left), Number(right)];
  return Math.abs(a - b) <= SIGNIFICANT * Math.max(Math.abs(a), Math.abs(b));
}

/** In an order that does not depend on how the engine read: for statements that ask for none. */
export function sorted(answer: Answer): Answer {
  const rows = answer.rows
    .map((row) => ({ row, text: JSON.stringify(row) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ row }) => row);
  return { ...answer, rows };
}
