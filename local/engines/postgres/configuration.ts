/** What PostgreSQL is told: its settings, from a parameter group and what a laptop needs, and who may come in how. */

/** RDS's own superuser, which nobody can log in as. */
export const ENGINE_SUPERUSER = 'rdsadmin';

/** Members log in by an IAM token: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html */
export const IAM_ROLE = 'rds_iam';

/** Smaller than PostgreSQL's own defaults; what a parameter group says goes first. */
const LAPTOP_DEFAULTS = {
  shared_buffers: '32MB',
  max_wal_size: '256MB',
  min_wal_size: '32MB',
  max_worker_processes: '4',
  max_parallel_workers: '2',
  log_timezone: 'UTC',
  timezone: 'UTC',
} as const satisfies Readonly<Record<string, string>>;

/** What no parameter group may say otherwise: clients come through the front alone. */
const FIXED = {
  listen_addresses: '',
  log_destination: 'stderr',
  logging_collector: 'off',
  ssl: 'off',
} as const satisfies Readonly<Record<string, string>>;

/** postgresql.conf; a parameter that PostgreSQL does not know keeps it from starting, and it says which. */
export function renderConfiguration(
  parameters: Readonly<Record<string, string>>,
  { socketFolder, hbaFile }: { readonly socketFolder: string; readonly hbaFile: string },
): string {
  const settings = {
    ...LAPTOP_DEFAULTS,
    ...parameters,
    ...FIXED,
    unix_socket_directories: socketFolder,
    hba_file: hbaFile,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${escape(value)}'\n`)
    .join('');
}

/**
 * pg_hba.conf. The socket is the runner's alone, and it asks the members of rds_iam for their tokens itself. The master user is
 * named before them: PostgreSQL makes whoever creates a role a member of it, so of rds_iam, too, once that role is one. All
 * others come by `md5`, as RDS has it (https://github.com/pgbouncer/pgbouncer/issues/981): by SCRAM, unless their password is kept
 * for MD5.
 */
export function renderHba(masterUser: string): string {
  return [
    `local all ${ENGINE_SUPERUSER} trust`,
    `local all "${masterUser}" scram-sha-256`,
    `local all +${IAM_ROLE} trust`,
    'local all all md5',
    '',
  ].join('\n');
}

const escape = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\n', '\\n');
