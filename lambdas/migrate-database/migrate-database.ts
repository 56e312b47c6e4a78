/** Waits for the database, logs in, migrates it and sets the one password that is not RDS's to keep. */
import { randomBytes } from 'node:crypto';
import type { DatabaseConnection } from '../../adapters/database.ts';
import { isLoginRefused } from '../../adapters/database-errors.ts';
import type { StoredLogin } from '../../adapters/database-login.ts';
import { TickerlakeError } from '../../core/errors.ts';
import type { Migration, MigrationPlan } from '../../core/migrations.ts';
import { DATABASE_USERS } from '../../core/serving.ts';
import { applyMigrations, type MigrateOptions } from './apply-migrations.ts';
import { SALT_BYTES, scramVerifier } from './scram-verifier.ts';

export interface MigratePorts {
  /** Reads the secret each time: RDS rotates the password. */
  readonly adminLogin: () => Promise<StoredLogin>;
  readonly crawlerLogin: () => Promise<StoredLogin>;
  readonly connect: (login: StoredLogin) => Promise<DatabaseConnection>;
  /** Told why it has to wait. */
  readonly onWait: (error: unknown) => void;
}

const TRY_AGAIN_MS = 1_000;

/**
 * Tries until the time is up: a database that starts or fails over is no reason to fail a deployment, and to begin again
 * does no harm.
 * @throws TickerlakeError MIGRATION_INVALID, DATABASE_REFUSED, SECRET_UNAVAILABLE, or DATABASE_UNAVAILABLE when time is up
 */
export async function migrateDatabase(
  ports: MigratePorts,
  migrations: readonly Migration[],
  options: MigrateOptions,
): Promise<MigrationPlan> {
  let isLoginReadAgain = false;
  for (;;) {
    try {
      return await tryToMigrate(ports, migrations, options);
    } catch (error) {
      // Rotated between reading the secret and logging in.
      const isRotated: boolean = isLoginRefused(error) && !isLoginReadAgain;
      const canRetry = error instanceof TickerlakeError && error.code === 'DATABASE_UNAVAILABLE';
      if (!(isRotated || canRetry) || options.remainingMs() <= TRY_AGAIN_MS) throw error;
      isLoginReadAgain ||= isRotated;
      ports.onWait(error);
      await options.wait(TRY_AGAIN_MS);
    }
  }
}

async function tryToMigrate(
  { adminLogin, crawlerLogin, connect }: MigratePorts,
  migrations: readonly Migration[],
  options: MigrateOptions,
): Promise<MigrationPlan> {
  const connection = await connect(await adminLogin());
  try {
    const plan = await applyMigrations(connection, migrations, options);
    await setPassword(connection, await crawlerLogin());
    return plan;
  } finally {
    await connection.close().catch(() => undefined);
  }
}

/** Set each time: it may have been generated anew. */
async function setPassword(connection: DatabaseConnection, { user, password }: StoredLogin): Promise<void> {
  if (user !== DATABASE_USERS.crawler) {
    throw new TickerlakeError(
      'SECRET_UNAVAILABLE',
      `the crawler's secret is that of user ${JSON.stringify(user)}, not of ${DATABASE_USERS.crawler}`,
      { hint: `store {"username": "${DATABASE_USERS.crawler}", "password": "…"} in it` },
    );
  }
  const verifier = scramVerifier(password, randomBytes(SALT_BYTES));
  await connection.query(`ALTER ROLE ${DATABASE_USERS.crawler} PASSWORD '${verifier}'`);
}
