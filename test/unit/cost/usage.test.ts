/** What each type takes in a month, against figures worked out by hand; each comment is the calculation. */
import { expect, test } from '@jest/globals';
import { billOf } from '../../../cli/cost/bill.ts';
import type { PriceId } from '../../../cli/cost/price-table.ts';
import type { LoadProfile } from '../../../cli/cost/profile.ts';
import type { Resource } from '../../../cli/cost/resources.ts';
import type { JsonObject } from '../../../local/template/template.ts';
import {
  consumer,
  lambda,
  landing,
  pipeline,
  provisioned,
  RECORDS,
  ROUND,
  resource,
  SECONDS,
  serverless,
  topics,
  watchlist,
} from './stage.ts';

/** Units of each price that one resource of a stage takes; those of which it takes none aside. */
function usageOf(
  id: string,
  resources: readonly Resource[],
  profile: Partial<LoadProfile> = {},
): Partial<Record<PriceId, number>> {
  const { lines } = billOf(resources, { ...ROUND, ...profile });
  return Object.fromEntries(
    lines
      .filter((line) => line.resource === id && line.quantity !== 0)
      .map(({ price, quantity }) => [price, quantity]),
  );
}

/** The same but for how floating point rounds. */
function near(expected: Partial<Record<PriceId, number>>): object {
  return Object.fromEntries(
    Object.entries(expected).map(([price, quantity]) => [price, expect.closeTo(quantity, 6)]),
  );
}

test('a serverless cluster: hours, partitions, bytes in, bytes out to each reader, bytes kept', () => {
  expect(usageOf('Cluster', [serverless, topics, watchlist, ...landing])).toEqual(
    near({
      'msk.serverless.cluster': 730,
      // 8 partitions
      'msk.serverless.partition': 5840,
      // 262.8 million of 100 bytes, and a tenth of them with 149 bytes of headers more: 26.28 + 6.54372
      'msk.serverless.in': 32.82372,
      // landing alone reads, and only topic quotes
      'msk.serverless.out': 26.28,
      // 7 days of 30.4167
      'msk.serverless.storage': (32.82372 * 7) / (730 / 24),
    }),
  );
});

test('a provisioned cluster: brokers, disks, and bytes that cross zones', () => {
  const prodTopics = resource('AWS::MSK::Topic', 'Quotes', { TopicName: 'quotes', PartitionCount: 4 });
  expect(usageOf('Cluster', [provisioned, prodTopics, ...landing])).toEqual(
    near({
      'msk.broker.kafka.m7g.large': 2190,
      'msk.storage': 1500,
      // (26.28 in + 26.28 out), two of three times to another zone, both directions
      'vpc.zones': 70.08,
    }),
  );
});

test.each([
  ['DEFAULT', undefined],
  ['PER_BROKER', 180],
  ['PER_TOPIC_PER_BROKER', 210],
  ['PER_TOPIC_PER_PARTITION', 250],
])('brokers watched at level %s', (level, metrics) => {
  const cluster = { ...provisioned, properties: { ...provisioned.properties, EnhancedMonitoring: level } };
  const topic = resource('AWS::MSK::Topic', 'Quotes', { TopicName: 'quotes', PartitionCount: 4 });
  expect(
    billOf([cluster, topic], ROUND).lines.find(({ price }) => price === 'cloudwatch.metrics')?.quantity,
  ).toBe(metrics ?? 0);
});

test('landing: an invocation a window, its CPU by records, its wait by invocations', () => {
  // a window of 2 s: 1,314,000; 4 CPU s a million at 1024/1769 of a vCPU, and 0.1 s each; 1 GB
  const seconds = (262.8 * 4) / (1024 / 1769) + 131_400;
  expect(usageOf('QuotesLandingLandQuotes', pipeline)).toEqual(
    near({
      'lambda.requests': SECONDS / 2,
      'lambda.duration': seconds,
      'cloudwatch.metrics': 4,
    }),
  );
});

test('landing with more quotes than a window takes: an invocation for as many records as it takes', () => {
  // 20,000/s for 2 s are more than 10,000
  expect(usageOf('QuotesLandingLandQuotes', pipeline, { quotesPerSecond: 20_000 })).toMatchObject({
    'lambda.requests': expect.closeTo(SECONDS * 2, 6),
  });
});

test('quotes that come at once every minute make a batch a minute', () => {
  expect(usageOf('QuotesLandingLandQuotes', pipeline, { arrivals: 'bursts' })).toMatchObject({
    'lambda.requests': expect.closeTo(SECONDS / 60, 6),
  });
});

