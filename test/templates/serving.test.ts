import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import { PROJECT_ROOT } from '../../lib/project-root.ts';
import { readable } from '../helpers/readable.ts';
import { onlyOne, synthesize } from './synthesize.ts';

const dev = synthesize('dev').stacks.serving;
const prod = synthesize('prod').stacks.serving;
const STAGES = [
  ['dev', dev],
  ['prod', prod],
] as const;

type Template = typeof dev;
interface Resource {
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

const instances = (template: Template): Resource[] =>
  Object.values(template.findResources('AWS::RDS::DBInstance')) as unknown as Resource[];

/** The instance that is written to. */
function primary(template: Template): Resource {
  const [found, ...more] = instances(template).filter(({ Properties }) => 'DBName' in Properties);
  if (found === undefined || more.length > 0) throw new Error('there is not one instance to write to');
  return found;
}

const statements = (template: Template, role: string): Record<string, unknown>[] =>
  Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith(role))
    .flatMap(([, { Properties }]) => {
      const { PolicyDocument } = Properties as { PolicyDocument: { Statement: Record<string, unknown>[] } };
      return PolicyDocument.Statement;
    });

describe.each(STAGES)('the database of %s', (stage, template) => {
  const { Properties: instance, DeletionPolicy, UpdateReplacePolicy } = primary(template);

  test('is PostgreSQL of a pinned minor version, which RDS does not raise by itself', () => {
    expect(instance).toMatchObject({
      Engine: 'postgres',
      EngineVersion: '17.9',
      AutoMinorVersionUpgrade: false,
      DBName: 'tickerlake',
      DBInstanceIdentifier: `tickerlake-${stage}-serving`,
    });
  });

  test('can be reached from its VPC alone, in isolated subnets', () => {
    expect(instances(template).map(({ Properties }) => Properties['PubliclyAccessible'])).not.toContain(true);
    for (const { Properties } of Object.values(template.findResources('AWS::RDS::DBSubnetGroup'))) {
      const { SubnetIds } = Properties as { SubnetIds: unknown[] };
      expect(SubnetIds.map(readable).filter((id) => !id.includes('IsolatedSubnet'))).toEqual([]);
    }
    for (const { Properties } of instances(template))
      expect(readable(Properties['VPCSecurityGroups'])).toMatch(/^\$\{NetworkDatabase\w+\}$/);
  });

  test('lets in by IAM tokens and over TLS alone', () => {
    for (const { Properties } of instances(template))
      expect(Properties).toMatchObject({
        EnableIAMDatabaseAuthentication: true,
        CACertificateIdentifier: 'rds-ca-rsa2048-g1',
      });
    expect(onlyOne(template, 'AWS::RDS::DBParameterGroup')).toMatchObject({
      Family: 'postgres17',
      Parameters: { 'rds.force_ssl': '1', idle_in_transaction_session_timeout: '60000' },
    });
    const group = Object.keys(template.findResources('AWS::RDS::DBParameterGroup'))[0];
    for (const { Properties } of instances(template))
      expect(Properties['DBParameterGroupName']).toEqual({ Ref: group });
  });

  test('is encrypted by a rotating key of its own, insights included', () => {
    template.hasResource('AWS::KMS::Key', {
      Properties: { EnableKeyRotation: true },
      DeletionPolicy: 'RetainExceptOnCreate',
    });
    const [key] = Object.keys(template.findResources('AWS::KMS::Key'));
    const arn = { 'Fn::GetAtt': [key, 'Arn'] };
    expect(instance).toMatchObject({
      StorageEncrypted: true,
      KmsKeyId: arn,
      PerformanceInsightsKMSKeyId: arn,
      StorageType: 'gp3',
    });
  });

  test('is backed up, with a window apart from that of maintenance, and keeps its backups when it goes', () => {
    expect(instance).toMatchObject({
      BackupRetentionPeriod: stage === 'prod' ? 14 : 1,
      PreferredBackupWindow: '06:00-06:30',
      PreferredMaintenanceWindow: 'sun:07:00-sun:07:30',
      CopyTagsToSnapshot: true,
      DeleteAutomatedBackups: false,
    });
  });

  test('cannot be deleted by mistake, and leaves a snapshot when it is', () => {
    expect(instance['DeletionProtection']).toBe(true);
    expect({ DeletionPolicy, UpdateReplacePolicy }).toEqual({
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
    });
  });

  test('has its disk grow, and tells when it cannot', () => {
    expect(Number(instance['MaxAllocatedStorage'])).toBeGreaterThan(Number(instance['AllocatedStorage']));
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'FreeStorageSpace',
      ComparisonOperator: 'LessThanOrEqualToThreshold',
      AlarmDescription: Match.stringLikeRegexp('#database-storage$'),
    });
  });

  test('alarms on connections below what it has', () => {
    const { Parameters } = onlyOne(template, 'AWS::RDS::DBParameterGroup') as {
      Parameters: Record<string, string>;
    };
    const { Threshold } = onlyOne(template, 'AWS::CloudWatch::Alarm', { MetricName: 'DatabaseConnections' });
    expect(Number(Threshold)).toBe(Number(Parameters['max_connections']) * 0.8);
  });

  test('has its logs kept for as long as others', () => {
    const days = stage === 'prod' ? 90 : 14;
    expect(instance['EnableCloudwatchLogsExports']).toEqual(['postgresql', 'iam-db-auth-error']);
    for (const name of ['postgresql', 'iam-db-auth-error'])
      expect(
        onlyOne(template, 'AWS::Logs::LogGroup', {
          LogGroupName: `/aws/rds/instance/tickerlake-${stage}-serving/${name}`,
        }),
      ).toMatchObject({ RetentionInDays: days });
  });
});

