import { EntityNotFoundException, GetTableCommand } from '@aws-sdk/client-glue';
import { LISTING_TABLES } from '../../core/names.ts';
import { readResult, runQuery } from '../athena/run-query.ts';
import type { LakeClients } from '../lake/clients.ts';
import { type LakeConnection, outputOf } from '../lake/connection.ts';

/** What table nasdaq_listed holds. */
export interface LoadedListing {
  readonly rows: number;
  /** Newest date that the loaded file gives itself. */
  readonly fileDate: string | null;
  readonly columns: readonly string[];
  /** The first few by symbol. */
  readonly sample: readonly (readonly (string | null)[])[];
}

const SAMPLE_ROWS = 5;

/** @returns undefined until the first listing is loaded */
export async function readLoadedListing(
  lake: LakeConnection,
  { athena, glue }: Pick<LakeClients, 'athena' | 'glue'>,
  signal: AbortSignal,
): Promise<LoadedListing | undefined> {
  const database = outputOf(lake, 'lake', 'DatabaseName');
  const table = LISTING_TABLES.dimension;
  try {
    await glue.send(new GetTableCommand({ DatabaseName: database, Name: table }));
  } catch (error) {
    if (error instanceof EntityNotFoundException) return undefined;
    throw error;
  }
  const query = async (
    sql: string,
  ): Promise<{ readonly columns: string[]; readonly rows: (readonly (string | null)[])[] }> => {
    const workgroup = outputOf(lake, 'query', 'AnalystsWorkGroupName');
    const { id } = await runQuery(athena, { sql, workgroup, database, signal });
    const result = { columns: [] as string[], rows: [] as (readonly (string | null)[])[] };
    for await (const page of readResult(athena, id)) {
      result.columns = page.columns.map(({ name }) => name);
      result.rows.push(...page.rows);
    }
    return result;
  };
  const totals = await query(`SELECT count(*), CAST(max(file_date) AS varchar) FROM ${table}`);
  const { columns, rows } = await query(`SELECT * FROM ${table} ORDER BY symbol LIMIT ${SAMPLE_ROWS}`);
  const [count = '0', fileDate = null] = totals.rows[0] ?? [];
  return { rows: Number(count), fileDate, columns, sample: rows };
}
