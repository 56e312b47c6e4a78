/** Waits for the database, logs in, migrates it and sets the passwords that are not RDS's to keep. */
import { randomBytes } from 'node:crypto';
import type { DatabaseConnection } from '../../adapters/database.ts';
import { isLoginRefused } from '../../adapters/database-errors.ts';
import type { StoredLogin } from '../../adapters/database-login.ts';
import { TickerlakeError } from '../../core/errors.ts';
import type { Migration, MigrationPlan } from '../../core/migrations.ts';
import { DATABASE_USERS } from '../../core/serving.ts';
import { applyMigrations, type MigrateOptions } from './apply-migrations.ts';
import { md5Verifier, SALT_BYTES, scramVerifier } from './password-verifiers.ts';

export interface MigratePorts {
  /** Reads the secret each time: RDS rotates the password. */
  readonly adminLogin: () => Promise<StoredLogin>;
  /** An IAM token instead of a password. */
  readonly tokenFor: (user: string) => Promise<string>;
  readonly crawlerLogin: () => Promise<StoredLogin>;
  /** @default - dashboards cannot log in: their user is given no password */
  readonly dashboardLogin?: () => Promise<StoredLogin>;
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
  { adminLogin, tokenFor, crawlerLogin, dashboardLogin, connect }: MigratePorts,
  migrations: readonly Migration[],
  { usesToken, ...options }: MigrateOptions & { readonly usesToken: boolean },
): Promise<MigrationPlan> {
  const { user, password } = await adminLogin();
  const connection = await connect({ user, password: usesToken ? await tokenFor(user) : password });
  try {
    const plan = await applyMigrations(connection, migrations, options);
    await setPassword(connection, 'crawler', await crawlerLogin());
    if (dashboardLogin !== undefined) await setPassword(connection, 'dashboard', await dashboardLogin());
    return plan;
  } finally {
    await connection.close().catch(() => undefined);
  }
}

/** Users whose password is kept in a secret of the stack. */
type PasswordUser = 'crawler' | 'dashboard';

/** What the database keeps of a user's password, by what its client understands. */
const VERIFIERS: Readonly<Record<PasswordUser, (login: StoredLogin) => string>> = {
  crawler: ({ password }) => scramVerifier(password, randomBytes(SALT_BYTES)),
  dashboard: md5Verifier,
};

/** Set each time: it may have been generated anew. */
async function setPassword(
  connection: DatabaseConnection,
  of: PasswordUser,
  login: StoredLogin,
): Promise<void> {
  const name = DATABASE_USERS[of];
  if (login.user !== name) {
    throw new TickerlakeError(
      'SECRET_UNAVAILABLE',
      `the ${of}'s secret is that of user ${JSON.stringify(login.user)}, not of ${name}`,
      { hint: `store {"username": "${name}", "password": "…"} in it` },
    );
  }
  await connection.query(`ALTER ROLE ${name} PASSWORD '${VERIFIERS[of](login)}'`);
}
