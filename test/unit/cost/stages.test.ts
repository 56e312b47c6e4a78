/** The model over the templates as they are: nothing is forgotten, and docs/cost.md says what the command says. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { alternativesOf } from '../../../cli/cost/alternatives.ts';
import { billOf } from '../../../cli/cost/bill.ts';
import { COST_DOCS_FILE, withCostTables } from '../../../cli/cost/docs.ts';
import { brokenLimits } from '../../../cli/cost/limits.ts';
import { costJson, costMarkdown, printCost } from '../../../cli/cost/print.ts';
import { DEFAULT_PROFILE, USUAL_LOADS } from '../../../cli/cost/profile.ts';
import { idleProfile, reportCost } from '../../../cli/cost/report.ts';
import { FREE_TYPES, PRICED_TYPES } from '../../../cli/cost/resource-types.ts';
import { ofType, type Resource, resourcesOf } from '../../../cli/cost/resources.ts';
import { STAGES, type Stage, stackName } from '../../../core/names.ts';
import { parseTemplate } from '../../../local/template/template.ts';
import { synthesize, WITH_DASHBOARD } from '../../templates/synthesize.ts';
import { recordTerminal } from '../cli/terminal-double.ts';

function stage(name: Stage, overrides: Readonly<Record<string, unknown>> = {}): Resource[] {
  const { stacks } = synthesize(name, { overrides });
  return resourcesOf(
    Object.entries(stacks).map(([part, template]) => ({
      name: stackName(name, part as keyof typeof stacks),
      template: parseTemplate(template.toJSON()),
    })),
  );
}

const plain = { dev: stage('dev'), prod: stage('prod') };
const HTTP = {
  quotes: { source: 'http', apiSecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:key-AbCdEf' },
};
const full = { dev: stage('dev', WITH_DASHBOARD), prod: stage('prod', { ...WITH_DASHBOARD, ...HTTP }) };

describe.each(STAGES)('stage %s', (name) => {
  test('has no resource that is neither priced nor known to be free', () => {
    const types = new Set([...plain[name], ...full[name]].map(({ type }) => type));
    expect([...types].filter((type) => !(type in PRICED_TYPES) && !(type in FREE_TYPES))).toEqual([]);
  });

  test('pays for each resource of a priced type', () => {
    const { lines } = billOf(full[name], DEFAULT_PROFILE);
    const priced = full[name].filter(({ type }) => type in PRICED_TYPES);
    const without = priced.filter(
      ({ id, stack }) => !lines.some((line) => line.resource === id && line.stack === stack),
    );
    expect(without).toEqual([]);
  });

  test('costs more with more quotes, and least when idle', () => {
    const idle = billOf(plain[name], idleProfile(DEFAULT_PROFILE)).usd;
    const bills = [0.1, 1, 10, 100, 1000, 10_000, 100_000].map(
      (quotesPerSecond) => billOf(plain[name], { ...DEFAULT_PROFILE, quotesPerSecond }).usd,
    );
    expect([idle, ...bills]).toEqual([idle, ...bills].toSorted((left, right) => left - right));
  });

  test('takes 1,000 quotes a second, and says why it does not take 100,000', () => {
    const limitsAt = (quotesPerSecond: number): string[] =>
      brokenLimits({ resources: plain[name], profile: { ...DEFAULT_PROFILE, quotesPerSecond } }).map(
        ({ what }) => what,
      );
    expect(limitsAt(1000)).toEqual([]);
    expect(limitsAt(100_000)).toEqual(
      expect.arrayContaining([
        'produce-quotes, seconds for the quotes of one period',
        'disk of the database, GB',
      ]),
    );
  });

  test('has its tables in docs/cost.md; if not: node cli/cost/docs.ts', () => {
    const document = readFileSync(COST_DOCS_FILE, 'utf8');
    expect(document).toBe(withCostTables(document, name, plain[name]));
  });
});

test('the model knows each of the roles by which it tells resources apart', () => {
  const { lines } = billOf(plain.prod, DEFAULT_PROFILE);
  const used = (id: RegExp, price: string): number =>
    Math.max(
      0,
      ...lines
        .filter((line) => id.test(line.resource) && line.price === price)
        .map(({ quantity }) => quantity),
    );
  for (const [id, price] of [
    [/^StorageRaw/, 's3.put'],
    [/^StorageLake/, 's3.get'],
    [/^AnalystsResults/, 's3.put'],
    [/AccessLogs/, 's3.storage'],
    [/^QuotesCurationQueue/, 'sqs.requests'],
    [/^QuotesFilteredCurationCurate/, 'lambda.requests'],
    [/^QuoteProducerProduce/, 'lambda.duration'],
    [/^QuoteServerServe/, 'lambda.requests'],
    [/RequestCuration/, 'lambda.requests'],
    [/^CompactionCompact/, 'glue.dpu'],
    [/^CompactionCompact/, 'glue.optimizer'],
    [/^ListingLoadListing/, 'glue.dpu'],
    [/^ListingCrawler/, 'glue.crawler'],
    [/^CrawlerA/, 'glue.crawler'],
    [/^Analysts/, 'athena.scanned'],
    [/^DatabaseReplica/, 'rds.storage'],
    [/^DatabaseProxy/, 'rds.proxy'],
    [/^QuotesLandingEventSource/, 'lambda.pollers'],
    [/LandQuotesLog/, 'cloudwatch.logs'],
    [/Key/, 'kms.requests'],
  ] as const) {
    expect([id.source, price, used(id, price) > 0]).toEqual([id.source, price, true]);
  }
});

test('only what a stage has not already is an alternative, and what it saves is the difference of two bills', () => {
  const names = (resources: readonly Resource[]): string[] =>
    alternativesOf(resources, DEFAULT_PROFILE)
      .map(({ name }) => name)
      .sort();
  expect(names(plain.dev)).toEqual([
    'NAT gateway for endpoints',
    'a dashboard, by direct query',
    'a dashboard, imported into SPICE',
    'an archive of raw after 90 days',
    'endpoints in one zone',
    'landing windows of a minute',
    'provisioned MSK, 3 × m7g.large',
    'provisioned pollers',
  ]);
  expect(names(plain.prod)).toEqual([
    'MSK Serverless',
    'NAT gateway for endpoints',
    'a dashboard, by direct query',
    'a dashboard, imported into SPICE',
    'broker metrics of the free level',
    'compaction every six hours',
    'endpoints in one zone',
    'landing windows of a minute',
    'no RDS Proxy',
    'no read replica',
    'on-demand pollers',
    'one group of pollers',
    'one zone for the database',
    'standard Database Insights',
  ]);
  expect(names(full.prod)).toContain('direct query instead of SPICE');
  expect(names(full.prod)).not.toContain('NAT gateway for endpoints');
  const saves = (name: string): number | undefined =>
    alternativesOf(plain.prod, DEFAULT_PROFILE).find((each) => each.name === name)?.saves;
  // 730 hours of 2 vCPU at 0.015
  expect(saves('no RDS Proxy')).toBeCloseTo(21.9, 6);
  // four units become one: 3 × 730 × 0.185
  expect(saves('one group of pollers')).toBeCloseTo(405.15, 6);
  // one instance-hour of 0.168 and 100 GB at 0.115
  expect(saves('one zone for the database')).toBeCloseTo(730 * 0.168 + 11.5, 6);
});

test('prints tables, Markdown and JSON of the same figures', () => {
  const report = reportCost('prod', plain.prod, DEFAULT_PROFILE, USUAL_LOADS);
  const [load] = report.loads;
  const { terminal, out } = recordTerminal();
  printCost(terminal, report);
  const total = Math.round(load?.bill.usd ?? 0).toLocaleString('en-US');
  expect(out()).toContain('Stage prod, USD a month by service');
  expect(out()).toMatch(new RegExp(`^total .* ${total} `, 'm'));
  expect(out()).toContain('msk.broker.kafka.m7g.large: 0.204 USD for a broker-hour');
  expect(costMarkdown(report)).toContain(`**${total}**`);
  const json = JSON.parse(JSON.stringify(costJson(report))) as typeof report & {
    prices: Record<string, unknown>;
  };
  expect(json.loads[0]?.bill.usd).toBe(load?.bill.usd);
  expect(Object.keys(json.prices)).toContain('msk.storage');
  expect(ofType(plain.prod, 'AWS::MSK::Cluster')).toHaveLength(1);
});
