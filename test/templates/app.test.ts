/** The app as it is run: bare, as the local runner does, and what holds across its stacks. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { FUNCTIONS, JOBS, STACKS, STAGES, stackName } from '../../core/names.ts';
import { PROJECT_ROOT } from '../../lib/project-root.ts';
import { allResources, synthesize } from './synthesize.ts';

const lakes = { dev: synthesize('dev'), prod: synthesize('prod') };
/** But for the dashboard, whose tests are its own. */
const PARTS = STACKS.filter((part) => part !== 'dashboard');
const outdir = mkdtempSync(join(tmpdir(), 'tickerlake-app-'));
afterAll(() => {
  rmSync(outdir, { recursive: true, force: true });
});

function runApp(stage: string | undefined, context: Record<string, unknown> = {}) {
  return spawnSync(process.execPath, ['bin/tickerlake.ts'], {
    cwd: PROJECT_ROOT,
    encoding: 'utf8',
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      TICKERLAKE_STAGE: stage,
      CDK_OUTDIR: outdir,
      CDK_VALIDATION: 'false',
      CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:bundling-stacks': [], ...context }),
    },
  });
}

describe('bin/tickerlake.ts', () => {
  test('writes the stacks of its stage, with the flags of cdk.json though no CLI passes them on', () => {
    const { status, stderr } = runApp('dev');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const part of PARTS) {
      const name = stackName('dev', part);
      const template: unknown = JSON.parse(readFileSync(join(outdir, `${name}.template.json`), 'utf8'));
      expect(template).toEqual(lakes.dev.stacks[part].toJSON());
    }
  });

  test.each([
    ['an unknown stage', 'staging', {}, /^error: stage is "staging"; .* — set TICKERLAKE_STAGE.*\n$/],
    [
      'a bad value',
      'dev',
      { tickerlake: { dev: { workgroups: { analysts: { scanCutoffMB: 1 } } } } },
      /^error: tickerlake\.dev\.workgroups\.analysts\.scanCutoffMB is 1; allowed is .* — .*\n$/,
    ],
  ])('says in one line what is wrong with %s', (_case, stage, context, line) => {
    const { status, stdout, stderr } = runApp(stage, context);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(line);
  });

  test('takes the stage from context as well, as `cdk deploy --context stage=prod` gives it', () => {
    const { status, stderr } = runApp(undefined, { stage: 'prod' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readdirSync(outdir)).toContain('tickerlake-prod-stream.template.json');
  });

  test('is run by the Node of the project, whatever the Node of the CDK CLI', () => {
    const { app } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'cdk.json'), 'utf8')) as { app: string };
    const [node = ''] = app.split(' ');
    expect(node).toBe('node_modules/.bin/node');
    expect(existsSync(join(PROJECT_ROOT, node))).toBe(true);
  });
});

test('two syntheses are equal, hashes of assets included', () => {
  const [first, second] = [synthesize('dev', { bundles: true }), synthesize('dev', { bundles: true })];
  for (const part of PARTS) expect(second.stacks[part].toJSON()).toEqual(first.stacks[part].toJSON());
  const assets = ({ directory }: typeof first) =>
    readdirSync(directory).filter((name) => name.startsWith('asset.'));
  // Bundles, scripts, and the package that scripts share.
  expect(assets(first)).toHaveLength(FUNCTIONS.length + JOBS.length + 1);
  expect(assets(second)).toEqual(assets(first));
});

