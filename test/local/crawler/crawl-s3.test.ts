import {
  CreateDatabaseCommand,
  CreateTableCommand,
  DeleteTableCommand,
  GetClassifierCommand,
  GetCrawlerCommand,
  GetPartitionsCommand,
  GetTablesCommand,
  GlueClient,
  type LastCrawlInfo,
  type Partition,
  StartCrawlerCommand,
  type Table,
} from '@aws-sdk/client-glue';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { PolicyStatement } from '../../../local/gateway/index.ts';
import type { Cloud } from '../../../local/resources/cloud.ts';
import { glueTypes } from '../../../local/resources/glue.ts';
import { ResourceRequest } from '../../../local/resources/resource-request.ts';
import { RoleBook } from '../../../local/resources/role-book.ts';
import { Schedules } from '../../../local/sources/schedules.ts';
import type { JsonObject } from '../../../local/template/template.ts';
import { ACCOUNT, allow, REGION, startTestEndpoint, type TestEndpoint } from '../../helpers/aws-endpoint.ts';
import { until } from '../../helpers/until.ts';

const DATABASE = 'lake';
const BUCKET = 'lake-bucket';
const ROLE = 'crawler-role';
const FOLDER = 'reference/nasdaq_listed/';
const COMMA = 'Symbol,Security Name,Round Lot Size\nAACG,"ATA, Global",100\nAAL,Air,10\n';
const PIPE = 'Symbol|Security Name|Round Lot Size\nAACG|ATA, Global|100\nAAL|Air|10\n';

let endpoint: TestEndpoint;
let glue: GlueClient;
let s3: S3Client;
let roles: RoleBook;
let warnings: string[];

beforeAll(async () => {
  endpoint = await startTestEndpoint();
  glue = new GlueClient(endpoint.as());
  s3 = new S3Client({ ...endpoint.as(), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: DATABASE } }));
}, 60_000);

afterAll(() => endpoint.stop());

