/**
 * Brings a database to the migrations that there are: the missing ones in order, each in a transaction of its own with the
 * row that remembers it. Two at once do not mix: one waits for the other.
 */
import type { DatabaseSession } from '../../adapters/database.ts';
import { TickerlakeError } from '../../core/errors.ts';
import {
  type AppliedMigration,
  type Migration,
  type MigrationPlan,
  planMigrations,
} from '../../core/migrations.ts';

export interface MigrateOptions {
  /** Of the function's time. */
  readonly remainingMs: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

/** Any number that nobody else locks in this database: "ticker" in ASCII. */
const LOCK_KEY = '127995988370802';
const LOCK_AGAIN_MS = 250;
/**
 * How long a migration may wait for a table that is in use. Longer would be worse than failing: whoever comes after it waits
 * behind it.
 */
const LOCK_TIMEOUT_MS = 5_000;

const REMEMBER_TABLE = `
CREATE TABLE IF NOT EXISTS schema_migrations (
  version    integer PRIMARY KEY,
  name       text NOT NULL,
  checksum   text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)`;

/**
 * @returns what was missing, and what a newer release had applied
 * @throws TickerlakeError MIGRATION_INVALID, before anything is changed; DATABASE_UNAVAILABLE or DATABASE_REFUSED with the
 * file's name: that migration has left nothing behind, those before it are done
 */
export async function applyMigrations(
  session: DatabaseSession,
  migrations: readonly Migration[],
  options: MigrateOptions,
): Promise<MigrationPlan> {
  await lock(session, options);
  try {
    const isNew = !(await hasTable(session));
    const plan = planMigrations(migrations, isNew ? [] : await readApplied(session));
    if (isNew) await session.query(REMEMBER_TABLE);
    for (const migration of plan.pending) await apply(session, migration, options);
    return plan;
  } finally {
    // A connection that broke has let go of it already.
    await session.query(`SELECT pg_advisory_unlock(${LOCK_KEY})`).catch(() => undefined);
  }
}

/** By asking again and again: waiting inside the database could outlast this function. */
async function lock(session: DatabaseSession, { remainingMs, wait }: MigrateOptions): Promise<void> {
  for (;;) {
    const { rows } = await session.query(`SELECT pg_try_advisory_lock(${LOCK_KEY}) AS held`);
    if (rows[0]?.['held'] === true) return;
    if (remainingMs() <= 0) {
      throw new TickerlakeError('DATABASE_UNAVAILABLE', 'somebody else is migrating the database', {
        hint: 'deploy again when they are done',
      });
    }
    await wait(LOCK_AGAIN_MS);
  }
}

async function hasTable(session: DatabaseSession): Promise<boolean> {
  const { rows } = await session.query("SELECT to_regclass('schema_migrations') IS NOT NULL AS found");
  return rows[0]?.['found'] === true;
}

async function readApplied(session: DatabaseSession): Promise<readonly AppliedMigration[]> {
  const { rows } = await session.query(
    'SELECT version, name, checksum FROM schema_migrations ORDER BY version',
  );
  return rows.map(({ version, name, checksum }) => ({
    version: Number(version),
    name: String(name),
    checksum: String(checksum),
  }));
}

async function apply(
  session: DatabaseSession,
  { version, name, checksum, sql }: Migration,
  { remainingMs }: MigrateOptions,
): Promise<void> {
  const statementTimeoutMs = Math.max(1, Math.round(remainingMs()));
  try {
    await session.query('BEGIN');
    await session.query(
      `SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; SET LOCAL statement_timeout = ${statementTimeoutMs}`,
    );
    await session.query(sql);
    await session.query('INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)', [
      version,
      name,
      checksum,
    ]);
    await session.query('COMMIT');
  } catch (error) {
    await session.query('ROLLBACK').catch(() => undefined);
    throw inMigration(name, sql, error);
  }
}

/** Says where: PostgreSQL counts characters of the text that it was given, from 1. */
function inMigration(name: string, sql: string, error: unknown): unknown {
  if (!(error instanceof TickerlakeError)) return error;
  const { position } = error.coordinates;
  const line = position === undefined ? '' : `, line ${sql.slice(0, Number(position)).split('\n').length}`;
  return new TickerlakeError(error.code, `migration ${name}${line}: ${error.message}`, {
    cause: error,
    coordinates: { ...error.coordinates, migration: name },
    hint: 'nothing of it is in the database: mend the file and deploy again',
  });
}
