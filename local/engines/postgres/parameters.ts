/** Parameters of an RDS parameter group, as the local PostgreSQL takes them. Pure. */

/** Interpreted here, or without a meaning where there is one instance and nobody else's machine. */
const OF_RDS = new Set([
  'rds.force_ssl',
  'rds.accepted_password_auth_method',
  'rds.allowed_extensions',
  'rds.force_admin_logging_level',
  'rds.force_autovacuum_logging_level',
  'rds.log_retention_period',
  'rds.logical_replication',
  'rds.rds_superuser_reserved_connections',
  'rds.restrict_password_commands',
]);

export interface InterpretedParameters {
  /** PostgreSQL's own, by name. */
  readonly settings: Readonly<Record<string, string>>;
  /** On unless said otherwise, as in RDS's default groups of PostgreSQL 15 and later. */
  readonly forceTls: boolean;
  /** Names of those that follow from the instance's class on AWS, and so are left as they are. */
  readonly ofInstanceClass: readonly string[];
  /** Names of RDS's own that nobody knows. */
  readonly unknown: readonly string[];
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html */
export function interpretParameters(parameters: Readonly<Record<string, string>>): InterpretedParameters {
  const all = Object.entries(parameters);
  const own = all.filter(([name]) => !name.startsWith('rds.'));
  const settings = own
    .filter(([, value]) => !isFormula(value))
    .map(([name, value]) => [name, value] as const);
  return {
    settings: {
      ...Object.fromEntries(settings),
      ...(isOn(parameters['rds.logical_replication'] ?? '0') ? { wal_level: 'logical' } : {}),
    },
    forceTls: isOn(parameters['rds.force_ssl'] ?? '1'),
    ofInstanceClass: own.filter(([, value]) => isFormula(value)).map(([name]) => name),
    unknown: all.map(([name]) => name).filter((name) => name.startsWith('rds.') && !OF_RDS.has(name)),
  };
}

const isOn = (value: string): boolean => ['1', 'on', 'true'].includes(value.toLowerCase());

/** `{DBInstanceClassMemory/9531392}`, `LEAST({DBInstanceClassMemory/9531392},5000)` */
const isFormula = (value: string): boolean => /\{(?:DBInstance|AllocatedStorage)\w*/.test(value);