beforeEach(async () => {
  warnings = [];
  roles = new RoleBook(endpoint.gateway);
  await grant();
  for (const { Name } of await tables())
    await glue.send(new DeleteTableCommand({ DatabaseName: DATABASE, Name }));
  const { Contents: contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  for (const { Key } of contents) await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
});

const glueArn = (resource: string): string => `arn:aws:glue:${REGION}:${ACCOUNT}:${resource}`;
const TABLES = [glueArn('catalog'), glueArn(`database/${DATABASE}`), glueArn(`table/${DATABASE}/*`)];
const GRANTS: readonly PolicyStatement[] = [
  allow(
    [
      'glue:GetTables',
      'glue:CreateTable',
      'glue:UpdateTable',
      'glue:DeleteTable',
      'glue:GetPartitions',
      'glue:BatchCreatePartition',
      'glue:BatchDeletePartition',
      'glue:UpdatePartition',
    ],
    TABLES,
  ),
  allow('s3:ListBucket', `arn:aws:s3:::${BUCKET}`),
  allow('s3:GetObject', `arn:aws:s3:::${BUCKET}/reference/*`),
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

async function provision(type: string, properties: JsonObject): Promise<void> {
  const entry = glueTypes.find((each) => each.type === type);
  const identity = { stack: 'stack', logicalId: 'Thing', type, constructPath: undefined };
  const { gateway } = endpoint;
  const cloud: Partial<Cloud> = {
    region: REGION,
    account: ACCOUNT,
    gateway,
    roles,
    schedules: new Schedules(() => Promise.resolve()),
    warn: (line) => warnings.push(line),
  };
  await entry?.provision(new ResourceRequest(identity, properties), cloud as Cloud);
}

async function provisionCrawl(changes: JsonObject = {}): Promise<void> {
  await provision('AWS::Glue::Classifier', {
    CsvClassifier: { Name: 'comma', Delimiter: ',', QuoteSymbol: '"', ContainsHeader: 'PRESENT' },
  });
  await provision('AWS::Glue::Classifier', {
    CsvClassifier: { Name: 'pipe', Delimiter: '|', ContainsHeader: 'PRESENT' },
  });
  await provision('AWS::Glue::Crawler', {
    Name: 'listing',
    Role: ROLE,
    DatabaseName: DATABASE,
    TablePrefix: 'reference_',
    Classifiers: ['comma', 'pipe'],
    Targets: { S3Targets: [{ Path: `s3://${BUCKET}/${FOLDER}`, Exclusions: ['**.tmp'] }] },
    ...changes,
  });
}

async function drop(key: string, body: string | Uint8Array): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
}

async function crawl(): Promise<LastCrawlInfo> {
  await glue.send(new StartCrawlerCommand({ Name: 'listing' }));
  let last: LastCrawlInfo | undefined;
  await until('the crawl has ended', async () => {
    const { Crawler: crawler } = await glue.send(new GetCrawlerCommand({ Name: 'listing' }));
    last = crawler?.LastCrawl;
    return crawler?.State === 'READY' && last !== undefined;
  });
  return last ?? {};
}

async function tables(): Promise<readonly Table[]> {
  const { TableList: list = [] } = await glue.send(new GetTablesCommand({ DatabaseName: DATABASE }));
  return list;
}

async function partitions(TableName: string): Promise<readonly Partition[]> {
  const answer = await glue.send(new GetPartitionsCommand({ DatabaseName: DATABASE, TableName }));
  return answer.Partitions ?? [];
}

describe('a crawl of files', () => {
  test.each([
    ['commas', COMMA, 'string', 'org.apache.hadoop.hive.serde2.OpenCSVSerde'],
    ['pipes', PIPE, 'bigint', 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe'],
  ])('writes a table of fields by %s', async (_, listing, type, serde) => {
    await drop(`${FOLDER}a listing (1).csv`, listing);
    await drop(`${FOLDER}left out.tmp`, 'x');
    await provisionCrawl();
    expect(await crawl()).toMatchObject({ Status: 'SUCCEEDED' });
    expect(await tables()).toMatchObject([
      {
        Name: 'reference_nasdaq_listed',
        Parameters: { classification: 'csv', objectCount: '1', 'skip.header.line.count': '1' },
        StorageDescriptor: {
          Location: `s3://${BUCKET}/${FOLDER}`,
          SerdeInfo: { SerializationLibrary: serde },
          Columns: [
            { Name: 'symbol', Type: 'string' },
            { Name: 'security name', Type: 'string' },
            { Name: 'round lot size', Type: type },
          ],
        },
      },
    ]);
    expect(warnings).toEqual([]);
  });

  test('follows what is added and taken away', async () => {
    await drop(`${FOLDER}dt=1/a.csv`, COMMA);
    await provisionCrawl({ SchemaChangePolicy: { DeleteBehavior: 'DELETE_FROM_DATABASE' } });
    await crawl();
    expect(await partitions('reference_nasdaq_listed')).toMatchObject([{ Values: ['1'] }]);
    await drop(`${FOLDER}dt=2/a.csv`, COMMA);
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: `${FOLDER}dt=1/a.csv` }));
    expect(await crawl()).toMatchObject({ Status: 'SUCCEEDED' });
    expect(await partitions('reference_nasdaq_listed')).toMatchObject([
      { Values: ['2'], StorageDescriptor: { Location: `s3://${BUCKET}/${FOLDER}dt=2/` } },
    ]);
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: `${FOLDER}dt=2/a.csv` }));
    await crawl();
    expect(await tables()).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('no file is under')]);
  });

  test('of a big file looks at its beginning', async () => {
    await drop(`${FOLDER}big.csv`, `a|b\n${'1|2\n'.repeat(400_000)}`);
    await provisionCrawl();
    expect(await crawl()).toMatchObject({ Status: 'SUCCEEDED' });
    expect((await tables())[0]?.Parameters).toMatchObject({ sizeKey: '1600004' });
  });

  test('tells of its classifiers', async () => {
    await provisionCrawl();
    const { Crawler: crawler } = await glue.send(new GetCrawlerCommand({ Name: 'listing' }));
    expect(crawler?.Classifiers).toEqual(['comma', 'pipe']);
    const { Classifier: classifier } = await glue.send(new GetClassifierCommand({ Name: 'pipe' }));
    expect(classifier?.CsvClassifier).toMatchObject({ Delimiter: '|', ContainsHeader: 'PRESENT' });
    await expect(glue.send(new GetClassifierCommand({ Name: 'tab' }))).rejects.toThrow(
      expect.objectContaining({ name: 'EntityNotFoundException' }),
    );
  });

  test('resolves for others than clients at its end', async () => {
    await drop(`${FOLDER}a.csv`, COMMA);
    await provisionCrawl();
    await expect(endpoint.gateway.crawls.start('listing')).resolves.toBe('SUCCEEDED');
    await grant('s3:GetObject');
    await expect(endpoint.gateway.crawls.start('listing')).resolves.toBe('FAILED');
    await expect(endpoint.gateway.crawls.start('nobody')).rejects.toThrow(/does not exist/);
  });
});

