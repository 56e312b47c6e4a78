/** What a fault of the speed path needs: its functions and its database to break, and what they made to look at. */
import pg from 'pg';
import { logIdOf, outputOf } from '../../cli/lake/connection.ts';
import { tableNames } from '../../core/names.ts';
import type { Quote } from '../../core/quote.ts';
import { DATABASE_USERS, SERVING_TABLES } from '../../core/serving.ts';
import { sourceHeaders } from '../../core/source-coordinates.ts';
import { TOPICS } from '../../core/topics.ts';
import type { Postgres } from '../../local/engines/postgres.ts';
import { until } from '../helpers/until.ts';
import { type Batch, nextOffset } from './batches.ts';
import { DEADLINE_MS, queryRows } from './evidence.ts';
import type { FaultStand } from './stand.ts';

/** A quote that the watchlist of every stage keeps. */
export const WATCHED: Partial<Quote> = { symbol: 'AAPL' };

export function filterQuotes(stand: FaultStand): string {
  return outputOf(stand.lake, 'pipeline', 'FilterQuotesFunctionName');
}

export function serveQuotes(stand: FaultStand): string {
  return outputOf(stand.lake, 'pipeline', 'ServeQuotesFunctionName');
}

export function derivedTopic(stand: FaultStand): string {
  return outputOf(stand.lake, 'stream', 'QuotesFilteredTopicName');
}

/** Kills every environment of a function, warm ones too: the next invocation starts cold. */
export function killFunction(stand: FaultStand, name: string): number {
  return stand.lake.functions.pool(name).killInstances();
}

export function databaseOf({ lake }: FaultStand): Postgres {
  if (lake.database === undefined) throw new Error('the lake has no database');
  return lake.database;
}

/** A batch of watched quotes as it will stand in the derived topic, provided that nobody else filters the partition. */
export async function derivedOf(stand: FaultStand, { partition, first, records }: Batch): Promise<Batch> {
  const source = { logId: logIdOf(stand.lake), topic: stand.topic, partition };
  return {
    partition,
    first: await nextOffset(stand, partition, derivedTopic(stand)),
    records: records.map((record, index) => ({
      ...record,
      headers: Object.fromEntries(
        Object.entries(sourceHeaders({ ...source, offset: first + index })).map(([name, text]) => [
          name,
          Buffer.from(text),
        ]),
      ),
    })),
  };
}

export async function derivedRecords(stand: FaultStand): Promise<number> {
  const ends = await stand.ends(derivedTopic(stand));
  return ends.reduce((sum, { endOffset }) => sum + endOffset, 0);
}

/** What the derived topic holds, as curated: a row for each of its records, and how many source records they repeat. */
export async function countDerived(
  stand: FaultStand,
): Promise<{ readonly rows: number; readonly identities: number }> {
  const { curated } = tableNames(TOPICS.quotesFiltered.name);
  const [row] = await queryRows(
    stand,
    `SELECT count(*), count(DISTINCT (source_log_id, source_partition, source_offset)) FROM ${curated}`,
  );
  return { rows: Number(row?.[0]), identities: Number(row?.[1]) };
}

/** Records of the derived topic beyond the first of each source record; all must be curated. */
export async function countCopies(stand: FaultStand): Promise<number> {
  const { rows, identities } = await countDerived(stand);
  return rows - identities;
}

/** Asks the database with all rights, past its front. */
export async function askDatabase(
  stand: FaultStand,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client(databaseOf(stand).superuser);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** How many of a batch's records are rows of the database. */
export async function countServed(stand: FaultStand, { partition, first, records }: Batch): Promise<number> {
  const sql = `SELECT count(*) AS rows FROM ${SERVING_TABLES.filtered}
    WHERE source_log_id = $1 AND source_partition = $2 AND source_offset BETWEEN $3 AND $4`;
  const [row] = await askDatabase(stand, sql, [
    logIdOf(stand.lake),
    partition,
    first,
    first + records.length - 1,
  ]);
  return Number(row?.['rows']);
}

/** Does the work while nobody can write to a table; that the database is killed meanwhile is no error. */
export async function whileLocked<T>(stand: FaultStand, table: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client(databaseOf(stand).superuser);
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(`LOCK TABLE ${pg.escapeIdentifier(table)} IN EXCLUSIVE MODE`);
    return await work();
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Waits until so many sessions stand before the lock on a table. */
export async function untilWaiting(stand: FaultStand, table: string, sessions = 1): Promise<void> {
  const sql = `SELECT count(*) AS waiting FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE usename = $1 AND relation = $2::regclass AND NOT granted`;
  await until(
    `${sessions} sessions of ${DATABASE_USERS.writer} to wait for ${table}`,
    async () => {
      const [row] = await askDatabase(stand, sql, [DATABASE_USERS.writer, table]);
      return Number(row?.['waiting']) >= sessions;
    },
    DEADLINE_MS,
  );
}
