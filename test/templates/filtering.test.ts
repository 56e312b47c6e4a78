import { describe, expect, test } from '@jest/globals';
import type { App } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Stage } from '../../core/names.ts';
import { SERVING_DATABASE } from '../../core/serving.ts';
import { TOPICS, type TopicDefinition } from '../../core/topics.ts';
import { parseWatchlist } from '../../core/watchlist.ts';
import { resolveConfig } from '../../lib/config/resolve-config.ts';
import { QuoteFilter } from '../../lib/constructs/filtering/quote-filter.ts';
import { LakeStorage } from '../../lib/constructs/lake/lake-storage.ts';
import { LakeNetwork } from '../../lib/constructs/network/lake-network.ts';
import { QuoteServer } from '../../lib/constructs/serving/quote-server.ts';
import { SchemaRegistry, TopicSchema } from '../../lib/constructs/stream/schema-registry.ts';
import { ServerlessCluster } from '../../lib/constructs/stream/serverless-cluster.ts';
import { readable } from '../helpers/readable.ts';
import { onlyOne, synthesizeApp } from './synthesize.ts';

interface Options {
  readonly filtering?: object;
  readonly target?: TopicDefinition;
}

const connected: string[] = [];

/** The filter and the server of a stage, with no more around them than they need. */
function templateOf(
  stage: Stage,
  { filtering = {}, target = TOPICS.quotesFiltered }: Options = {},
): Template {
  const config = resolveConfig(stage, { [stage]: { filtering } });
  const { operations, lake } = config;
  const build = (app: App): void => {
    const stack = new Stack(app, 'stack');
    const network = new LakeNetwork(stack, 'Network', {
      network: config.network,
      operations,
      reachesInternet: false,
    });
    const registry = new SchemaRegistry(stack, 'Registry', { registryName: 'r' });
    const common = {
      stage,
      operations,
      lake,
      landing: config.landing,
      network,
      cluster: new ServerlessCluster(stack, 'Cluster', { stage, clusterName: 'c', network, operations }),
      registry,
      schema: new TopicSchema(stack, 'Schema', {
        registry,
        schemaName: 'quotes',
        versions: [{ type: 'record', name: 'Quote', namespace: 'n', doc: '', fields: [] }],
      }),
      rawBucket: new LakeStorage(stack, 'Storage', { stage, lake }).raw,
      source: TOPICS.quotes,
    };
    new QuoteFilter(stack, 'QuoteFilter', { ...common, target, filtering: config.filtering });
    new QuoteServer(stack, 'QuoteServer', {
      ...common,
      topic: target,
      serving: config.serving,
      database: {
        host: 'database.example',
        port: '5432',
        name: SERVING_DATABASE,
        grantConnect: (_, user) => connected.push(user),
      },
    });
  };
  return Template.fromJSON(synthesizeApp(build).getStackByName('stack').template as Record<string, unknown>);
}

const dev = templateOf('dev');
const prod = templateOf('prod');

const environment = (template: Template, name: string): unknown => {
  const { Environment } = onlyOne(template, 'AWS::Lambda::Function', { FunctionName: name });
  return (Environment as { Variables: unknown }).Variables;
};

/** What the role of a function may do, `action resource`. */
function allowed(template: Template, role: string): string[] {
  return Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith(role))
    .flatMap(([, { Properties }]) => {
      const { Statement } = (Properties as { PolicyDocument: { Statement: Statement[] } }).PolicyDocument;
      return Statement.flatMap(({ Action, Resource }) =>
        [Action].flat().map((action) => `${action} ${readable(Resource)}`),
      );
    });
}

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
}

const FILTER = 'QuoteFilterFilterQuotesRole';
const SERVER = 'QuoteServerServeQuotesRole';
const PROVISIONED = {
  ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4 },
  FunctionResponseTypes: ['ReportBatchItemFailures'],
  BisectBatchOnFunctionError: true,
  MaximumRetryAttempts: 10_000,
  DestinationConfig: { OnFailure: { Destination: expect.anything() as unknown } },
};

describe('the watchlist', () => {
  const watchlist = (template: Template): ReturnType<typeof onlyOne> =>
    onlyOne(template, 'AWS::SSM::Parameter');

  test('is a parameter that holds what is configured, and says how it is changed', () => {
    const filtering = { symbols: 'MSFT,AAPL', movePercentOver: 2.5, volumeOver: 0 };
    const made = watchlist(templateOf('dev', { filtering }));
    expect(made).toMatchObject({ Name: '/tickerlake/dev/watchlist', Type: 'String' });
    expect(made['Value']).toBe('{"symbols":["AAPL","MSFT"],"movePercentOver":2.5}');
    expect(made['Description']).toMatch(/no deployment is needed/);
  });

  test.each([
    ['dev', dev],
    ['prod', prod],
  ])('of %s watches something, unless configured otherwise', (_, template) => {
    expect(parseWatchlist(String(watchlist(template)['Value'])).symbols.size).toBeGreaterThan(0);
  });

  test('alarms when it cannot be read three minutes in a row', () => {
    dev.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'tickerlake',
      MetricName: 'WatchlistsRefused',
      Dimensions: [
        { Name: 'service', Value: 'tickerlake-dev-filter-quotes' },
        { Name: 'topic', Value: 'quotes' },
      ],
      EvaluationPeriods: 3,
      Period: 60,
    });
  });
});