describe('in stage dev', () => {
  test('it is the cheapest that works', () => {
    expect(instances(dev)).toHaveLength(1);
    dev.resourceCountIs('AWS::RDS::DBProxy', 0);
    expect(primary(dev).Properties).toMatchObject({
      DBInstanceClass: 'db.t4g.micro',
      AllocatedStorage: '20',
      MultiAZ: false,
      DatabaseInsightsMode: 'standard',
      PerformanceInsightsRetentionPeriod: 7,
    });
  });

  test('RDS keeps and rotates the password of its admin', () => {
    const { Properties } = primary(dev);
    expect(Properties).toMatchObject({
      ManageMasterUserPassword: true,
      MasterUsername: 'tickerlake_admin',
      MasterUserSecret: { KmsKeyId: expect.anything() as unknown },
    });
    expect(Properties).not.toHaveProperty('MasterUserPassword');
    expect(dev.toJSON()).not.toHaveProperty('Transform');
  });
});

describe('in stage prod', () => {
  test('a standby in another zone takes over, and readers have a replica', () => {
    expect(primary(prod).Properties).toMatchObject({ MultiAZ: true, DBInstanceClass: 'db.m7g.large' });
    const [replica, ...more] = instances(prod).filter(
      ({ Properties }) => 'SourceDBInstanceIdentifier' in Properties,
    );
    expect(more).toEqual([]);
    expect(replica?.DeletionPolicy).toBe('Delete');
    prod.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'ReplicaLag', Threshold: 300 });
  });

  test('Database Insights are advanced, and keep what that asks for', () => {
    for (const { Properties } of instances(prod))
      expect(Properties).toMatchObject({
        DatabaseInsightsMode: 'advanced',
        EnablePerformanceInsights: true,
        PerformanceInsightsRetentionPeriod: 465,
      });
  });

  test('functions come through a proxy that takes TLS and IAM tokens alone, and passes IAM tokens on', () => {
    const proxy = onlyOne(prod, 'AWS::RDS::DBProxy');
    expect(proxy).toMatchObject({
      EngineFamily: 'POSTGRESQL',
      RequireTLS: true,
      DefaultAuthScheme: 'IAM_AUTH',
    });
    expect(proxy).not.toHaveProperty('Auth');
    expect(readable(proxy['VpcSecurityGroupIds'])).toMatch(/^\$\{NetworkDatabase\w+\}$/);
    const users = statements(prod, 'DatabaseProxyRole').map(({ Action, Resource }) => {
      expect(Action).toBe('rds-db:connect');
      return [Resource].flat().map((arn) => readable(arn).replace(/.*:dbuser:\S+\//, ''));
    });
    expect(users.flat().sort()).toEqual(['quotes_reader', 'quotes_writer']);
    expect(readable(prod.findOutputs('DatabaseHost')['DatabaseHost']?.['Value'])).toMatch(
      /Proxy\w+\.Endpoint/,
    );
  });

  test('Secrets Manager rotates the password of the admin, since RDS makes no replica where it does so itself', () => {
    const { Properties } = primary(prod);
    expect(Properties).not.toHaveProperty('ManageMasterUserPassword');
    expect(JSON.stringify(Properties['MasterUserPassword'])).toContain('{{resolve:secretsmanager:');
    expect(onlyOne(prod, 'AWS::SecretsManager::RotationSchedule')).toMatchObject({
      HostedRotationLambda: { RotationType: 'PostgreSQLSingleUser' },
      RotationRules: { ScheduleExpression: 'rate(7 days)' },
      RotateImmediatelyOnUpdate: false,
    });
  });
});

