/** Counts the rows that a contender wrote, from its Parquet files, by an engine that wrote none of them. */
import { DuckDBInstance } from '@duckdb/node-api';
import { TickerlakeError } from '../../core/errors.ts';
import type { FilledTopic } from './field.ts';

export interface Written {
  readonly files: number;
  readonly bytes: number;
}

/** @throws TickerlakeError ENGINE_FAILED unless every record of the topic is there once, as its volumes add up */
export async function countBack(
  title: string,
  { records, volume }: Pick<FilledTopic, 'records' | 'volume'>,
  { files, volumeColumn }: { readonly files: string; readonly volumeColumn: string },
): Promise<Written> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  try {
    const ask = async (sql: string): Promise<number[]> => {
      const [row = []] = (await connection.runAndReadAll(sql)).getRows();
      return row.map(Number);
    };
    const glob = `'${files.replaceAll("'", "''")}'`;
    const [rows, sum] = await ask(
      `SELECT count(*), sum("${volumeColumn}") FROM read_parquet(${glob}, hive_partitioning = false)`,
    );
    if (rows !== records || sum !== volume) {
      throw new TickerlakeError(
        'ENGINE_FAILED',
        `${title} wrote ${String(rows)} rows whose volumes add up to ${String(sum)}; the topic has ${records} and ${volume}`,
        { hint: 'run it again with --only and --keep, and look at what it wrote' },
      );
    }
    const [count = 0, bytes = 0] = await ask(`SELECT count(*), sum(size) FROM read_blob(${glob})`);
    return { files: count, bytes };
  } catch (error) {
    if (error instanceof TickerlakeError) throw error;
    throw new TickerlakeError('ENGINE_FAILED', `what ${title} wrote cannot be read`, {
      cause: error,
      hint: 'run it again with --only and --keep, and look at what it wrote',
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
