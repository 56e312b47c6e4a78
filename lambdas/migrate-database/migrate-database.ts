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
  /** An IAM token instead of a password. */
  readonly tokenFor: (user: string) => Promise<string>;
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
  let refusals = 0;
  for (;;) {
    try {
      return await tryToMigrate(ports, migrations, { ...options, usesToken: refusals > PASSWORD_REFUSALS });
    } catch (error) {
      const isRefused = isLoginRefused(error) && refusals <= PASSWORD_REFUSALS;
      const canRetry = error instanceof TickerlakeError && error.code === 'DATABASE_UNAVAILABLE';
      if (!(isRefused || canRetry) || options.remainingMs() <= TRY_AGAIN_MS) throw error;
      if (isRefused) refusals += 1;
      ports.onWait(error);
      await options.wait(TRY_AGAIN_MS);
    }
  }
}

/**
 * A password may be rotated between reading the secret and logging in, so it is read once more. If that is refused too, the
 * admin may have become a member of rds_iam, by way of a user whom the admin made: RDS then asks for a token instead.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html
 */
const PASSWORD_REFUSALS = 1;

async function tryToMigrate(
  { adminLogin, tokenFor, crawlerLogin, connect }: MigratePorts,
  migrations: readonly Migration[],
  { usesToken, ...options }: MigrateOptions & { readonly usesToken: boolean },
): Promise<MigrationPlan> {
  const { user, password } = await adminLogin();
  const connection = await connect({ user, password: usesToken ? await tokenFor(user) : password });
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
