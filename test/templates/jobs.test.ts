import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { renderRuleset } from '../../core/data-quality.ts';
import { STACKS, STAGES } from '../../core/names.ts';
import { TOPICS } from '../../core/topics.ts';
import { PROJECT_ROOT } from '../../lib/project-root.ts';
import { readable } from '../helpers/readable.ts';
import { grants, lakeKeys, statements, tables } from './grants.ts';
import { allResources, onlyOne, synthesize } from './synthesize.ts';

const lakes = { dev: synthesize('dev'), prod: synthesize('prod') };
const templates = STAGES.map((stage) => [stage, lakes[stage].stacks.jobs] as const);

type Properties = Readonly<Record<string, unknown>>;

const job = (template: Template, name: string): Properties =>
  onlyOne(template, 'AWS::Glue::Job', { Name: name });

/** Arguments as the script gets them, by name without `--`. */
const argumentsOf = ({ DefaultArguments }: Properties): Record<string, string> =>
  Object.fromEntries(
    Object.entries(DefaultArguments as Properties).map(([name, value]) => [
      name.replace(/^--/, ''),
      readable(value),
    ]),
  );

describe.each(templates)('each Spark job of %s', (stage, template) => {
  const jobs = Object.values(template.findResources('AWS::Glue::Job')).map(
    ({ Properties }) => Properties as Properties,
  );

  test('is of the Glue that the scripts are written for, and ends', () => {
    expect(jobs.map(({ Name }) => Name)).toEqual([
      `tickerlake-${stage}-load-listing`,
      `tickerlake-${stage}-compact`,
    ]);
    for (const each of jobs) {
      expect(each).toMatchObject({
        GlueVersion: '5.1',
        Command: { Name: 'glueetl', PythonVersion: '3' },
        WorkerType: 'G.1X',
        NumberOfWorkers: stage === 'dev' ? 2 : 5,
        Timeout: 60,
        MaxRetries: 0,
      });
    }
  });

  test('has Iceberg, the Glue catalog and the database and bucket of the lake', () => {
    for (const each of jobs) {
      const found = argumentsOf(each);
      expect(found).toMatchObject({
        'datalake-formats': 'iceberg',
        'enable-glue-datacatalog': 'true',
        'job-language': 'python',
        'job-bookmark-option': 'job-bookmark-disable',
        'enable-observability-metrics': 'true',
        database: `tickerlake_${stage}`,
        lake_bucket: expect.stringMatching(/^\$\{StorageLake\w+\}$/) as unknown,
      });
      const settings = (found['conf'] ?? '').split(' --conf ');
      expect(settings).toContain(
        'spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
      );
      expect(settings).toContain(
        'spark.sql.catalog.glue_catalog.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog',
      );
      expect(settings).toContain('spark.sql.session.timeZone=UTC');
      expect(settings.filter((setting) => !/^[\w.-]+=\S+$/.test(setting))).toEqual([]);
    }
  });

  test('may read its script and the package that they share, and nothing else of the assets', () => {
    for (const role of ['ListingLoadListingRole', 'CompactionCompactRole']) {
      const assets = grants(template, role).filter((line) => line.includes('cdk-'));
      expect(assets.map((line) => line.replace(/\/[0-9a-f]{64}/, '/<hash>')).sort()).toEqual([
        expect.stringMatching(/^s3:GetObject on .*\/<hash>\.py$/),
        expect.stringMatching(/^s3:GetObject on .*\/<hash>\.zip$/),
      ]);
    }
  });

  test('is encrypted by the key of the lake, its logs, which end some day, too', () => {
    const { EncryptionConfiguration } = onlyOne(template, 'AWS::Glue::SecurityConfiguration') as {
      EncryptionConfiguration: Record<string, unknown>;
    };
    expect(EncryptionConfiguration).toMatchObject({
      CloudWatchEncryption: { CloudWatchEncryptionMode: 'SSE-KMS' },
      JobBookmarksEncryption: { JobBookmarksEncryptionMode: 'CSE-KMS' },
      S3Encryptions: [{ S3EncryptionMode: 'SSE-KMS' }],
    });
    expect(JSON.stringify(EncryptionConfiguration).match(/StorageKey/g)).toHaveLength(3);
    for (const each of jobs) expect(readable(each['SecurityConfiguration'])).toMatch(/^\$\{Encryption\w+\}$/);
    const groups = Object.values(template.findResources('AWS::Logs::LogGroup'))
      .map(({ Properties }) => Properties as Properties)
      .filter(({ LogGroupName }) => readable(LogGroupName).startsWith('/aws-glue/'));
    expect(
      groups.map(({ LogGroupName }) => readable(LogGroupName).replaceAll(/[0-9A-F]{8}\}/g, '}')).sort(),
    ).toEqual([
      '/aws-glue/crawlers-role/${ListingCrawlerRole}-${Encryption}',
      '/aws-glue/jobs/${Encryption}-role/${CompactionCompactRole}/error',
      '/aws-glue/jobs/${Encryption}-role/${CompactionCompactRole}/output',
      '/aws-glue/jobs/${Encryption}-role/${ListingLoadListingRole}/error',
      '/aws-glue/jobs/${Encryption}-role/${ListingLoadListingRole}/output',
    ]);
    for (const each of groups) {
      expect(readable(each['KmsKeyId'])).toMatch(/StorageKey/);
      expect(each['RetentionInDays']).toBe(stage === 'dev' ? 14 : 90);
    }
  });

  test('alarms when a run fails', () => {
    const rules = Object.entries(template.findResources('AWS::Events::Rule'));
    for (const name of [`tickerlake-${stage}-compact`, `tickerlake-${stage}-load-listing`]) {
      const [id, rule] =
        rules.find(([, { Properties }]) => JSON.stringify(Properties).includes(`"jobName":["${name}"]`)) ??
        [];
      expect(rule?.['Properties']).toMatchObject({
        EventPattern: {
          source: ['aws.glue'],
          'detail-type': ['Glue Job State Change'],
          detail: { state: ['FAILED', 'TIMEOUT', 'ERROR'] },
        },
        State: 'ENABLED',
      });
      onlyOne(template, 'AWS::CloudWatch::Alarm', {
        Namespace: 'AWS/Events',
        MetricName: 'TriggeredRules',
        Dimensions: [{ Name: 'RuleName', Value: { Ref: id } }],
        Threshold: 1,
        TreatMissingData: 'notBreaching',
      });
    }
  });
});

