/** Guardrails on the templates: clean ones pass, and each of them was seen to object. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { STAGES } from '../../core/names.ts';
import { TOPICS } from '../../core/topics.ts';
import { TEMPLATE_GUARDRAILS } from '../../lib/guardrails/all-guardrails.ts';
import { functionOf, kafkaSources, roleOf } from '../../lib/guardrails/consumers.ts';
import { Deployment, type Template } from '../../lib/guardrails/deployment.ts';
import { checkTemplates } from '../../lib/guardrails/guardrail.ts';
import { GuardrailPlugin } from '../../lib/guardrails/guardrail-plugin.ts';
import { DEPLOYED_PARTITIONS } from '../../lib/guardrails/kafka-topics.ts';
import { readTemplates } from '../../lib/guardrails/read-templates.ts';
import { PROJECT_ROOT } from '../../lib/project-root.ts';
import { cleanTemplates } from './guardrails/clean-templates.ts';
import { guardrailTables } from './guardrails/document.ts';
import { judge } from './guardrails/mistake.ts';
import { MISTAKES } from './guardrails/mistakes/index.ts';
import { synthesizeApp, violations } from './synthesize.ts';

const clean = { dev: cleanTemplates('dev'), prod: cleanTemplates('prod') };
const objections = (templates: ReadonlyMap<string, Template>) =>
  checkTemplates(TEMPLATE_GUARDRAILS, templates);

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:finnhub-AbCdEf';
const VARIANTS = [
  ['dev with quotes of an API', 'dev', { quotes: { source: 'http', apiSecretArn: SECRET } }],
  [
    'dev with provisioned pollers',
    'dev',
    { landing: { minimumPollers: 1, maximumPollers: 2, retryAttempts: 10_000 } },
  ],
  ['dev on a provisioned cluster', 'dev', { cluster: { kind: 'provisioned' }, network: { zones: 3 } }],
  ['prod on a serverless cluster', 'prod', { cluster: { kind: 'serverless' } }],
  ['prod without replica and proxy', 'prod', { serving: { readReplica: false, proxy: false } }],
] as const;

/** Runs the app with a broker type that the pattern of the configuration lets pass. */
async function runFaultyApp(): Promise<{ readonly status: number | null; readonly stderr: string }> {
  const outdir = mkdtempSync(join(tmpdir(), 'tickerlake-faulty-'));
  const child = spawn(process.execPath, ['bin/tickerlake.ts'], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      TICKERLAKE_STAGE: 'prod',
      CDK_OUTDIR: outdir,
      CDK_VALIDATION: 'false',
      CDK_CONTEXT_JSON: JSON.stringify({
        'aws:cdk:bundling-stacks': [],
        tickerlake: { prod: { cluster: { brokerType: 'kafka.m5g.large' } } },
      }),
    },
  });
  const written: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => written.push(chunk));
  const [status] = (await once(child, 'close')) as [number | null];
  rmSync(outdir, { recursive: true, force: true });
  return { status, stderr: Buffer.concat(written).toString() };
}

// Begun before the tests: it takes a core of its own.
const faultyApp = runFaultyApp();

describe('the templates as they are', () => {
  test.each(STAGES)('pass in stage %s', (stage) => {
    expect(objections(clean[stage])).toEqual([]);
  });

  test.each(VARIANTS)('pass in %s', (_name, stage, overrides) => {
    expect(objections(cleanTemplates(stage, overrides))).toEqual([]);
  });

  // A guardrail that finds nobody to ask would pass.
  test.each(STAGES)(
    'have functions, roles and clusters that are found through references in stage %s',
    (stage) => {
      const deployment = new Deployment(clean[stage]);
      const sources = kafkaSources(deployment);
      expect(sources).toHaveLength(4);
      for (const source of sources) {
        const handler = functionOf(deployment, source);
        const cluster = deployment.target(source.properties['EventSourceArn'], source.stack);
        expect([source.id, handler?.type, cluster?.type]).toEqual([
          source.id,
          'AWS::Lambda::Function',
          expect.stringMatching(/^AWS::MSK::/),
        ]);
        expect(roleOf(deployment, handler).permissions.length).toBeGreaterThan(10);
      }
    },
  );

  test('have a committed partition count for each topic', () => {
    const counts = Object.values(TOPICS).map(({ name, partitions }) => [name, partitions]);
    expect(Object.fromEntries(counts)).toEqual(DEPLOYED_PARTITIONS);
  });
});

