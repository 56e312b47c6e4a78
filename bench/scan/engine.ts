/** The runner's Athena engine, cut down to what reads files: DuckDB, SQL translated from Athena's, objects over HTTP, nothing kept from query to query. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { TickerlakeError } from '../../core/errors.ts';
import { CURATED_COLUMNS, DT_COLUMN } from '../../core/quote.ts';
import { parseHiveType } from '../../local/athena/hive-types.ts';
import { literal } from '../../local/athena/sql-text.ts';
import type { Translator } from '../../local/athena/translator.ts';

const THREADS = '2';
const MEMORY = '4GB';
/** Where the view of that name would be. */
const DATABASE = 'lake';

export interface Answer {
  readonly seconds: number;
  /** As text, numbers to nine digits: sums of the same numbers in another order differ in the last ones. */
  readonly rows: readonly string[];
}

/** DuckDB's SQL for a query, with `relation` in the place of table quotes. */
export async function translate(translator: Translator, sql: string): Promise<(relation: string) => string> {
  const columns = [...CURATED_COLUMNS, DT_COLUMN].map(({ name, glueType }) => ({
    name,
    type: parseHiveType(glueType).trino,
  }));
  const translation = await translator.translate(sql, {
    database: DATABASE,
    tables: { [`${DATABASE}.quotes`]: { kind: 'table', columns, partitionKeys: [DT_COLUMN.name] } },
  });
  if ('missing' in translation)
    throw new TickerlakeError('USAGE', `the query names ${translation.missing.join(', ')}`, {
      hint: 'a query of the bench reads table quotes alone',
    });
  return (relation) => translation.sql.map((part) => (typeof part === 'string' ? part : relation)).join('');
}

/** Runs it in a DuckDB of its own: no byte of an earlier run is left. */
export async function runCold(sql: string, extensions: string): Promise<Answer> {
  const duckdb = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    memory_limit: MEMORY,
    threads: THREADS,
  });
  const connection = await duckdb.connect();
  try {
    await connection.run(`LOAD ${literal(join(extensions, 'httpfs.duckdb_extension'))}`);
    await connection.run("SET GLOBAL TimeZone = 'UTC'; SET GLOBAL integer_division = true");
    await connection.run('SET GLOBAL enable_external_file_cache = false');
    await connection.run(readFileSync(FUNCTIONS, 'utf8'));
    const started = performance.now();
    const reader = await connection.runAndReadAll(sql);
    const seconds = (performance.now() - started) / 1000;
    return { seconds, rows: reader.getRowsJson().map((row) => row.map(text).join('|')) };
  } finally {
    connection.closeSync();
    duckdb.closeSync();
  }
}

const FUNCTIONS = join(import.meta.dirname, '../../local/athena/functions.sql');

function text(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(9))) : JSON.stringify(value);
}