test('the package goes along as it is in the repository, and nothing beside it', () => {
  const { directory } = lakes.dev;
  const [library, ...others] = readdirSync(directory)
    .map((name) => join(directory, name))
    .filter((folder) => globSync('tickerlake_jobs/contract.json', { cwd: folder }).length > 0);
  expect(others).toEqual([]);
  const files = (cwd: string) => globSync('**/*.{py,json,typed}', { cwd }).sort();
  const shipped = files(library ?? '');
  expect(shipped).toEqual(
    files(join(PROJECT_ROOT, 'glue-scripts')).filter((file) => file.startsWith('tickerlake_jobs/')),
  );
  expect(
    globSync('**/*', { cwd: library ?? '', withFileTypes: true }).filter((entry) => entry.isFile()),
  ).toHaveLength(shipped.length);
  for (const file of shipped)
    expect(readFileSync(join(library ?? '', file))).toEqual(
      readFileSync(join(PROJECT_ROOT, 'glue-scripts', file)),
    );
});

describe.each(templates)('compaction of %s', (stage, template) => {
  test('gets what it needs from the configuration', () => {
    expect(argumentsOf(job(template, `tickerlake-${stage}-compact`))).toMatchObject({
      topic: 'quotes',
      quality_ruleset: `tickerlake-${stage}-quotes`,
      view_function: expect.stringMatching(/^\$\{CompactionMoveCutHandler\w+\}$/) as unknown,
      target_file_bytes: stage === 'dev' ? '256000000' : '512000000',
      quality_action: 'fail',
      freshness_hours: stage === 'dev' ? '72' : '6',
      optimizer_role: expect.stringMatching(/^\$\{CompactionOptimizersRole\w+\.Arn\}$/) as unknown,
      snapshot_days: stage === 'dev' ? '7' : '30',
    });
  });

  test('runs on schedule once for each topic, and may for all of them at once', () => {
    const topics = Object.values(TOPICS).map(({ name }) => name);
    const schedules = Object.values(
      template.findResources('AWS::Glue::Trigger', { Properties: { Type: 'SCHEDULED' } }),
    );
    expect(schedules.map(({ Properties }) => Properties as Properties)).toEqual(
      topics.map((topic): unknown =>
        expect.objectContaining({
          Schedule: stage === 'dev' ? 'cron(10 6 * * ? *)' : 'cron(10 * * * ? *)',
          StartOnCreation: true,
          Actions: [
            {
              JobName: { Ref: expect.stringMatching(/^CompactionCompact/) as unknown },
              Arguments: {
                '--topic': topic,
                '--quality_ruleset': `tickerlake-${stage}-${topic.replace('_', '-')}`,
              },
            },
          ],
        }),
      ),
    );
    expect(job(template, `tickerlake-${stage}-compact`)).toMatchObject({
      ExecutionProperty: { MaxConcurrentRuns: topics.length },
    });
  });

  test('holds the rows of each topic to the rules of the contract', () => {
    for (const { name } of Object.values(TOPICS)) {
      expect(
        onlyOne(template, 'AWS::Glue::DataQualityRuleset', {
          Name: `tickerlake-${stage}-${name.replace('_', '-')}`,
        }),
      ).toMatchObject({ Ruleset: renderRuleset(name, '1990-01-01') });
    }
  });

  test('reads receipts and curated files, tags the latter, and writes history alone', () => {
    const role = 'CompactionCompactRole';
    const curated = ['curated/quotes/*', 'curated/quotes_filtered/*'];
    const history = ['history/quotes/*', 'history/quotes_filtered/*'];
    const receipts = ['receipts/quotes/*', 'receipts/quotes_filtered/*'];
    expect(lakeKeys(template, role, 's3:GetObject')).toEqual([...curated, ...history, ...receipts]);
    expect(lakeKeys(template, role, 's3:PutObjectTagging')).toEqual(curated);
    expect(lakeKeys(template, role, 's3:PutObject')).toEqual(history);
    expect(lakeKeys(template, role, 's3:DeleteObject')).toEqual(history);
  });

  test('commits to the tables of history, and touches no view', () => {
    const history = [`tickerlake_${stage}/quotes_filtered_history`, `tickerlake_${stage}/quotes_history`];
    expect(tables(template, 'CompactionCompactRole', 'glue:CreateTable')).toEqual(history);
    expect(tables(template, 'CompactionCompactRole', 'glue:UpdateTable')).toEqual(history);
  });

  test('has one function move the cut, which may change the views and nothing else', () => {
    onlyOne(template, 'AWS::Lambda::Function', { FunctionName: `tickerlake-${stage}-move-cut` });
    expect(grants(template, 'CompactionCompactRole').filter((line) => line.startsWith('lambda:'))).toEqual([
      expect.stringMatching(/\$\{CompactionMoveCutHandler\w+\.Arn\}$/),
    ]);
    const actions = grants(template, 'CompactionMoveCutRole').map((line) => line.split(' ')[0]);
    expect([...new Set(actions)].sort()).toEqual([
      'glue:GetTable',
      'glue:UpdateTable',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
    expect(tables(template, 'CompactionMoveCutRole', 'glue:UpdateTable')).toEqual([
      `tickerlake_${stage}/quotes`,
      `tickerlake_${stage}/quotes_filtered`,
    ]);
  });

  test('hands Glue a role for the optimizers that reaches history alone', () => {
    const pass = statements(template).filter(({ Action }) => Action === 'iam:PassRole');
    expect(pass).toEqual([
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^CompactionOptimizersRole/), 'Arn'] },
        Condition: { StringEquals: { 'iam:PassedToService': 'glue.amazonaws.com' } },
      },
    ]);
    for (const action of ['s3:GetObject', 's3:PutObject', 's3:DeleteObject']) {
      expect(lakeKeys(template, 'CompactionOptimizersRole', action)).toEqual([
        'history/quotes/*',
        'history/quotes_filtered/*',
      ]);
    }
  });
});

