/** Reads which tables a database shows to its user. */
import { Client } from 'pg';
import type { Relation, RelationColumn } from './catalog-table.ts';
import type { JdbcPlace } from './jdbc-target.ts';

export interface DatabaseLogin extends JdbcPlace {
  readonly user: string;
  readonly password: string;
  /** Plaintext is refused, and the server's certificate verified: JDBC_ENFORCE_SSL. */
  readonly enforceTls: boolean;
  /** Authorities trusted beside Node's own, PEM. */
  readonly ca: string | undefined;
}

/** A crawl of a few tables that takes longer than this is stuck. */
const TIME_OUT_MS = 30_000;

/** What a user has no right to is not listed, so the crawler's grants in the database decide. */
const COLUMNS = `
  SELECT c.table_schema, c.table_name, t.table_type = 'VIEW' AS is_view, c.column_name, c.data_type, c.udt_name,
         c.numeric_precision, c.numeric_scale
  FROM information_schema.columns c
  JOIN information_schema.tables t USING (table_catalog, table_schema, table_name)
  WHERE c.table_schema NOT IN ('pg_catalog', 'information_schema')
  ORDER BY c.table_schema, c.table_name, c.ordinal_position`;

interface ColumnRow {
  readonly table_schema: string;
  readonly table_name: string;
  readonly is_view: boolean;
  readonly column_name: string;
  readonly data_type: string;
  readonly udt_name: string;
  readonly numeric_precision: number | null;
  readonly numeric_scale: number | null;
}

/** Every table and view with its columns in order. Rejects with what the server or the network says. */
export async function readRelations(
  { host, port, database, user, password, enforceTls, ca }: DatabaseLogin,
  signal: AbortSignal,
): Promise<readonly Relation[]> {
  signal.throwIfAborted();
  const client = new Client({
    host,
    port,
    database,
    user,
    password,
    application_name: 'glue-crawler',
    connectionTimeoutMillis: TIME_OUT_MS,
    query_timeout: TIME_OUT_MS,
    ssl: enforceTls ? { host, ...(ca === undefined ? {} : { ca }) } : false,
  });
  // The connection's end is told to whoever waits for an answer; nobody else has to hear of it.
  client.on('error', () => undefined);
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => {
    aborted.reject(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([query(client), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    // A server that says nothing is not waited for.
    client.end().catch(() => undefined);
  }
}

async function query(client: Client): Promise<readonly Relation[]> {
  await client.connect();
  const { rows } = await client.query<ColumnRow>(COLUMNS);
  return groupRelations(rows);
}

function groupRelations(rows: readonly ColumnRow[]): readonly Relation[] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row.table_schema, row.table_name]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const kind = first.is_view ? 'view' : 'table';
    return [{ schema: first.table_schema, name: first.table_name, kind, columns: group.map(column) }];
  });
}

function column(row: ColumnRow): RelationColumn {
  return {
    name: row.column_name,
    type: row.data_type,
    udt: row.udt_name,
    precision: row.numeric_precision,
    scale: row.numeric_scale,
  };
}