test('curation: an invocation a raw object, a queue of three requests a message', () => {
  // 200 records a batch are in 4 × (1 − 0.75^200) partitions, which is 4
  const objects = (SECONDS / 2) * 4 * (1 - 0.75 ** 200);
  expect(usageOf('QuotesCurationCurateQuotes', pipeline)).toEqual(
    near({
      'lambda.requests': objects,
      'lambda.duration': (262.8 * 6 + objects * 0.1) * (1769 / 1024),
      'cloudwatch.metrics': 4,
    }),
  );
  // and five connections that ask an idle queue every 20 seconds
  expect(usageOf('QuotesCurationQueue', pipeline)).toEqual(near({ 'sqs.requests': 657_000 + 3 * objects }));
});

test('provisioned pollers: a unit for ten of them, and for 20 MB/s', () => {
  const pollers = { ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4 } };
  const stage = [
    serverless,
    topics,
    lambda('land-quotes', 'QuotesLandingLandQuotes'),
    consumer('QuotesLandingLandQuotes', 'quotes', pollers),
  ];
  const id = 'QuotesLandingLandQuotesSource';
  expect(usageOf(id, stage)).toEqual(near({ 'lambda.pollers': 730 }));
  // 30 MB/s
  expect(usageOf(id, stage, { quotesPerSecond: 300_000 })).toEqual(near({ 'lambda.pollers': 1460 }));
  // the second unit only in the 136.5 hours in which quotes come
  expect(usageOf(id, stage, { quotesPerSecond: 300_000, hours: 'market' })).toEqual(
    near({ 'lambda.pollers': 866.5 }),
  );
});

test('event sources of a group share their units', () => {
  const grouped: JsonObject = {
    ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4, PollerGroupName: 'one' },
    MetricsConfig: { Metrics: ['EventCount'] },
  };
  const stage = [
    serverless,
    topics,
    ...['LandQuotes', 'FilterQuotes'].flatMap((id) => [lambda('x', id), consumer(id, 'quotes', grouped)]),
  ];
  expect(usageOf('LandQuotesSource', stage)).toEqual(
    near({ 'lambda.pollers': 365, 'cloudwatch.metrics': 6 }),
  );
});

test('the raw bucket: an object a partition and batch, an event each, no archive for small ones', () => {
  const raw = resource('AWS::S3::Bucket', 'StorageRaw123', {
    NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    LifecycleConfiguration: {
      Rules: [{ Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 90 }] }],
    },
  });
  const objects = (SECONDS / 2) * 4 * (1 - 0.75 ** 200);
  expect(usageOf('StorageRaw123', [...pipeline, raw])).toEqual(
    near({
      // 262.8 million of 50 bytes
      's3.storage': 13.14,
      's3.put': objects * 1.001,
      's3.get': objects,
      'eventbridge.events': objects,
    }),
  );
});

test('the raw bucket: objects of 128 KiB go to the archive after 90 days', () => {
  const raw = resource('AWS::S3::Bucket', 'StorageRaw123', {
    LifecycleConfiguration: {
      Rules: [{ Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 90 }] }],
    },
  });
  const profile = { quotesPerSecond: 10_000, lakeAgeMonths: 12, rawBytes: 100 };
  // 20,000 records a batch are two batches of 10,000: 2,500 records of 100 bytes an object
  const months = 90 / (730 / 24);
  expect(usageOf('StorageRaw123', [...pipeline, raw], profile)).toMatchObject({
    's3.storage': expect.closeTo(2628 * months, 3),
    's3.archive': expect.closeTo(2628 * (12 - months), 3),
  });
});

test('the lake bucket without compaction: curated files and receipts for ever, and what queries open', () => {
  const lake = resource('AWS::S3::Bucket', 'StorageLake123', {});
  const objects = (SECONDS / 2) * 4 * (1 - 0.75 ** 200);
  expect(usageOf('StorageLake123', [...pipeline, lake])).toEqual(
    near({
      // 20 bytes a row and 500 a receipt
      's3.storage': 5.256 + (objects * 500) / 1e9,
      's3.put': 2 * objects,
      // a receipt looked for; 100 queries a day that each read the files of a day
      's3.get': objects + 100 * objects,
    }),
  );
});

