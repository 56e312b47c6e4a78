/** A real PostgreSQL as RDS would have it, and logins to it. */

import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DATABASE_USERS, SERVING_DATABASE } from '../../core/serving.ts';
import { type Postgres, startPostgres } from '../../local/engines/postgres.ts';
import { type Guard, startGuard } from '../../local/supervisor/index.ts';

const ADMIN_PASSWORD = 'a password of nobody else';

export interface PostgresStandOptions {
  /** Of the parameter group: `{ max_connections: '10' }`. @default none */
  readonly parameters?: Readonly<Record<string, string>>;
}

export class PostgresStand {
  readonly postgres: Postgres;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** PEM that verifies the server. */
  readonly caFile: string;
  readonly ca: string;
  /** What a member of rds_iam logs in with; another one is refused as IAM would refuse it. */
  readonly token = 'token of a test';
  readonly #folder: string;
  readonly #guard: Guard;

  private constructor(folder: string, guard: Guard, postgres: Postgres) {
    this.#folder = folder;
    this.#guard = guard;
    this.postgres = postgres;
    this.host = postgres.host;
    this.port = postgres.port;
    this.database = postgres.database;
    this.caFile = postgres.caFile;
    this.ca = readFileSync(postgres.caFile, 'utf8');
  }

  /** With an empty database, the master user and role rds_iam in it. */
  static async start({ parameters = {} }: PostgresStandOptions = {}): Promise<PostgresStand> {
    const folder = await mkdtemp(join(tmpdir(), 'tickerlake-postgres-'));
    await chmod(folder, 0o755);
    const guard = await startGuard();
    const holder: { token?: string } = {};
    try {
      const postgres = await startPostgres(guard, {
        ground: { dir: join(folder, 'postgres') },
        masterUser: DATABASE_USERS.admin,
        masterPassword: ADMIN_PASSWORD,
        database: SERVING_DATABASE,
        parameters,
        checkToken: (token) => (token === holder.token ? undefined : 'not the token of the test'),
      });
      const stand = new PostgresStand(folder, guard, postgres);
      holder.token = stand.token;
      return stand;
    } catch (error) {
      await guard.stopAll();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The master user: no superuser, may create roles and grant rds_iam. */
  get admin(): pg.ClientConfig & { readonly user: string; readonly password: string } {
    return this.login(DATABASE_USERS.admin, ADMIN_PASSWORD);
  }

  /** Config of a user that exists: with its password, or by token for a member of rds_iam. */
  login(
    user: string,
    password = this.token,
  ): pg.ClientConfig & { readonly user: string; readonly password: string } {
    const { host, port, database, ca } = this;
    return { host, port, database, user, password, ssl: { ca } };
  }

  /** Runs one statement, as the master user by default. */
  async query<R extends pg.QueryResultRow = pg.QueryResultRow>(
    sql: string,
    values: readonly unknown[] = [],
    as: pg.ClientConfig = this.admin,
  ): Promise<R[]> {
    return (await this.result<R>(sql, as, values)).rows;
  }

  /** Runs one statement; the columns of its result have their types. */
  async result<R extends pg.QueryResultRow = pg.QueryResultRow>(
    sql: string,
    as: pg.ClientConfig,
    values: readonly unknown[] = [],
  ): Promise<pg.QueryResult<R>> {
    const client = new pg.Client(as);
    await client.connect();
    try {
      return await client.query<R>(sql, [...values]);
    } finally {
      await client.end();
    }
  }

  /** Another empty database on the same server, so that tests of one file do not meet; owned by the master user. */
  async createDatabase(name: string): Promise<void> {
    await this.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  }

  /** SIGKILL, unless said otherwise; sessions are lost, what was committed is not. */
  async restart(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    await this.postgres.restart({ signal });
  }

  async stop(): Promise<void> {
    await this.postgres.stop();
    await this.#guard.stopAll();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