describe('the filter', () => {
  test('knows both topics, one schema, and the watchlist', () => {
    expect(environment(dev, 'tickerlake-dev-filter-quotes')).toMatchObject({
      SOURCE_TOPIC: 'quotes',
      TOPIC: 'quotes_filtered',
      SCHEMA_NAME: 'quotes',
      WATCHLIST_PARAMETER: { Ref: expect.stringMatching(/Watchlist/) as unknown },
      LAKE_START: '1990-01-01',
      PARTIAL_BATCH_RESPONSE: 'false',
    });
    expect(environment(prod, 'tickerlake-prod-filter-quotes')).toMatchObject({
      PARTIAL_BATCH_RESPONSE: 'true',
    });
  });

  test('runs beside the brokers', () => {
    expect(
      onlyOne(dev, 'AWS::Lambda::Function', { FunctionName: 'tickerlake-dev-filter-quotes' }),
    ).toHaveProperty('VpcConfig');
  });

  test('may read its source, write its target, and neither the other way round', () => {
    const statements = allowed(dev, FILTER);
    const of = (action: string): string[] =>
      statements.filter((line) => line.startsWith(`kafka-cluster:${action} `));
    expect(of('ReadData')).toEqual([expect.stringContaining('/quotes by :cluster/')]);
    expect(of('WriteData')).toEqual([expect.stringContaining('/quotes_filtered by :cluster/')]);
    expect(of('AlterGroup').join()).toContain('tickerlake-dev-filter-quotes');
  });

  test('may read the watchlist, and no other parameter', () => {
    expect(allowed(dev, FILTER).filter((line) => line.startsWith('ssm:'))).toEqual([
      expect.stringMatching(/^ssm:GetParameter arn:.*:parameter\$\{QuoteFilterWatchlist\w+\}$/),
    ]);
  });

  test('of a target with fewer partitions is refused: records of the last ones could go nowhere', () => {
    const target = { ...TOPICS.quotesFiltered, partitions: 3 };
    expect(() => templateOf('dev', { target })).toThrow(/quotes_filtered has 3 partitions.*at least its 4/);
    expect(() => templateOf('dev', { target: TOPICS.quotes })).toThrow(/derived from nothing/);
  });
});

describe('the server', () => {
  test('knows the database, its user there, and whose certificates to trust', () => {
    expect(environment(dev, 'tickerlake-dev-serve-quotes')).toMatchObject({
      TOPIC: 'quotes_filtered',
      SOURCE_TOPIC: 'quotes',
      DATABASE_HOST: 'database.example',
      DATABASE_PORT: '5432',
      DATABASE_NAME: 'tickerlake',
      DATABASE_USER: 'quotes_writer',
      NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
    });
  });

  test('may log in as the writer alone', () => {
    expect(new Set(connected)).toEqual(new Set(['writer']));
  });

  test('writes to no topic', () => {
    expect(allowed(dev, SERVER).filter((line) => line.includes('Write'))).toEqual([]);
  });
});

describe.each([
  ['filter-quotes', 'quotes', FILTER],
  ['serve-quotes', 'quotes_filtered', SERVER],
])('the event source of %s', (part, topic, role) => {
  const mapping = (template: Template): Readonly<Record<string, unknown>> =>
    onlyOne(template, 'AWS::Lambda::EventSourceMapping', { Topics: [topic] });

  test('reads the topic from its beginning, in one group of fixed name', () => {
    expect(mapping(dev)).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: `tickerlake-dev-${part}` },
    });
  });

  test('asks for what provisioned pollers take only where there are some', () => {
    expect(mapping(prod)).toMatchObject(PROVISIONED);
    for (const property of Object.keys(PROVISIONED)) expect(mapping(dev)).not.toHaveProperty(property);
  });

  test('diverts, and lets the function take back in what was diverted, only there', () => {
    const diverted = (template: Template): string[] =>
      allowed(template, role)
        .filter((line) => line.includes('aws/lambda/*'))
        .map((line) => line.split(' ')[0] ?? '');
    expect(diverted(dev)).toEqual([]);
    expect(diverted(prod).sort()).toEqual(['s3:DeleteObject', 's3:GetObject', 's3:PutObject']);
    expect(allowed(prod, role).some((line) => line.startsWith('s3:ListBucket '))).toBe(true);
  });

  test('alarms on lag', () => {
    dev.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'OffsetLag',
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: onlyFunction(dev, `tickerlake-dev-${part}`) } }],
    });
  });
});

function onlyFunction(template: Template, name: string): string {
  const found = template.findResources('AWS::Lambda::Function', { Properties: { FunctionName: name } });
  return Object.keys(found)[0] ?? '';
}
