/** PostgreSQL on RDS: TLS that is checked, a login for each connection, and transactions that end or leave nothing. */
import type { ConnectionOptions } from 'node:tls';
import { Client, type ClientConfig, Pool, type PoolClient } from 'pg';
import { TickerlakeError } from '../core/errors.ts';
import { type DescribeOptions, isSessionAlive, toDatabaseError } from './database-errors.ts';

export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

/** A password for each connection that is opened. */
export type PasswordSource = () => Promise<string>;

export interface DatabaseOptions extends DatabaseAddress {
  readonly user: string;
  readonly password: PasswordSource;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /**
   * False for none at all.
   * @default - the server's certificate has to name its host, and be issued by an authority that Node trusts
   */
  readonly tls?: ConnectionOptions | false;
}

/** Statements on one connection. */
export interface DatabaseSession {
  /** @throws TickerlakeError DATABASE_UNAVAILABLE, DATABASE_REFUSED */
  query(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[]; readonly rowCount: number }>;
}

export interface Database {
  /**
   * Does the work in one transaction: all of it is there when it returns. If it throws none is, unless the connection
   * broke during COMMIT: then nobody knows.
   * @param remainingMs of the caller's time; no statement is waited for longer
   * @throws TickerlakeError DATABASE_UNAVAILABLE, DATABASE_REFUSED, or what the work threw
   */
  transaction<T>(work: (session: DatabaseSession) => Promise<T>, remainingMs: () => number): Promise<T>;
  close(): Promise<void>;
}

/** A connection of its own. Its statements come from us: what PostgreSQL says of them may be shown. */
export interface DatabaseConnection extends DatabaseSession {
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Longer than the statement_timeout of those who have one, so that the server's own word comes first. */
const QUERY_TIMEOUT_MS = 20_000;
/** What the first word on a connection that was kept may take: a frozen environment may wake to a dead one. */
const WAKE_TIMEOUT_MS = 2_000;
const KEEP_ALIVE_AFTER_MS = 10_000;
/** Below RDS Proxy's 30 minutes, and below the 350 s after which NAT forgets a connection. */
const IDLE_TIMEOUT_MS = 120_000;

/**
 * A pool whose connections live as long as the process.
 * @param connections at most so many at once
 */
export function createDatabase(options: DatabaseOptions, connections = 1): Database {
  const pool = new Pool({
    ...driverOptions(options),
    max: connections,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    allowExitOnIdle: true,
  });
  // A connection that breaks is found when it is next used; without a listener its error would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const used = new WeakSet<PoolClient>();

  /** Begins on a connection that lives: one that died since it was last used is put away. */
  const begin = async (remainingMs: () => number): Promise<PoolClient> => {
    for (;;) {
      const client = await pool.connect();
      const wasUsed = used.has(client);
      used.add(client);
      try {
        await client.query(
          timed('BEGIN', [], Math.min(wasUsed ? WAKE_TIMEOUT_MS : QUERY_TIMEOUT_MS, remainingMs())),
        );
        return client;
      } catch (error) {
        client.release(true);
        if (!wasUsed) throw error;
      }
    }
  };

  return {
    async transaction(work, remainingMs) {
      let client: PoolClient | undefined;
      try {
        client = await begin(remainingMs);
        const session = sessionOf(client, { isMessageShown: false }, remainingMs);
        const result = await work(session);
        const { command } = await client.query(timed('COMMIT', [], queryTimeout(remainingMs)));
        // What PostgreSQL answers to COMMIT after a failure that was passed over.
        if (command !== 'COMMIT') throw new Error('the transaction was rolled back');
        client.release();
        return result;
      } catch (error) {
        if (client !== undefined) await giveUp(client, error);
        throw toDatabaseError(error, { isMessageShown: false });
      }
    },
    close: () => pool.end(),
  };
}

/** @throws TickerlakeError DATABASE_UNAVAILABLE, DATABASE_REFUSED */
export async function connectDatabase(options: DatabaseOptions): Promise<DatabaseConnection> {
  const client = new Client(driverOptions(options));
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw toDatabaseError(error, { isMessageShown: true });
  }
  return {
    ...sessionOf(client, { isMessageShown: true }),
    close: () => client.end(),
  };
}

function driverOptions({ tls, applicationName, ...options }: DatabaseOptions): ClientConfig {
  return {
    ...options,
    application_name: applicationName,
    ssl: tls ?? { rejectUnauthorized: true },
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
  };
}

/** @param remainingMs @default - statements take as long as the server lets them */
function sessionOf(
  client: Pick<Client, 'query'>,
  describe: DescribeOptions,
  remainingMs?: () => number,
): DatabaseSession {
  return {
    async query(text, values = []) {
      try {
        const timeoutMs = remainingMs === undefined ? undefined : queryTimeout(remainingMs);
        const { rows, rowCount } = await client.query<Record<string, unknown>>(
          timed(text, values, timeoutMs),
        );
        return { rows, rowCount: rowCount ?? 0 };
      } catch (error) {
        throw toDatabaseError(error, describe);
      }
    },
  };
}

function queryTimeout(remainingMs: () => number): number {
  return Math.min(QUERY_TIMEOUT_MS, remainingMs());
}

/** Without values it may be several statements. */
function timed(
  text: string,
  values: readonly unknown[],
  timeoutMs: number | undefined,
): { text: string; values?: unknown[]; query_timeout?: number } {
  if (timeoutMs !== undefined && timeoutMs <= 0) {
    throw new TickerlakeError('DATABASE_UNAVAILABLE', 'no time is left for the database');
  }
  return {
    text,
    ...(values.length > 0 && { values: [...values] }),
    ...(timeoutMs !== undefined && { query_timeout: timeoutMs }),
  };
}

/** Ends a transaction that failed: the connection is kept if it still answers. */
async function giveUp(client: PoolClient, error: unknown): Promise<void> {
  const isAlive =
    isSessionAlive(error) &&
    (await client.query(timed('ROLLBACK', [], WAKE_TIMEOUT_MS)).then(
      () => true,
      () => false,
    ));
  client.release(!isAlive);
}
