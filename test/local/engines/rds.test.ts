/** A database as templates say it: one PostgreSQL, started, configured and entered through what RDS would have made of them. */

import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type Postgres, preparePostgres } from '../../../local/engines/postgres.ts';
import { checkPlan, type ProvisionResult, provision } from '../../../local/provision.ts';
import type { Cloud } from '../../../local/resources/cloud.ts';
import { DatabaseServer } from '../../../local/resources/database-server.ts';
import { type Guard, startGuard } from '../../../local/supervisor/index.ts';
import { plan } from '../../../local/template/plan.ts';
import { parseTemplate } from '../../../local/template/template.ts';

const REGION = { name: 'eu-west-1', account: '123456789012' };

let folder: string;
let guard: Guard;
const servers: DatabaseServer[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-rds-'));
  guard = await startGuard();
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await guard.stopAll();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

interface Stand {
  readonly cloud: Cloud;
  readonly database: DatabaseServer;
  /** Value by the secret's ARN. */
  readonly secrets: Map<string, string>;
  /** Who may connect as whom: `<resource id>/<user>`, as the token of a test says it. */
  readonly asked: string[];
  readonly warnings: string[];
}

let stands = 0;

/** Everything but the database is a few lines: a token is the ARN that it is good for. */
function stand({ runs = true } = {}): Stand {
  const secrets = new Map<string, string>();
  const [asked, warnings]: string[][] = [[], []];
  stands += 1;
  const ground = runs ? preparePostgres(guard, { dir: join(folder, String(stands)) }) : undefined;
  const database = new DatabaseServer({
    ground,
    guard,
    gateway: {
      checkDatabaseToken: (token, { userArn }) => (token === userArn ? undefined : `no token for ${userArn}`),
      checkRole: (role, action, resource) => {
        asked?.push(`${role} ${action} ${resource}`);
        return role === 'proxy-role' ? undefined : `${role} may not`;
      },
    },
    warn: (line) => void warnings?.push(line),
    onStarted: () => undefined,
  });
  servers.push(database);
  const json = (_: string, action: string, input: Record<string, string>) => {
    const id = input['SecretId'] ?? `arn:secret:${input['Name']}`;
    if (action === 'GetSecretValue') return Promise.resolve({ SecretString: secrets.get(id) });
    secrets.set(id, input['SecretString'] ?? '');
    return Promise.resolve({ ARN: id });
  };
  const cloud = {
    region: REGION.name,
    account: REGION.account,
    api: { json },
    roles: { get: (name: string) => ({ name: name.replace(/^.*\//, '') }) },
    database,
  };
  return {
    cloud: cloud as unknown as Cloud,
    database,
    secrets,
    asked: asked ?? [],
    warnings: warnings ?? [],
  };
}

function deploy(cloud: Cloud, Resources: object, Outputs: object = {}): Promise<ProvisionResult> {
  const template = parseTemplate({ Resources, Outputs });
  const planned = plan(
    { directory: '', stacks: [{ name: 's', template, dependsOn: [] }], assets: new Map() },
    REGION,
  );
  checkPlan(planned);
  return provision(planned, REGION, cloud);
}

const PARAMETERS = {
  Type: 'AWS::RDS::DBParameterGroup',
  Properties: { Family: 'postgres17', Description: 'd', Parameters: { max_connections: 40 } },
};
const INSTANCE = {
  DBInstanceIdentifier: 'serving',
  DBName: 'tickerlake',
  DBParameterGroupName: { Ref: 'Parameters' },
  EnableIAMDatabaseAuthentication: true,
  Engine: 'postgres',
  EngineVersion: '17.9',
  ManageMasterUserPassword: true,
  MasterUsername: 'boss',
};
const instance = (properties: object = {}) => ({
  Type: 'AWS::RDS::DBInstance',
  Properties: { ...INSTANCE, ...properties },
});
const attribute = (name: string, of = 'Instance') => ({ Value: { 'Fn::GetAtt': [of, name] } });

function query(postgres: Postgres, user: string, password: string, sql: string): Promise<unknown[]> {
  const { host, port, caFile } = postgres;
  const client = new pg.Client({
    ...{ host, port, user, password, database: 'tickerlake' },
    ssl: { ca: readFileSync(caFile) },
  });
  return client
    .connect()
    .then(() => client.query(sql))
    .then(({ rows }) => rows as unknown[])
    .finally(() => client.end());
}

test('an instance runs with its parameters, its master user’s password in a secret, and tokens for its users', async () => {
  const { cloud, database, secrets, warnings } = stand();
  const { outputs } = await deploy(
    cloud,
    { Parameters: PARAMETERS, Instance: instance() },
    {
      Secret: attribute('MasterUserSecret.SecretArn'),
      Host: attribute('Endpoint.Address'),
      Port: attribute('Endpoint.Port'),
      Id: attribute('DbiResourceId'),
      Arn: attribute('DBInstanceArn'),
    },
  );
  const { Secret = '', Host, Port, Id = '', Arn } = outputs['s'] ?? {};
  const { postgres } = database;
  if (postgres === undefined) throw new Error('no database');
  expect([Host, Port]).toEqual([postgres.host, String(postgres.port)]);
  expect(Arn).toBe('arn:aws:rds:eu-west-1:123456789012:db:serving');
  expect(Id).toMatch(/^db-[A-Z0-9]{26}$/);
  expect(Secret).toMatch(/^arn:secret:rds!db-/);
  const { username, password } = JSON.parse(secrets.get(Secret) ?? '') as Record<string, string>;
  expect(username).toBe('boss');
  expect(await query(postgres, 'boss', password ?? '', 'SHOW max_connections')).toEqual([
    { max_connections: '40' },
  ]);
  await query(postgres, 'boss', password ?? '', 'CREATE ROLE writer LOGIN; GRANT rds_iam TO writer');
  const good = `arn:aws:rds-db:eu-west-1:123456789012:dbuser:${Id}/writer`;
  expect(await query(postgres, 'writer', good, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await expect(query(postgres, 'writer', good.replace('writer', 'reader'), 'SELECT 1')).rejects.toThrow(
    'PAM',
  );
  expect(warnings).toEqual([`database user writer: no token for ${good}`]);
}, 60_000);

test('a replica and a proxy are the same server, each with tokens of its own', async () => {
  const { cloud, database, secrets, asked } = stand();
  const proxy = (RoleArn: string, more: object = {}) => ({
    Type: 'AWS::RDS::DBProxy',
    Properties: {
      DBProxyName: 'p',
      EngineFamily: 'POSTGRESQL',
      DefaultAuthScheme: 'IAM_AUTH',
      RoleArn,
      VpcSubnetIds: [],
      ...more,
    },
  });
  const { outputs } = await deploy(
    cloud,
    {
      Login: {
        Type: 'AWS::SecretsManager::Secret',
        Properties: { Name: 'login', SecretString: JSON.stringify({ username: 'boss', password: 'p4ss' }) },
      },
      Instance: instance({
        DBParameterGroupName: 'default.postgres17',
        ManageMasterUserPassword: false,
        MasterUserPassword: {
          'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: 'Login' }, ':SecretString:password::}}']],
        },
      }),
      Attachment: {
        Type: 'AWS::SecretsManager::SecretTargetAttachment',
        Properties: {
          SecretId: { Ref: 'Login' },
          TargetId: { Ref: 'Instance' },
          TargetType: 'AWS::RDS::DBInstance',
        },
      },
      Replica: {
        Type: 'AWS::RDS::DBInstance',
        Properties: {
          DBInstanceIdentifier: 'replica',
          SourceDBInstanceIdentifier: { Ref: 'Instance' },
          DBInstanceClass: 'db.t4g.micro',
        },
      },
      Proxy: proxy('arn:aws:iam::123456789012:role/proxy-role'),
      Targets: {
        Type: 'AWS::RDS::DBProxyTargetGroup',
        Properties: {
          DBProxyName: { Ref: 'Proxy' },
          TargetGroupName: 'default',
          DBInstanceIdentifiers: [{ Ref: 'Instance' }],
        },
      },
    },
    {
      Id: attribute('DbiResourceId'),
      ReplicaId: attribute('DbiResourceId', 'Replica'),
      ReplicaHost: attribute('Endpoint.Address', 'Replica'),
      Proxy: attribute('DBProxyArn', 'Proxy'),
      ProxyHost: attribute('Endpoint', 'Proxy'),
    },
  );
  const { Id, ReplicaId, ReplicaHost, Proxy = '', ProxyHost } = outputs['s'] ?? {};
  const { postgres } = database;
  if (postgres === undefined) throw new Error('no database');
  expect([ReplicaHost, ProxyHost]).toEqual([postgres.host, postgres.host]);
  await query(postgres, 'boss', 'p4ss', 'CREATE ROLE writer LOGIN; GRANT rds_iam TO writer');
  expect(JSON.parse(secrets.get('arn:secret:login') ?? '')).toEqual({
    ...{ username: 'boss', password: 'p4ss', engine: 'postgres', dbInstanceIdentifier: 'serving' },
    ...{ host: postgres.host, port: postgres.port, dbname: 'tickerlake' },
  });

  const users = 'arn:aws:rds-db:eu-west-1:123456789012:dbuser:';
  const proxyId = Proxy.replace(/^arn:aws:rds:eu-west-1:123456789012:db-proxy:/, '');
  expect(proxyId).toMatch(/^prx-[0-9a-f]{17}$/);
  for (const id of [Id, ReplicaId]) await query(postgres, 'writer', `${users}${id}/writer`, 'SELECT 1');
  expect(asked).toEqual([]);
  await query(postgres, 'writer', `${users}${proxyId}/writer`, 'SELECT 1');
  expect(asked).toEqual([`proxy-role rds-db:connect ${users}${Id}/writer`]);

  await deploy(
    cloud,
    { Other: proxy('other-role', { DBProxyName: 'q' }) },
    { P: attribute('DBProxyArn', 'Other') },
  ).then(async (other) => {
    const otherId = (other.outputs['s']?.['P'] ?? '').replace(/^.*:/, '');
    await expect(query(postgres, 'writer', `${users}${otherId}/writer`, 'SELECT 1')).rejects.toThrow('PAM');
  });
}, 60_000);

describe('a template is refused', () => {
  test.each([
    ['another engine', { Engine: 'mysql' }, 'the runner has postgres only'],
    ['another major version', { EngineVersion: '16.4' }, 'EngineVersion is 16.4, and the PostgreSQL of this'],
    ['a group that is none', { DBParameterGroupName: 'nope' }, 'is nope, which is no group here'],
    [
      'another reference than to a secret',
      { MasterUsername: '{{resolve:ssm:/user}}' },
      'dynamic reference {{resolve:ssm:/user}}, which the runner does not resolve',
    ],
  ])('for %s', async (_, properties, reason) => {
    const wrong = deploy(stand({ runs: false }).cloud, {
      Parameters: PARAMETERS,
      Instance: instance(properties),
    });
    await expect(wrong).rejects.toThrow(reason);
  });

  test('for a parameter of RDS that nobody knows', async () => {
    const group = {
      ...PARAMETERS,
      Properties: { ...PARAMETERS.Properties, Parameters: { 'rds.no_such': '1' } },
    };
    await expect(deploy(stand({ runs: false }).cloud, { Parameters: group })).rejects.toThrow(
      'Parameters.rds.no_such is not known to the runner',
    );
  });

  test('for a proxy that would take secrets', async () => {
    const proxy = {
      Type: 'AWS::RDS::DBProxy',
      Properties: { DBProxyName: 'p', EngineFamily: 'POSTGRESQL', RoleArn: 'r' },
    };
    await expect(deploy(stand({ runs: false }).cloud, { Proxy: proxy })).rejects.toThrow(
      'DefaultAuthScheme is not IAM_AUTH',
    );
  });

  test('for a replica of nothing', async () => {
    const replica = {
      Type: 'AWS::RDS::DBInstance',
      Properties: { SourceDBInstanceIdentifier: 'arn:aws:rds:eu-west-1:123456789012:db:gone' },
    };
    await expect(deploy(stand({ runs: false }).cloud, { Replica: replica })).rejects.toThrow(
      'is gone, which is no instance here',
    );
  });
});