describe('a crawl that fails says why, and leaves the catalog as it was', () => {
  test.each(['s3:ListBucket', 's3:GetObject', 'glue:GetTables'])('without the grant %s', async (action) => {
    await grant(action);
    await drop(`${FOLDER}a.csv`, COMMA);
    await provisionCrawl();
    const { Status, ErrorMessage } = await crawl();
    expect(Status).toBe('FAILED');
    expect(ErrorMessage).toContain(action);
    expect(await tables()).toEqual([]);
  });

  test('over a table whose partitions are projected', async () => {
    await glue.send(
      new CreateTableCommand({
        DatabaseName: DATABASE,
        TableInput: {
          Name: 'projected',
          Parameters: { 'projection.enabled': 'true' },
          StorageDescriptor: { Location: `s3://${BUCKET}/reference` },
        },
      }),
    );
    await drop(`${FOLDER}a.csv`, COMMA);
    await provisionCrawl();
    expect((await crawl()).ErrorMessage).toMatch(
      /is where table projected is, whose partitions are projected/,
    );
    expect(await tables()).toHaveLength(1);
  });

  test('at a format that it does not know', async () => {
    await drop(`${FOLDER}a.parquet`, 'PAR1');
    await provisionCrawl();
    expect((await crawl()).ErrorMessage).toMatch(/a\.parquet: it is Parquet, which the local crawl does not/);
  });
});

test.each([
  ['Classifiers', { Classifiers: ['tab'] }, /Classifiers has tab, which is no classifier/],
  ['Path', { Targets: { S3Targets: [{ Path: 'x' }] } }, /Path is x, not s3:/],
  [
    'event mode',
    { Targets: { S3Targets: [{ Path: 's3://x', EventQueueArn: 'a' }] } },
    /EventQueueArn is not/,
  ],
  ['SampleSize', { Targets: { S3Targets: [{ Path: 's3://x', SampleSize: 250 }] } }, /SampleSize is 250/],
  ['Exclusions', { Targets: { S3Targets: [{ Path: 's3://x', Exclusions: ['{a'] }] } }, /without its }/],
  ['RecrawlPolicy', { RecrawlPolicy: { RecrawlBehavior: 'CRAWL_NEW_FOLDERS_ONLY' } }, /RecrawlBehavior is/],
  ['Configuration', { Configuration: 'x' }, /is not JSON/],
  [
    'Configuration',
    { Configuration: '{"Version":1.0,"CrawlerOutput":{"Tables":{}}}' },
    /Tables is not known/,
  ],
  ['Configuration', { Configuration: '{"Version":1.0,"Grouping":{"TableGroupingPolicy":"X"}}' }, /is X, not/],
])('a template with a wrong %s stops the start', async (_, changes, message) => {
  await expect(provisionCrawl(changes)).rejects.toThrow(message);
});

test.each([
  ['Delimiter', { Delimiter: '||' }, /Delimiter is \|\|, not one character/],
  ['QuoteSymbol', { Delimiter: ',', QuoteSymbol: ',' }, /QuoteSymbol is the delimiter too/],
  ['ContainsHeader', { ContainsHeader: 'YES' }, /ContainsHeader is YES, not/],
  ['CustomDatatypes', { ContainsCustomDatatype: ['INT'] }, /ContainsCustomDatatype is not known/],
])('a classifier with a wrong %s stops the start', async (_, CsvClassifier, message) => {
  await expect(provision('AWS::Glue::Classifier', { CsvClassifier })).rejects.toThrow(message);
});
