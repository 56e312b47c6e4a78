import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import {
  CreateDatabaseCommand,
  DeleteTableCommand,
  GetConnectionCommand,
  GetCrawlerCommand,
  GetTablesCommand,
  GlueClient,
  type LastCrawlInfo,
  StartCrawlerCommand,
  StopCrawlerCommand,
  type Table,
} from '@aws-sdk/client-glue';
import {
  CreateSecretCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { PolicyStatement } from '../../../local/gateway/index.ts';
import type { Cloud } from '../../../local/resources/cloud.ts';
import { glueTypes } from '../../../local/resources/glue.ts';
import { ResourceRequest } from '../../../local/resources/resource-request.ts';
import { RoleBook } from '../../../local/resources/role-book.ts';
import { Schedules } from '../../../local/sources/schedules.ts';
import type { JsonObject } from '../../../local/template/template.ts';
import { ACCOUNT, allow, REGION, startTestEndpoint, type TestEndpoint } from '../../helpers/aws-endpoint.ts';
import { PostgresStand } from '../../helpers/postgres-stand.ts';
import { until } from '../../helpers/until.ts';

const DATABASE = 'serving';
const ROLE = 'crawler-role';
const PASSWORD = 'of the crawler';
const glueArn = (resource: string): string => `arn:aws:glue:${REGION}:${ACCOUNT}:${resource}`;

let stand: PostgresStand;
let endpoint: TestEndpoint;
let glue: GlueClient;
let secrets: SecretsManagerClient;
let secretArn: string;
let roles: RoleBook;
let schedules: Schedules;
let warnings: string[];
let caFile: string;

beforeAll(async () => {
  [stand, endpoint] = await Promise.all([PostgresStand.start(), startTestEndpoint()]);
  glue = new GlueClient(endpoint.as());
  secrets = new SecretsManagerClient(endpoint.as());
  await stand.query(`CREATE ROLE glue_crawler LOGIN PASSWORD '${PASSWORD}'`);
  await stand.query('CREATE TABLE latest_quotes (symbol text PRIMARY KEY, ts timestamptz, price float8)');
  await stand.query('CREATE TABLE schema_migrations (version int)');
  await stand.query('CREATE TABLE secret_of_others (n int)');
  await stand.query('GRANT SELECT ON latest_quotes, schema_migrations TO glue_crawler');
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: DATABASE } }));
  const created = await secrets.send(
    new CreateSecretCommand({
      Name: 'crawler',
      SecretString: JSON.stringify({ username: 'glue_crawler', password: PASSWORD }),
    }),
  );
  secretArn = created.ARN ?? '';
}, 60_000);

afterAll(async () => {
  await endpoint.stop();
  await stand.stop();
});

beforeEach(async () => {
  warnings = [];
  caFile = stand.caFile;
  roles = new RoleBook(endpoint.gateway);
  schedules = new Schedules(() => Promise.resolve());
  await grant();
});

const GRANTS: readonly PolicyStatement[] = [
  allow(['glue:GetConnection'], [glueArn('catalog'), glueArn('connection/rds')]),
  allow(
    ['glue:GetTables', 'glue:CreateTable', 'glue:UpdateTable', 'glue:DeleteTable'],
    [glueArn('catalog'), glueArn(`database/${DATABASE}`), glueArn(`table/${DATABASE}/*`)],
  ),
  allow('secretsmanager:GetSecretValue', '*'),
  allow('ec2:*', '*'),
];

async function grant(without?: string): Promise<void> {
  const document = {
    Version: '2012-10-17',
    Statement: GRANTS.filter(({ Action }) => ![Action].flat().includes(without ?? '-')),
  };
  await roles.put({
    name: ROLE,
    arn: `arn:aws:iam::${ACCOUNT}:role/${ROLE}`,
    trust: {
      Statement: { Effect: 'Allow', Principal: { Service: 'glue.amazonaws.com' }, Action: 'sts:AssumeRole' },
    },
    policies: [{ name: 'policy', document }],
  });
}

/** What a template says, provisioned as the runner does. */
async function provision(type: string, properties: JsonObject): Promise<void> {
  const entry = glueTypes.find((each) => each.type === type);
  const identity = { stack: 'stack', logicalId: 'Thing', type, constructPath: undefined };
  const { gateway } = endpoint;
  const cloud: Partial<Cloud> = {
    region: REGION,
    account: ACCOUNT,
    gateway,
    roles,
    schedules,
    caFile: () => Promise.resolve(caFile),
    warn: (line) => warnings.push(line),
  };
  await entry?.provision(new ResourceRequest(identity, properties), cloud as Cloud);
}