describe('a mistake', () => {
  test.each(MISTAKES.map((mistake) => [mistake.id, mistake.rule, mistake] as const))(
    '%s is caught by %s',
    (_id, _rule, mistake) => {
      expect(judge(mistake, clean)).toMatchObject({ isCaught: true });
    },
  );

  test('is there for each guardrail, under an id of its own', () => {
    const meant = new Set(MISTAKES.map(({ rule }) => rule));
    expect(TEMPLATE_GUARDRAILS.filter(({ id }) => !meant.has(id))).toEqual([]);
    expect(new Set(MISTAKES.map(({ id }) => id)).size).toBe(MISTAKES.length);
  });

  test('is missed if its rule is another', () => {
    const [mistake] = MISTAKES.filter(({ id }) => id === 'starts-at-latest');
    if (mistake === undefined || !('make' in mistake)) throw new Error('there is no such mistake');
    const verdict = judge({ ...mistake, rule: 'kafka-version' }, clean);
    expect(verdict).toMatchObject({ isCaught: false });
    expect(verdict.said).toMatch(/^its rule says nothing; event-source-starting-position objects: .*LATEST/);
  });

  test('is missed if none was made', () => {
    const verdict = judge({ id: 'none', stage: 'dev', rule: 'kafka-version', make: () => undefined }, clean);
    expect(verdict).toMatchObject({ isCaught: false, said: 'its rule says nothing' });
  });
});

describe('guardrails', () => {
  test('have ids in kebab case, each once, and a page of AWS', () => {
    const ids = TEMPLATE_GUARDRAILS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, source } of TEMPLATE_GUARDRAILS) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)+$/);
      expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
    }
  });

  test('are in docs/guardrails.md, exactly those there are', () => {
    const page = readFileSync(join(PROJECT_ROOT, 'docs/guardrails.md'), 'utf8');
    expect(page.slice(page.indexOf('## Kafka clusters'))).toBe(guardrailTables());
  });

  test('fail a synthesis with what is wrong, what is allowed, and the fix', () => {
    const faulty = synthesizeApp(
      (app) => {
        new CfnResource(new Stack(app, 'Faulty'), 'Database', {
          type: 'AWS::Logs::LogGroup',
          properties: { LogGroupName: 'for-ever' },
        });
      },
      {
        prepare: (app) => {
          Validations.of(app).addPlugins(new GuardrailPlugin());
        },
      },
    );
    expect(violations(faulty, GuardrailPlugin.NAME)).toEqual(['Faulty/Database log-retention']);
    const report = readFileSync(join(faulty.directory, 'validation-report.json'), 'utf8');
    expect(report).toContain('Faulty/Database: RetentionInDays is not set; allowed is days');
    expect(report).toContain('set it from operations.logDays (https://docs.aws.amazon.com/');
  });

  test('end the app with one line that says what is wrong', async () => {
    const { status, stderr } = await faultyApp;
    expect(status).toBe(1);
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^error: tickerlake-prod-stream\/ProvisionedCluster\/Resource: BrokerNodeGroupInfo\.InstanceType is "kafka\.m5g\.large"; allowed is kafka\.m7g .* — set cluster\.brokerType to one of them/,
    );
  });
});

describe('a folder without templates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickerlake-none-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('is an error that says what to do', () => {
    expect(() => readTemplates(folder)).toThrow(
      expect.objectContaining({ code: 'PREREQUISITE_MISSING', hint: 'run `npm run synth` first' }),
    );
  });
});
