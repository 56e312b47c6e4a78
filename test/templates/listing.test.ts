import { describe, expect, test } from '@jest/globals';
import { STAGES } from '../../core/names.ts';
import { readable } from '../helpers/readable.ts';
import { grants, lakeKeys, tables } from './grants.ts';
import { onlyOne, synthesize } from './synthesize.ts';

const lakes = { dev: synthesize('dev'), prod: synthesize('prod') };
const templates = STAGES.map((stage) => [stage, lakes[stage].stacks.jobs] as const);

type Properties = Readonly<Record<string, unknown>>;

describe.each(templates)('a listing dropped in %s', (stage, template) => {
  const name = `tickerlake-${stage}-listing`;

  test('is told to EventBridge, which tells the workflow and may do nothing else', () => {
    lakes[stage].stacks.lake.resourcePropertiesCountIs(
      'AWS::S3::Bucket',
      { NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } } },
      2,
    );
    const { EventPattern, Targets } = onlyOne(template, 'AWS::Events::Rule', { Name: name }) as {
      EventPattern: unknown;
      Targets: { Arn: unknown; RoleArn: unknown }[];
    };
    expect(EventPattern).toMatchObject({
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: { object: { key: [{ prefix: 'reference/nasdaq_listed/' }] } },
    });
    expect(Targets.map(({ Arn, RoleArn }) => [readable(Arn), readable(RoleArn)])).toEqual([
      [
        expect.stringMatching(/:workflow\/\$\{ListingWorkflow\w+\}$/),
        expect.stringMatching(/^\$\{ListingNotifyRole\w+\.Arn\}$/),
      ],
    ]);
    expect(grants(template, 'ListingNotifyRole')).toEqual([
      expect.stringMatching(/^glue:notifyEvent on .*:workflow\/\$\{ListingWorkflow\w+\}$/),
    ]);
  });

  test('is crawled with others that come soon after, and loaded if that went well', () => {
    const crawler = { Ref: expect.stringMatching(/^ListingCrawler/) as unknown };
    onlyOne(template, 'AWS::Glue::Workflow', { Name: name, MaxConcurrentRuns: 1 });
    expect(onlyOne(template, 'AWS::Glue::Trigger', { Type: 'EVENT' })).toMatchObject({
      WorkflowName: { Ref: expect.stringMatching(/^ListingWorkflow/) as unknown },
      EventBatchingCondition: { BatchSize: 100, BatchWindow: stage === 'dev' ? 10 : 60 },
      Actions: [{ CrawlerName: crawler }],
    });
    expect(onlyOne(template, 'AWS::Glue::Trigger', { Type: 'CONDITIONAL' })).toMatchObject({
      WorkflowName: { Ref: expect.stringMatching(/^ListingWorkflow/) as unknown },
      StartOnCreation: true,
      Predicate: {
        Conditions: [{ LogicalOperator: 'EQUALS', CrawlerName: crawler, CrawlState: 'SUCCEEDED' }],
      },
      Actions: [{ JobName: { Ref: expect.stringMatching(/^ListingLoadListing/) as unknown } }],
    });
  });

  test('is known by its delimiter, whether comma or bar, with quoted names', () => {
    const classifiers = Object.entries(template.findResources('AWS::Glue::Classifier'));
    expect(
      classifiers.map(([, { Properties }]) => (Properties as { CsvClassifier: unknown }).CsvClassifier),
    ).toEqual(
      [',', '|'].map((Delimiter): unknown =>
        expect.objectContaining({
          Delimiter,
          QuoteSymbol: '"',
          ContainsHeader: 'PRESENT',
          AllowSingleColumn: false,
        }),
      ),
    );
    expect(onlyOne(template, 'AWS::Glue::Crawler')).toMatchObject({
      Name: name,
      Classifiers: classifiers.map(([id]) => ({ Ref: id })),
    });
  });

  test('becomes table reference_nasdaq_listed, whatever lies in its folder', () => {
    const crawler = onlyOne(template, 'AWS::Glue::Crawler');
    expect(crawler).toMatchObject({
      TablePrefix: 'reference_',
      DatabaseName: `tickerlake_${stage}`,
      SchemaChangePolicy: { UpdateBehavior: 'UPDATE_IN_DATABASE', DeleteBehavior: 'LOG' },
      RecrawlPolicy: { RecrawlBehavior: 'CRAWL_EVERYTHING' },
    });
    const { S3Targets } = crawler['Targets'] as { S3Targets: { Path: unknown }[] };
    expect(S3Targets.map(({ Path }) => readable(Path))).toEqual([
      expect.stringMatching(/^s3:\/\/\$\{StorageLake\w+\}\/reference\/nasdaq_listed\/$/),
    ]);
    expect(JSON.parse(String(crawler['Configuration']))).toMatchObject({
      Grouping: { TableGroupingPolicy: 'CombineCompatibleSchemas', TableLevelConfiguration: 3 },
    });
  });

  test('is read by a crawler that changes tables of its prefix alone', () => {
    expect(lakeKeys(template, 'ListingCrawlerRole', 's3:GetObject')).toEqual(['reference/nasdaq_listed/*']);
    for (const action of ['glue:CreateTable', 'glue:UpdateTable', 'glue:BatchCreatePartition']) {
      expect(tables(template, 'ListingCrawlerRole', action)).toEqual([`tickerlake_${stage}/reference_*`]);
    }
  });

  test('is loaded by a job that writes its dimension alone', () => {
    const role = 'ListingLoadListingRole';
    expect(lakeKeys(template, role, 's3:GetObject')).toEqual([
      'dimensions',
      'dimensions/nasdaq_listed',
      'dimensions/nasdaq_listed/*',
      'reference/nasdaq_listed/*',
    ]);
    expect(lakeKeys(template, role, 's3:PutObject')).toEqual([
      'dimensions/nasdaq_listed/*',
      'dimensions/nasdaq_listed_$folder$',
      'dimensions_$folder$',
    ]);
    expect(lakeKeys(template, role, 's3:PutObjectTagging')).toEqual(['dimensions/nasdaq_listed/*']);
    expect(tables(template, role, 'glue:UpdateTable')).toEqual([`tickerlake_${stage}/nasdaq_listed`]);
  });

  test('alarms where it is not told, not crawled or not loaded', () => {
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).filter(({ Properties }) =>
      String((Properties as Properties)['AlarmDescription']).endsWith('#listing-refused'),
    );
    expect(alarms.map(({ Properties }) => (Properties as Properties)['MetricName'])).toEqual([
      'TriggeredRules',
      'TriggeredRules',
      'FailedInvocations',
    ]);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        'detail-type': ['Glue Crawler State Change'],
        detail: { crawlerName: [name], state: ['Failed'] },
      },
    });
  });
});

