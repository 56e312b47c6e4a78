/** Every table and view of the lake, read whole on both engines, and that days and logs are pruned. */
import { GetTablesCommand, type Table } from '@aws-sdk/client-glue';
import type { QueryEngine } from '../../cli/athena/formats.ts';
import { logIdOf, outputOf } from '../../cli/lake/connection.ts';
import { tableNames } from '../../core/names.ts';
import { TOPICS } from '../../core/topics.ts';
import { ask, differenceOf, sorted } from './answers.ts';
import { type Finding, finding } from './finding.ts';
import { openedBy } from './opened-objects.ts';
import type { ProofLake } from './proof-lake.ts';

/** What the filter keeps has been judged before. */
const ALWAYS_EMPTY = tableNames(TOPICS.quotesFiltered.name).quarantine;

/** Every column of every row; yields as each table is done. */
export async function* proveTables(proof: ProofLake, signal: AbortSignal): AsyncGenerator<Finding> {
  for (const table of await listTables(proof)) {
    const subject = `${table.TableType === 'VIRTUAL_VIEW' ? 'view' : 'table'} ${table.Name ?? ''}`;
    const sql = `SELECT ${columnsOf(table)} FROM ${table.Name ?? ''}${conditionOf(proof, table)}`;
    yield await finding(subject, signal, async () => {
      const trino = sorted(await ask(proof, 'trino', { sql }, signal));
      const duckdb = sorted(await ask(proof, 'duckdb', { sql }, signal));
      const detail = `${trino.rows.length} rows, ${trino.columns.length} columns`;
      const isEmpty = trino.rows.length === 0 && table.Name !== ALWAYS_EMPTY;
      const problem = isEmpty ? 'no row: nothing is proven' : differenceOf(trino, duckdb);
      return { detail, problem };
    });
  }
}

async function listTables({ lake, clients }: ProofLake): Promise<Table[]> {
  const { TableList: tables = [] } = await clients.glue.send(
    new GetTablesCommand({ DatabaseName: outputOf(lake, 'lake', 'DatabaseName') }),
  );
  return tables.sort((a, b) => ((a.Name ?? '') < (b.Name ?? '') ? -1 : 1));
}

/** An Iceberg table's times have six digits on Trino; the local engine shows three. */
function columnsOf(table: Table): string {
  const isIceberg = table.Parameters?.['table_type']?.toUpperCase() === 'ICEBERG';
  const columns = [...(table.StorageDescriptor?.Columns ?? []), ...(table.PartitionKeys ?? [])];
  return columns
    .map(({ Name = '', Type }) =>
      isIceberg && Type === 'timestamp' ? `CAST("${Name}" AS timestamp(3)) AS "${Name}"` : `"${Name}"`,
    )
    .join(', ');
}

/** A log's id is injected: Athena asks for it. */
function conditionOf({ lake }: ProofLake, { Parameters: parameters = {} }: Table): string {
  return parameters['projection.log_id.type'] === 'injected' ? ` WHERE log_id = '${logIdOf(lake)}'` : '';
}

/** A day below the cut, one above it. */
const DAYS = ['2026-10-15', '2026-11-20'];

/** That a condition on a partition key opens no object of another partition: by the objects that the engine asked for. */
export async function* provePruning(proof: ProofLake, signal: AbortSignal): AsyncGenerator<Finding> {
  const logId = logIdOf(proof.lake);
  for (const engine of ['trino', 'duckdb'] as const) {
    for (const { name } of Object.values(TOPICS))
      for (const day of DAYS)
        yield await pruned(
          proof,
          engine,
          { relation: `view ${name}`, condition: `dt = '${day}'`, key: `dt=${day}/` },
          `SELECT count(symbol) FROM ${name} WHERE dt = '${day}'`,
          signal,
        );
    const { raw, quarantine } = tableNames(TOPICS.quotes.name);
    for (const [table, column] of Object.entries({ [raw]: 'value', [quarantine]: 'kafka_timestamp' }))
      yield await pruned(
        proof,
        engine,
        { relation: `table ${table}`, condition: 'kafka_partition = 1', key: 'kafka_partition=0001/' },
        `SELECT count(${column}) FROM ${table} WHERE log_id = '${logId}' AND kafka_partition = 1`,
        signal,
      );
  }
}

interface PrunedBy {
  readonly relation: string;
  readonly condition: string;
  /** What the keys of all objects that are opened have in them. */
  readonly key: string;
}

async function pruned(
  proof: ProofLake,
  engine: QueryEngine,
  { relation, condition, key }: PrunedBy,
  sql: string,
  signal: AbortSignal,
): Promise<Finding> {
  return finding(`${engine} prunes ${relation} by ${condition}`, signal, async () => {
    const { result, opened } = await openedBy(proof, () => ask(proof, engine, { sql }, signal));
    const { rows } = result;
    const others = opened.filter((object) => !object.includes(key));
    const detail = `${rows[0]?.[0] ?? '0'} rows of ${opened.length} objects`;
    if (others[0] !== undefined) return { detail, problem: `${others[0]} was opened` };
    if (opened.length === 0 || rows[0]?.[0] === '0')
      return { detail, problem: `nothing was read: ${detail}` };
    return { detail, problem: undefined };
  });
}
