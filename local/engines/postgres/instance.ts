/** What RDS does in a new instance: its roles, the master user and the first database. */
import pg from 'pg';
import { IAM_ROLE } from './configuration.ts';

export interface DatabaseInstance {
  readonly masterUser: string;
  readonly masterPassword: string;
  /** Name of the first database. */
  readonly database: string;
}

/**
 * Brings them about, or up to date; may be repeated.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.rds_superuser.html
 */
export async function createInstance(
  superuser: pg.ClientConfig,
  { masterUser, masterPassword, database }: DatabaseInstance,
): Promise<void> {
  const client = new pg.Client(superuser);
  await client.connect();
  try {
    const has = async (sql: string, name: string): Promise<boolean> =>
      (await client.query(sql, [name])).rowCount !== 0;
    const hasRole = (name: string): Promise<boolean> =>
      has('SELECT 1 FROM pg_roles WHERE rolname = $1', name);
    if (!(await hasRole('rds_superuser'))) await client.query(ROLES);
    const master = client.escapeIdentifier(masterUser);
    if (!(await hasRole(masterUser))) {
      await client.query(`CREATE ROLE ${master} LOGIN CREATEDB CREATEROLE VALID UNTIL 'infinity'`);
      await client.query(`GRANT rds_superuser TO ${master}`);
    }
    // A log of statements must not show it.
    await client.query(`SET log_statement = none; SET log_min_duration_statement = -1`);
    await client.query(`ALTER ROLE ${master} PASSWORD ${client.escapeLiteral(masterPassword)}`);
    if (!(await has('SELECT 1 FROM pg_database WHERE datname = $1', database)))
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)} OWNER ${master}`);
  } finally {
    await client.end();
  }
}

/** The master user may give rds_iam away, and is not given it itself. */
const ROLES = `
  CREATE ROLE ${IAM_ROLE};
  CREATE ROLE rds_replication;
  CREATE ROLE rds_password;
  CREATE ROLE rds_superuser;
  GRANT ${IAM_ROLE}, rds_replication, rds_password TO rds_superuser WITH ADMIN OPTION, INHERIT FALSE, SET FALSE;
  GRANT pg_monitor, pg_signal_backend, pg_checkpoint, pg_maintain, pg_read_all_data, pg_write_all_data,
        pg_use_reserved_connections, pg_create_subscription TO rds_superuser WITH ADMIN OPTION;
`;
