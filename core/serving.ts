/** The serving database as stacks create it, migrations fill it, and functions and people log in to it. */

/** Name of the PostgreSQL database. */
export const SERVING_DATABASE = 'tickerlake';

/** Users of the database. All but `admin`, `crawler` and `dashboard` log in with an IAM token (they have role rds_iam). */
export const DATABASE_USERS = {
  /** RDS's master user, its password managed by RDS; runs migrations. */
  admin: 'tickerlake_admin',
  /** serve-quotes: writes, and changes no schema. */
  writer: 'quotes_writer',
  /** People and tools: reads. */
  reader: 'quotes_reader',
  /** Glue's crawler: reads, with a password, since a JDBC connection knows no token. */
  crawler: 'glue_crawler',
  /** QuickSight: reads, with a password, since it knows no token either; without a dashboard it has none, and cannot log in. */
  dashboard: 'quicksight_reader',
} as const;

export type DatabaseUser = keyof typeof DATABASE_USERS;

export const SERVING_TABLES = {
  filtered: 'quotes_filtered',
  latest: 'latest_quotes',
  offsets: 'stream_offsets',
  migrations: 'schema_migrations',
} as const;