test('a listing waits as long as the configuration says', () => {
  const { jobs } = synthesize('dev', { overrides: { jobs: { listingWindowSeconds: 30 } } }).stacks;
  expect(onlyOne(jobs, 'AWS::Glue::Trigger', { Type: 'EVENT' })).toMatchObject({
    EventBatchingCondition: { BatchWindow: 30 },
  });
});

describe('the producer', () => {
  const producer = (overrides: Record<string, unknown>) => {
    const { pipeline } = synthesize('dev', { overrides }).stacks;
    const { Environment } = onlyOne(pipeline, 'AWS::Lambda::Function', {
      FunctionName: 'tickerlake-dev-produce-quotes',
    });
    return {
      environment: (Environment as { Variables: Properties }).Variables,
      grants: grants(pipeline, 'QuoteProducerProduceQuotesRole').filter((line) =>
        line.includes('nasdaq_listed'),
      ),
    };
  };

  test('takes its symbols from the loaded listing when so configured, and may read that', () => {
    const { environment, grants: found } = producer({ quotes: { symbolsFromListing: true } });
    expect(environment).toMatchObject({ SYMBOLS_TABLE: 'nasdaq_listed', DATABASE_NAME: 'tickerlake_dev' });
    expect(found.map((line) => line.replace(/ on .*(\/dimensions|\/reference|:table)/, ' on $1'))).toEqual(
      expect.arrayContaining([
        's3:GetObject on /dimensions/nasdaq_listed/*',
        'glue:GetTable on :table/tickerlake_dev/nasdaq_listed',
      ]),
    );
  });

  test('otherwise may not', () => {
    const { environment, grants: found } = producer({});
    expect(Object.keys(environment)).not.toContain('SYMBOLS_TABLE');
    expect(found.filter((line) => !line.includes('/reference/'))).toEqual([]);
  });
});