async function provisionCrawl(changes: JsonObject = {}, connection: JsonObject = {}): Promise<void> {
  await provision('AWS::Glue::Connection', {
    ConnectionInput: {
      Name: 'rds',
      ConnectionType: 'JDBC',
      ConnectionProperties: {
        JDBC_CONNECTION_URL: `jdbc:postgresql://${stand.host}:${stand.port}/${stand.database}`,
        JDBC_ENFORCE_SSL: 'true',
        SECRET_ID: secretArn,
        ...connection,
      },
      PhysicalConnectionRequirements: { SubnetId: 'subnet-1', SecurityGroupIdList: ['sg-1'] },
    },
  });
  await provision('AWS::Glue::Crawler', {
    Name: 'watch',
    Role: ROLE,
    DatabaseName: DATABASE,
    Targets: {
      JdbcTargets: [
        { ConnectionName: 'rds', Path: `${stand.database}/public/%`, Exclusions: ['schema_migrations'] },
      ],
    },
    ...changes,
  });
}

/** Starts a crawl and waits for its end, as any client of Glue does. */
async function crawl(): Promise<LastCrawlInfo> {
  await glue.send(new StartCrawlerCommand({ Name: 'watch' }));
  return ended();
}

async function ended(): Promise<LastCrawlInfo> {
  let last: LastCrawlInfo | undefined;
  await until('the crawl has ended', async () => {
    const { Crawler: crawler } = await glue.send(new GetCrawlerCommand({ Name: 'watch' }));
    last = crawler?.LastCrawl;
    return crawler?.State === 'READY' && last !== undefined;
  });
  return last ?? {};
}

async function tables(): Promise<readonly Table[]> {
  const { TableList: list = [] } = await glue.send(new GetTablesCommand({ DatabaseName: DATABASE }));
  return list;
}

async function emptyCatalog(): Promise<void> {
  for (const { Name } of await tables()) {
    await glue.send(new DeleteTableCommand({ DatabaseName: DATABASE, Name }));
  }
}

describe('a crawl of the database', () => {
  beforeEach(emptyCatalog);

  test('writes the tables that its user may read and its target means, with their columns', async () => {
    await provisionCrawl();
    expect(await crawl()).toMatchObject({ Status: 'SUCCEEDED', LogGroup: '/aws-glue/crawlers' });
    const found = await tables();
    expect(found.map(({ Name }) => Name)).toEqual(['tickerlake_public_latest_quotes']);
    expect(found[0]).toMatchObject({
      Parameters: { classification: 'postgresql', connectionName: 'rds', typeOfData: 'table' },
      StorageDescriptor: {
        Location: 'tickerlake.public.latest_quotes',
        Columns: [
          { Name: 'symbol', Type: 'string' },
          { Name: 'ts', Type: 'timestamp' },
          { Name: 'price', Type: 'double' },
        ],
      },
    });
    expect(warnings).toEqual([]);
  });

  test('follows a column that is added and a table that is dropped', async () => {
    await provisionCrawl({ SchemaChangePolicy: { DeleteBehavior: 'DELETE_FROM_DATABASE' } });
    await stand.query('CREATE TABLE short_lived (n int)');
    await stand.query('GRANT SELECT ON short_lived TO glue_crawler');
    await crawl();
    expect(await tables()).toHaveLength(2);
    await stand.query('DROP TABLE short_lived');
    await stand.query('ALTER TABLE latest_quotes ADD COLUMN low float8');
    expect((await crawl()).Status).toBe('SUCCEEDED');
    await stand.query('ALTER TABLE latest_quotes DROP COLUMN low');
    const found = await tables();
    expect(found).toHaveLength(1);
    expect(found[0]?.StorageDescriptor?.Columns).toHaveLength(4);
  });

  test('marks what is gone where the policy says so, and logs it where it says that', async () => {
    await provisionCrawl();
    await stand.query('CREATE TABLE short_lived (n int)');
    await stand.query('GRANT SELECT ON short_lived TO glue_crawler');
    await crawl();
    await stand.query('DROP TABLE short_lived');
    await provisionCrawl({ SchemaChangePolicy: { DeleteBehavior: 'LOG' } });
    await crawl();
    expect(warnings).toEqual([expect.stringMatching(/short_lived is gone/)]);
    await provisionCrawl();
    await crawl();
    const gone = (await tables()).find(({ Name }) => Name?.endsWith('short_lived'));
    expect(gone?.Parameters).toHaveProperty('DEPRECATED_BY_CRAWLER');
  });
});