describe.each(STAGES)('stage %s', (stage) => {
  const resources = allResources(lakes[stage]);

  test('has the outputs that the command finds everything by', () => {
    const outputs = PARTS.map((part) => [
      part,
      Object.keys(lakes[stage].stacks[part].findOutputs('*')).filter(
        (name) => !name.startsWith('PublishOutput'),
      ),
    ]);
    expect(Object.fromEntries(outputs)).toEqual({
      network: [],
      operations: ['ProbeFreshnessFunctionName'],
      stream: [
        'ClusterArn',
        'RegistryName',
        'QuotesSchemaName',
        'QuotesTopicName',
        'QuotesFilteredTopicName',
      ],
      lake: ['RawBucketName', 'LakeBucketName', 'DatabaseName'],
      serving: [
        'DatabaseHost',
        'DatabaseReaderHost',
        'DatabasePort',
        'DatabaseName',
        'DatabaseArn',
        'CrawlerName',
        'CatalogDatabaseName',
      ],
      pipeline: [
        'ProduceQuotesFunctionName',
        'LandQuotesFunctionName',
        'CurateQuotesFunctionName',
        'RequestCurationFunctionName',
        'CurateQuotesQueueUrl',
        'CurateQuotesDeadLetterQueueUrl',
        'LandQuotesFilteredFunctionName',
        'CurateQuotesFilteredFunctionName',
        'RequestCurationFilteredFunctionName',
        'CurateQuotesFilteredQueueUrl',
        'CurateQuotesFilteredDeadLetterQueueUrl',
        'FilterQuotesFunctionName',
        'ServeQuotesFunctionName',
        'WatchlistParameterName',
      ],
      query: ['AnalystsWorkGroupName', 'DashboardsWorkGroupName', 'EtlWorkGroupName', 'ResultsBucketName'],
      jobs: [
        'CompactJobName',
        'LoadListingJobName',
        'ListingWorkflowName',
        'ListingCrawlerName',
        'MoveCutFunctionName',
      ],
    });
  });

  test('tags all that costs money', () => {
    const costly =
      /^AWS::(EC2::(VPC|VPCEndpoint|NatGateway)|RDS::DB(Instance|Proxy)|SecretsManager::Secret|MSK::(Serverless)?Cluster|S3::Bucket|KMS::Key|Lambda::Function|SQS::Queue|Athena::WorkGroup|Glue::(Job|Crawler)|Logs::LogGroup)$/;
    for (const [id, { Type, Properties }] of resources) {
      if (!costly.test(Type)) continue;
      const tags: unknown = Properties?.['Tags'];
      const found = Array.isArray(tags)
        ? Object.fromEntries((tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]))
        : tags;
      expect({ id, found }).toMatchObject({
        id,
        found: { project: 'tickerlake', stage, capability: id.split('/')[0] },
      });
    }
  });

  test('brings no function, role or custom resource of CDK', () => {
    const custom = [...resources]
      .filter(([, { Type }]) => Type.startsWith('Custom::'))
      .map(([, { Type }]) => Type);
    expect([...new Set(custom)].sort()).toEqual([
      'Custom::AthenaView',
      'Custom::DatabaseMigrations',
      ...(stage === 'dev' ? ['Custom::KafkaTopics'] : []),
    ]);
    for (const [id, { Type, Properties }] of resources) {
      if (Type === 'AWS::Lambda::Function')
        expect({ id, name: Properties?.['FunctionName'] }).toMatchObject({
          name: expect.stringMatching(`^tickerlake-${stage}-`) as unknown,
        });
    }
  });

  test('keeps what holds data when its stack goes, under ids that never change', () => {
    const retained = [...resources].filter(
      ([, { DeletionPolicy }]) => DeletionPolicy === 'RetainExceptOnCreate',
    );
    for (const [id, { UpdateReplacePolicy }] of retained) {
      expect({ id, UpdateReplacePolicy }).toEqual({ id, UpdateReplacePolicy: 'Retain' });
    }
    expect(retained.map(([id, { Type }]) => `${id} ${Type}`)).toMatchSnapshot();
  });
});

test('what keeps data cannot be deleted by mistake in prod', () => {
  const manifest = JSON.parse(readFileSync(join(lakes.prod.directory, 'manifest.json'), 'utf8')) as {
    artifacts: Record<string, { properties?: { terminationProtection?: boolean } }>;
  };
  const isProtected = PARTS.filter(
    (part) => manifest.artifacts[stackName('prod', part)]?.properties?.terminationProtection === true,
  );
  expect(isProtected).toEqual(['stream', 'lake', 'serving']);
});
