/** Every saved query of the lake on both engines: as it is deployed, with the example of its header for each parameter. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QUERY_ENGINES } from '../../cli/athena/formats.ts';
import { listNamedQueries } from '../../cli/athena/named-queries.ts';
import { logIdOf, outputOf } from '../../cli/lake/connection.ts';
import { type NamedQuery, parseNamedQuery, statementName } from '../../core/named-query.ts';
import { type Answer, ask, differenceOf } from './answers.ts';
import type { Finding } from './finding.ts';
import type { ProofLake } from './proof-lake.ts';

const FOLDER = join(import.meta.dirname, '../../sql/queries');

export interface ProvenQuery extends Finding {
  readonly query: NamedQuery;
  /** Literals that were put for its parameters. */
  readonly values: readonly string[];
  readonly answer: Answer | undefined;
}

export const QUERIES: readonly NamedQuery[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.sql'))
  .sort()
  .map((file) => parseNamedQuery(file.replace(/\.sql$/, ''), readFileSync(join(FOLDER, file), 'utf8')));

/** Yields as each is done. */
export async function* proveQueries(proof: ProofLake, signal: AbortSignal): AsyncGenerator<ProvenQuery> {
  const { lake, clients } = proof;
  const workgroup = outputOf(lake, 'query', 'AnalystsWorkGroupName');
  const deployed = new Map(
    (await listNamedQueries(clients.athena, workgroup)).map((query) => [query.name, query.sql]),
  );
  for (const query of QUERIES) {
    const values = query.parameters.map(({ example }) =>
      example.kind === 'literal' ? example.sql : `'${logIdOf(lake)}'`,
    );
    const subject = `query ${query.name}`;
    try {
      const sql = deployed.get(query.name);
      if (sql !== query.sql) throw new Error('what is deployed is not what stands in sql/queries');
      yield { query, values, ...(await proveQuery(proof, query, values, signal)), subject };
    } catch (error) {
      signal.throwIfAborted();
      const problem = error instanceof Error ? error.message : String(error);
      yield { query, values, answer: undefined, subject, detail: '', problem };
    }
  }
}

async function proveQuery(
  proof: ProofLake,
  query: NamedQuery,
  values: readonly string[],
  signal: AbortSignal,
): Promise<Omit<ProvenQuery, 'query' | 'values' | 'subject'>> {
  const question = { sql: query.sql, parameters: values };
  const trino = await ask(proof, 'trino', question, signal);
  const duckdb = await ask(proof, 'duckdb', question, signal);
  const detail = `${trino.rows.length} rows; trino ${trino.seconds.toFixed(2)} s, ${trino.scannedBytes} bytes; duckdb ${duckdb.seconds.toFixed(2)} s, ${duckdb.scannedBytes} bytes`;
  const problem =
    (trino.rows.length === 0 ? 'no row: nothing is proven' : undefined) ??
    differenceOf(trino, duckdb) ??
    (await typeProblem(proof, query, values, signal)) ??
    (await preparedProblem(proof, query, values, trino, signal));
  return { answer: trino, detail, problem };
}

/** Trino's own types against the header's: the API leaves out a timestamp's digits. Nothing is read for them. */
async function typeProblem(
  proof: ProofLake,
  { sql, columns }: NamedQuery,
  parameters: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const types = columns.map(({ name }) => `typeof("${name}")`).join(', ');
  const typed = `SELECT ${types} FROM (VALUES 1) LEFT JOIN (SELECT * FROM (${sql}) WHERE false) ON true`;
  const { rows } = await ask(proof, 'trino', { sql: typed, parameters }, signal);
  const found = (rows[0] ?? []).map((type) =>
    (type ?? '').replace(/^varchar\(\d+\)$/, 'varchar').replace(', ', ','),
  );
  const wrong = columns.findIndex(({ type }, index) => found[index] !== type);
  const column = columns[wrong];
  if (column === undefined) return undefined;
  return `column ${column.name} is declared ${column.type} and is ${String(found[wrong])}`;
}

/** The prepared statement of the same query, executed, against the query. */
async function preparedProblem(
  proof: ProofLake,
  query: NamedQuery,
  values: readonly string[],
  expected: Answer,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (values.length === 0) return undefined;
  const sql = `EXECUTE ${statementName(query.name)} USING ${values.join(', ')}`;
  for (const engine of QUERY_ENGINES) {
    const difference = differenceOf(await ask(proof, engine, { sql }, signal), expected);
    if (difference !== undefined) return `as a prepared statement on ${engine}: ${difference}`;
  }
  return undefined;
}