test('without a replica stage prod leaves the password to RDS as well', () => {
  const { serving } = synthesize('prod', { overrides: { serving: { readReplica: false } } }).stacks;
  expect(primary(serving).Properties['ManageMasterUserPassword']).toBe(true);
  serving.resourceCountIs('AWS::SecretsManager::RotationSchedule', 0);
  expect(serving.findOutputs('DatabaseReaderHost')).toEqual({
    DatabaseReaderHost: {
      Value: { 'Fn::GetAtt': [expect.stringContaining('Instance'), 'Endpoint.Address'] },
    },
  });
});

describe.each(STAGES)('migrations of %s', (_stage, template) => {
  test('are asked for whenever one of them changes', () => {
    const folder = join(PROJECT_ROOT, 'sql/migrations');
    const files = readdirSync(folder).filter((name) => name.endsWith('.sql'));
    const { Migrations } = onlyOne(template, 'Custom::DatabaseMigrations');
    expect(Migrations).toEqual(
      files.sort().map((name) => {
        const checksum = createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex');
        return `${name} sha256:${checksum}`;
      }),
    );
  });

  test('run as the admin, at the instance itself, by a function that trusts RDS', () => {
    expect(onlyOne(template, 'Custom::DatabaseMigrations')).toMatchObject({
      DatabaseHost: { 'Fn::GetAtt': [expect.stringContaining('DatabaseInstance'), 'Endpoint.Address'] },
      DatabaseName: 'tickerlake',
      AdminSecretArn: expect.anything() as unknown,
      CrawlerSecretArn: expect.anything() as unknown,
    });
    const handler = onlyOne(template, 'AWS::Lambda::Function');
    expect(handler).toMatchObject({
      Environment: { Variables: { NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem' } },
    });
    const { SubnetIds } = handler['VpcConfig'] as { SubnetIds: unknown[] };
    expect(SubnetIds.map(readable).filter((id) => !id.includes('PrivateSubnet'))).toEqual([]);
  });

  test('may read two secrets and nothing else', () => {
    const read = statements(template, 'MigrationsMigrateDatabaseRole').filter(({ Action }) =>
      [Action].flat().some((action) => String(action).startsWith('secretsmanager:')),
    );
    expect(read.map(({ Action }) => Action)).toEqual(read.map(() => 'secretsmanager:GetSecretValue'));
    expect(read.flatMap(({ Resource }) => [Resource].flat())).toHaveLength(2);
  });
});

describe.each(STAGES)('the admin of %s', (_stage, template) => {
  test('may also log in with a token, at the instance alone', () => {
    const connect = statements(template, 'MigrationsMigrateDatabaseRole').filter(
      ({ Action }) => Action === 'rds-db:connect',
    );
    expect(connect.map(({ Resource }) => readable(Resource))).toEqual([
      expect.stringMatching(/:dbuser:\$\{DatabaseInstance\w+\.DbiResourceId\}\/tickerlake_admin$/),
    ]);
  });
});

describe.each(STAGES)('the crawler of %s', (stage, template) => {
  test('reads every table but that of the migrations, as a user of its own, over TLS', () => {
    expect(onlyOne(template, 'AWS::Glue::Crawler')).toMatchObject({
      Name: `tickerlake-${stage}-serving`,
      DatabaseName: `tickerlake_${stage}_serving`,
      Targets: { JdbcTargets: [{ Path: 'tickerlake/public/%', Exclusions: ['schema_migrations'] }] },
      SchemaChangePolicy: { UpdateBehavior: 'UPDATE_IN_DATABASE', DeleteBehavior: 'LOG' },
    });
    const { ConnectionInput } = onlyOne(template, 'AWS::Glue::Connection') as {
      ConnectionInput: { ConnectionProperties: Record<string, unknown> };
    };
    const { JDBC_CONNECTION_URL: url, ...properties } = ConnectionInput.ConnectionProperties;
    expect(properties).toEqual({ JDBC_ENFORCE_SSL: 'true', SECRET_ID: expect.anything() as unknown });
    const host = stage === 'prod' ? 'DatabaseReplica' : 'DatabaseInstance';
    expect(readable(url)).toMatch(
      new RegExp(`^jdbc:postgresql://\\$\\{${host}\\w+\\.Endpoint\\.Address\\}:\\S+/tickerlake$`),
    );
  });

  test('has a login that nobody knows', () => {
    expect(
      onlyOne(template, 'AWS::SecretsManager::Secret', {
        Description: Match.stringLikeRegexp('Glue'),
      }),
    ).toMatchObject({
      GenerateSecretString: {
        SecretStringTemplate: '{"username":"glue_crawler"}',
        GenerateStringKey: 'password',
        PasswordLength: 48,
      },
      KmsKeyId: expect.anything() as unknown,
    });
  });

  test('runs in a private subnet, which has the endpoints that it needs', () => {
    const { ConnectionInput } = onlyOne(template, 'AWS::Glue::Connection') as {
      ConnectionInput: { PhysicalConnectionRequirements: Record<string, unknown> };
    };
    const { SubnetId, SecurityGroupIdList } = ConnectionInput.PhysicalConnectionRequirements;
    expect(readable(SubnetId)).toContain('PrivateSubnet1');
    expect(readable(SecurityGroupIdList)).toContain('NetworkCrawlers');
  });

  test('runs each day where that is asked for', () => {
    const { Schedule } = onlyOne(template, 'AWS::Glue::Crawler');
    expect(Schedule).toEqual(stage === 'prod' ? { ScheduleExpression: 'cron(15 9 * * ? *)' } : undefined);
  });

  test('writes to its own database of the catalog alone', () => {
    const written = statements(template, 'CrawlerRole')
      .filter(({ Action }) => [Action].flat().includes('glue:CreateTable'))
      .flatMap(({ Resource }) => [Resource].flat().map(readable));
    expect(written.map((arn) => arn.replace(/.*\$\{AWS::AccountId\}:/, ''))).toEqual([
      'catalog',
      `database/tickerlake_${stage}_serving`,
      `table/tickerlake_${stage}_serving/*`,
    ]);
  });
});