test('compaction waits to be asked, and no optimizer is made, where the configuration says so', () => {
  const { jobs } = synthesize('dev', {
    overrides: { jobs: { compactionScheduled: false, optimizers: false, qualityAction: 'warn' } },
  }).stacks;
  expect(jobs.findResources('AWS::Glue::Trigger', { Properties: { Type: 'SCHEDULED' } })).toEqual({});
  expect(argumentsOf(job(jobs, 'tickerlake-dev-compact'))).toMatchObject({
    optimizer_role: '',
    quality_action: 'warn',
  });
  expect(JSON.stringify(jobs.toJSON())).not.toMatch(/PassRole|CreateTableOptimizer/);
});

describe.each(STAGES)('what a second deployment of %s does to data of the first', (stage) => {
  const resources = [...allResources(lakes[stage]).values()];

  test('leaves history, dimensions and views as they are: no template has them', () => {
    const tables = resources
      .filter(({ Type }) => Type === 'AWS::Glue::Table')
      .map(({ Properties }) => (Properties?.['TableInput'] as { Name: string }).Name);
    expect(tables.sort()).toEqual(
      Object.values(TOPICS)
        .flatMap(({ name }) => [`${name}_curated`, `${name}_quarantine`, `${name}_raw`])
        .sort(),
    );
    expect(resources.filter(({ Type }) => Type === 'AWS::Glue::TableOptimizer')).toEqual([]);
    // Its function keeps the cut that a view has.
    expect(
      resources
        .filter(({ Type }) => Type === 'Custom::AthenaView')
        .map(({ Properties }) => Object.keys(Properties ?? {})),
    ).toEqual([1, 2].map((): unknown => expect.not.arrayContaining(['Cut'])));
  });

  test('keeps nothing in the stack of the jobs, which can be removed and deployed again', () => {
    expect(
      Object.values(
        lakes[stage].stacks.jobs.toJSON()['Resources'] as Record<string, { DeletionPolicy?: string }>,
      ).filter(({ DeletionPolicy }) => DeletionPolicy !== undefined && DeletionPolicy !== 'Delete'),
    ).toEqual([]);
  });
});

test('the jobs come after the views whose cut they move', () => {
  const manifest = JSON.parse(readFileSync(join(lakes.dev.directory, 'manifest.json'), 'utf8')) as {
    artifacts: Record<string, { dependencies?: string[] }>;
  };
  expect(STACKS.indexOf('jobs')).toBeGreaterThan(STACKS.indexOf('query'));
  expect(manifest.artifacts['tickerlake-dev-jobs']?.dependencies).toContain('tickerlake-dev-query');
});