test('an endpoint: its zones, and what on-demand pollers push through that of Lambda', () => {
  const at = (service: string): Resource =>
    resource('AWS::EC2::VPCEndpoint', service, {
      VpcEndpointType: 'Interface',
      SubnetIds: ['a', 'b'],
      ServiceName: `com.amazonaws.us-east-1.${service}`,
    });
  // 100 bytes as base64 and 139 around them
  const gigabytes = (262.8 * (400 / 3 + 139)) / 1000;
  const stage = [...pipeline, at('lambda'), at('glue')];
  expect(usageOf('lambda', stage)).toEqual(near({ 'vpc.endpoint': 1460, 'vpc.endpoint.data': gigabytes }));
  expect(usageOf('glue', stage)).toEqual(near({ 'vpc.endpoint': 1460 }));
});

test('a gateway endpoint is free', () => {
  const gateway = resource('AWS::EC2::VPCEndpoint', 's3', { VpcEndpointType: 'Gateway' });
  expect(billOf([gateway], ROUND).usd).toBe(0);
});

test('NAT: its hours, and what goes through it where there is no endpoint of Lambda', () => {
  const nat = resource('AWS::EC2::NatGateway', 'Nat');
  const gigabytes = (262.8 * (400 / 3 + 139)) / 1000;
  expect(usageOf('Nat', [...pipeline, nat])).toEqual(near({ 'vpc.nat': 730, 'vpc.nat.data': gigabytes }));
});

test('a database of two zones: two instances, two disks, a vCPU-hour of insights each', () => {
  const database = resource('AWS::RDS::DBInstance', 'Database', {
    DBInstanceClass: 'db.m7g.large',
    AllocatedStorage: '100',
    MaxAllocatedStorage: 1000,
    MultiAZ: true,
    BackupRetentionPeriod: 14,
    DatabaseInsightsMode: 'advanced',
  });
  expect(usageOf('Database', [serverless, topics, watchlist, database])).toEqual(
    near({
      'rds.instance.db.m7g.large': 1460,
      'rds.storage': 200,
      'rds.insights': 1460,
    }),
  );
});

test('a database whose rows outgrow its disk: the disk grows, and backups with it', () => {
  const database = resource('AWS::RDS::DBInstance', 'Database', {
    DBInstanceClass: 'db.t4g.micro',
    AllocatedStorage: 1,
    MaxAllocatedStorage: 50,
    BackupRetentionPeriod: 15,
    ManageMasterUserPassword: true,
  });
  expect(usageOf('Database', [serverless, topics, watchlist, database])).toEqual(
    near({
      'rds.instance.db.t4g.micro': 730,
      // 26.28 million rows of 100 bytes
      'rds.storage': 2.628,
      // one whole, half a month of changes, less what is free
      'rds.backup': 1.314,
      'secrets.secret': 1,
    }),
  );
});

test('a replica has the disk of its source', () => {
  const source = resource('AWS::RDS::DBInstance', 'Source', {
    DBInstanceClass: 'db.m7g.large',
    AllocatedStorage: '100',
  });
  const replica = resource('AWS::RDS::DBInstance', 'Replica', {
    DBInstanceClass: 'db.m7g.large',
    SourceDBInstanceIdentifier: { Ref: 'Source' },
  });
  expect(usageOf('Replica', [source, replica])).toEqual(
    near({ 'rds.instance.db.m7g.large': 730, 'rds.storage': 100 }),
  );
});

test('a proxy is billed by the vCPUs of its database', () => {
  const stage = [
    resource('AWS::RDS::DBInstance', 'Database', { DBInstanceClass: 'db.m7g.large', AllocatedStorage: '20' }),
    resource('AWS::RDS::DBProxy', 'Proxy'),
    resource('AWS::RDS::DBProxyTargetGroup', 'Targets', {
      DBProxyName: { Ref: 'Proxy' },
      DBInstanceIdentifiers: [{ Ref: 'Database' }],
    }),
  ];
  expect(usageOf('Proxy', stage)).toEqual(near({ 'rds.proxy': 1460 }));
});

const compaction = [
  resource('AWS::Glue::Job', 'CompactionCompact', {
    WorkerType: 'G.1X',
    NumberOfWorkers: 5,
    Timeout: 60,
    DefaultArguments: { '--optimizer_role': 'role', '--snapshot_days': '0' },
  }),
  resource('AWS::Glue::Trigger', 'Quotes', {
    Type: 'SCHEDULED',
    StartOnCreation: true,
    Schedule: 'cron(10 * * * ? *)',
    Actions: [{ JobName: { Ref: 'CompactionCompact' } }],
  }),
];