describe('a crawl that fails says why, and leaves the catalog as it was', () => {
  beforeEach(emptyCatalog);

  test.each([
    ['glue:GetConnection', /not authorized to perform: glue:GetConnection/],
    ['secretsmanager:GetSecretValue', /secretsmanager:GetSecretValue/],
    ['glue:GetTables', /glue:GetTables/],
    ['ec2:*', /ec2:DescribeVpcEndpoints/],
  ])('without the grant %s', async (action, message) => {
    await grant(action);
    await provisionCrawl();
    const { Status, ErrorMessage } = await crawl();
    expect(Status).toBe('FAILED');
    expect(ErrorMessage).toMatch(message);
    expect(await tables()).toEqual([]);
    expect(endpoint.warnings.at(-1)).toContain('crawler watch: ');
  });

  test('with another password than the database has', async () => {
    await stand.query("ALTER ROLE glue_crawler PASSWORD 'changed'");
    await provisionCrawl();
    const { ErrorMessage } = await crawl();
    await stand.query(`ALTER ROLE glue_crawler PASSWORD '${PASSWORD}'`);
    expect(ErrorMessage).toBe('password authentication failed for user "glue_crawler"');
  });

  test('with a secret that holds no login', async () => {
    await secrets.send(new UpdateSecretCommand({ SecretId: secretArn, SecretString: 'hush' }));
    await provisionCrawl();
    const { ErrorMessage } = await crawl();
    const login = JSON.stringify({ username: 'glue_crawler', password: PASSWORD });
    await secrets.send(new UpdateSecretCommand({ SecretId: secretArn, SecretString: login }));
    expect(ErrorMessage).toMatch(/has no username and password$/);
    expect(ErrorMessage).not.toContain('hush');
  });

  test('of a server whose certificate nobody vouches for', async () => {
    caFile = `${import.meta.dirname}/../../../package.json`;
    await provisionCrawl();
    expect((await crawl()).ErrorMessage).toMatch(/self-signed certificate|unable to verify/);
  });

  test('of a place where no database is', async () => {
    await provisionCrawl({}, { JDBC_CONNECTION_URL: 'jdbc:postgresql://127.0.0.1:1/tickerlake' });
    expect((await crawl()).ErrorMessage).toMatch(/ECONNREFUSED/);
  });

  test('with a path that names no schema', async () => {
    await provisionCrawl({ Targets: { JdbcTargets: [{ ConnectionName: 'rds', Path: 'tickerlake/%' }] } });
    expect((await crawl()).ErrorMessage).toMatch(/tickerlake\/% is not database\/schema\/table/);
  });
});

describe('the Glue API', () => {
  test('refuses a second start, and a stop of what does not run', async () => {
    await provisionCrawl();
    await expect(glue.send(new StopCrawlerCommand({ Name: 'watch' }))).rejects.toThrow(
      expect.objectContaining({ name: 'CrawlerNotRunningException' }),
    );
    await glue.send(new StartCrawlerCommand({ Name: 'watch' }));
    await expect(glue.send(new StartCrawlerCommand({ Name: 'watch' }))).rejects.toThrow(
      expect.objectContaining({ name: 'CrawlerRunningException' }),
    );
    await ended();
  });

  test('knows no other crawler or connection', async () => {
    await expect(glue.send(new StartCrawlerCommand({ Name: 'nobody' }))).rejects.toThrow(
      expect.objectContaining({ name: 'EntityNotFoundException' }),
    );
    await expect(glue.send(new GetConnectionCommand({ Name: 'nowhere' }))).rejects.toThrow(
      expect.objectContaining({ name: 'EntityNotFoundException' }),
    );
  });

  test('asks for the right to start a crawler', async () => {
    await provisionCrawl();
    const other = new GlueClient(
      endpoint.role('starter', [allow('glue:StartCrawler', glueArn('crawler/another'))]),
    );
    await expect(other.send(new StartCrawlerCommand({ Name: 'watch' }))).rejects.toThrow(
      expect.objectContaining({ name: 'AccessDeniedException' }),
    );
  });
});

test('a crawl that is stopped is cancelled, though the database says nothing', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  try {
    await provisionCrawl({}, { JDBC_CONNECTION_URL: `jdbc:postgresql://127.0.0.1:${port}/tickerlake` });
    await glue.send(new StartCrawlerCommand({ Name: 'watch' }));
    await once(silent, 'connection');
    await glue.send(new StopCrawlerCommand({ Name: 'watch' }));
    expect((await ended()).Status).toBe('CANCELLED');
  } finally {
    silent.close();
  }
});

test('a schedule starts it', async () => {
  await emptyCatalog();
  await provisionCrawl({ Schedule: { ScheduleExpression: 'rate(1 day)' } });
  const [schedule] = schedules.all;
  expect(schedule).toMatchObject({ name: 'watch', text: 'rate(1 day)' });
  if (schedule !== undefined && 'act' in schedule) schedule.act();
  expect((await ended()).Status).toBe('SUCCEEDED');
  expect(await tables()).toHaveLength(1);
});

test.each([
  ['Role', { Role: 'lambda-role' }, /Role lambda-role does not trust glue.amazonaws.com/],
  ['Targets', { Targets: { DeltaTargets: [{ Tables: [] }] } }, /DeltaTargets is not known to the runner/],
  ['SchemaChangePolicy', { SchemaChangePolicy: { UpdateBehavior: 'MERGE' } }, /UpdateBehavior is MERGE, not/],
  ['Schedule', { Schedule: { ScheduleExpression: 'daily' } }, /Schedule/],
])('a template with a wrong %s stops the start', async (_, changes, message) => {
  await roles.put({
    name: 'lambda-role',
    arn: 'arn:aws:iam::1:role/lambda-role',
    trust: { Statement: [] },
    policies: [],
  });
  await expect(provisionCrawl(changes)).rejects.toThrow(message);
});