test('compaction: each run starts a session and computes its rows on all workers but the driver', () => {
  const stage = [serverless, topics, watchlist, ...compaction];
  // 289.08 million rows over 730 runs: 0.396 million, 68 core seconds a million, 16 cores
  const seconds = 120 + (0.396 * 68) / 16;
  expect(usageOf('CompactionCompact', stage)).toEqual(
    near({
      'glue.dpu': (730 * 5 * seconds) / 3600,
      // 2.8908 GB of new history
      'glue.optimizer': 0.14454,
    }),
  );
});

test('a crawl is ten minutes of two DPU at least', () => {
  const crawler = resource('AWS::Glue::Crawler', 'Crawler', {
    Schedule: { ScheduleExpression: 'cron(15 9 * * ? *)' },
  });
  expect(usageOf('Crawler', [crawler])).toEqual(near({ 'glue.crawler': 730 / 24 / 3 }));
});

test("analysts' queries read a part of a day, 10 MB at least", () => {
  const workgroup = resource('AWS::Athena::WorkGroup', 'Analysts', { Name: 'tickerlake-dev-analysts' });
  const stage = [serverless, topics, workgroup];
  // a day is 8.64 million rows of 10 bytes, half of it 43.2 MB; 100 queries a day
  expect(usageOf('Analysts', stage)).toEqual(near({ 'athena.scanned': (100 * (730 / 24) * 43.2e6) / 1e12 }));
  expect(usageOf('Analysts', stage, { quotesPerSecond: 1 })).toEqual(
    near({ 'athena.scanned': (100 * (730 / 24) * 10e6) / 1e12 }),
  );
});

test('a dashboard: its users, what SPICE holds beyond theirs, and a query a look where it is not imported', () => {
  const stage = [
    resource('AWS::QuickSight::Dashboard', 'Dashboard'),
    resource('AWS::QuickSight::DataSource', 'Lake', { Type: 'ATHENA' }),
    resource('AWS::QuickSight::DataSet', 'Candles', { ImportMode: 'SPICE', Source: { Ref: 'Lake' } }),
    resource('AWS::QuickSight::DataSet', 'Ticks', { ImportMode: 'DIRECT_QUERY', Source: { Ref: 'Lake' } }),
    resource('AWS::QuickSight::RefreshSchedule', 'Daily', {
      Schedule: { ScheduleFrequency: { Interval: 'DAILY' } },
    }),
    resource('AWS::Athena::WorkGroup', 'Dashboards', { Name: 'tickerlake-dev-dashboards' }),
  ];
  const days = 730 / 24;
  expect(usageOf('Dashboard', stage)).toEqual(near({ 'quicksight.author': 2, 'quicksight.reader': 10 }));
  expect(usageOf('Candles', stage, { spiceBytes: 25e9 })).toEqual(near({ 'quicksight.spice': 5 }));
  // ten readers look twenty times a day, and one import; 10 MB each
  expect(usageOf('Dashboards', stage)).toEqual(near({ 'athena.scanned': (201 * days * 10e6) / 1e12 }));
});

test('keys: each a month, and with bucket keys one request of a hundred', () => {
  const key = resource('AWS::KMS::Key', 'Key');
  const encrypted = (isSaved: boolean): Resource =>
    resource('AWS::S3::Bucket', 'StorageRaw1', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: isSaved,
            ServerSideEncryptionByDefault: {
              SSEAlgorithm: 'aws:kms',
              KMSMasterKeyID: { 'Fn::GetAtt': ['Key', 'Arn'] },
            },
          },
        ],
      },
    });
  const objects = (SECONDS / 2) * 4 * (1 - 0.75 ** 200);
  const requests = 2.001 * objects;
  expect(usageOf('Key', [...pipeline, key, encrypted(false)])).toEqual(
    near({ 'kms.key': 1, 'kms.requests': requests }),
  );
  expect(usageOf('Key', [...pipeline, key, encrypted(true)])).toEqual(
    near({ 'kms.key': 1, 'kms.requests': requests / 100 }),
  );
});

test("a function's log: what its invocations write, kept compressed", () => {
  const logged = {
    ...landing[0],
    properties: { ...landing[0]?.properties, LoggingConfig: { LogGroup: { Ref: 'Log' } } },
  } as Resource;
  const log = resource('AWS::Logs::LogGroup', 'Log', { RetentionInDays: 14 });
  const stage = [serverless, topics, logged, ...landing.slice(1), log];
  // 1,314,000 of 2,000 bytes
  expect(usageOf('Log', stage)).toEqual(
    near({
      'cloudwatch.logs': 2.628,
      'cloudwatch.logs.storage': (2.628 * 0.15 * 14) / (730 / 24),
    }),
  );
});

test.each<[string, string, JsonObject, Partial<Record<PriceId, number>>]>([
  ['an alarm on a metric', 'AWS::CloudWatch::Alarm', { MetricName: 'Errors' }, { 'cloudwatch.alarms': 1 }],
  [
    'an alarm on an expression of two',
    'AWS::CloudWatch::Alarm',
    { Metrics: [{ Expression: 'a/b' }, { MetricStat: {} }, { MetricStat: {} }] },
    { 'cloudwatch.alarms': 2 },
  ],
  ['a composite alarm', 'AWS::CloudWatch::CompositeAlarm', {}, { 'cloudwatch.alarms.composite': 1 }],
  ['a dashboard', 'AWS::CloudWatch::Dashboard', {}, { 'cloudwatch.dashboards': 1 }],
  ['a metric filter', 'AWS::Logs::MetricFilter', {}, { 'cloudwatch.metrics': 1 }],
  ['a secret', 'AWS::SecretsManager::Secret', {}, { 'secrets.secret': 1 }],
  ['an address', 'AWS::EC2::EIP', {}, { 'vpc.address': 730 }],
  [
    'a schedule',
    'AWS::Scheduler::Schedule',
    { ScheduleExpression: 'rate(15 minutes)' },
    { 'scheduler.invocations': 2920 },
  ],
  [
    'a schedule that is off',
    'AWS::Scheduler::Schedule',
    { ScheduleExpression: 'rate(1 minute)', State: 'DISABLED' },
    {},
  ],
  ['a trail of management events', 'AWS::CloudTrail::Trail', {}, {}],
])('%s', (_, type, properties, expected) => {
  expect(usageOf('It', [resource(type, 'It', properties)])).toEqual(near(expected));
});

test('a trail of data events records every request to a bucket', () => {
  const trail = resource('AWS::CloudTrail::Trail', 'Trail', { EventSelectors: [{ DataResources: [] }] });
  const raw = resource('AWS::S3::Bucket', 'StorageRaw1');
  const objects = (SECONDS / 2) * 4 * (1 - 0.75 ** 200);
  expect(usageOf('Trail', [...pipeline, raw, trail])).toEqual(near({ 'cloudtrail.data': 2.001 * objects }));
});

test("a trail that leaves the stage's own roles out records what Athena reads for analysts", () => {
  const trail = resource('AWS::CloudTrail::Trail', 'Trail', {
    AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'userIdentity.arn', NotStartsWith: ['arn'] }] }],
  });
  const objects = (SECONDS / 2) * 4 * (1 - 0.75 ** 200);
  // 100 queries a day, each of that day's files
  expect(usageOf('Trail', [...pipeline, trail])).toEqual(near({ 'cloudtrail.data': 100 * objects }));
});

test('a freshness probe reads one column of a day and a half, and each of its files', () => {
  const probe = resource('AWS::Lambda::Function', 'Probe', {
    FunctionName: 'tickerlake-dev-probe-freshness',
    MemorySize: 256,
    Environment: { Variables: { WORKGROUP: 'tickerlake-dev-etl' } },
  });
  const schedule = resource('AWS::Scheduler::Schedule', 'Schedule', {
    ScheduleExpression: 'rate(1 hour)',
    Target: { Arn: { 'Fn::GetAtt': ['Probe', 'Arn'] } },
  });
  const etl = resource('AWS::Athena::WorkGroup', 'Etl', { Name: 'tickerlake-dev-etl' });
  const lake = resource('AWS::S3::Bucket', 'StorageLake1');
  const stage = [...pipeline, probe, schedule, etl, lake];
  // of 730 hours a month 21 × 6.5 are in a session; a tenth of a day and a half of 86.4 MB
  const asked = 136.5;
  expect(usageOf('Etl', stage)).toEqual(near({ 'athena.scanned': (asked * 12.96e6) / 1e12 }));
  const objects = (SECONDS / 2) * 4 * (1 - 0.75 ** 200);
  const filesPerDay = objects / (730 / 24);
  expect(usageOf('StorageLake1', stage, { queriesPerDay: 0 })).toMatchObject(
    near({ 's3.get': objects + asked * 1.5 * filesPerDay }),
  );
});

test('a month of the round load has as many records as the examples say', () => {
  expect(billOf([serverless, topics], ROUND).quotes).toBe(RECORDS);
});
