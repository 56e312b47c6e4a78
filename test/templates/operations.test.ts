import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { STAGES } from '../../core/names.ts';
import { RUNBOOK_SECTIONS } from '../../lib/constructs/operations/runbook-alarm.ts';
import { PROJECT_ROOT } from '../../lib/project-root.ts';
import { RULE_LIMITS } from '../../local/cloudwatch/alarm-rule.ts';
import { readable } from '../helpers/readable.ts';
import { grants, tables } from './grants.ts';
import { allResources, onlyOne, synthesize } from './synthesize.ts';

const lakes = { dev: synthesize('dev'), prod: synthesize('prod') };
const { operations: dev } = lakes.dev.stacks;
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:on-call';
const COMPOSITE = 'AWS::CloudWatch::CompositeAlarm';
const ROLE = 'FreshnessProbeRole';

const operationsWith = (overrides: Record<string, unknown>) =>
  synthesize('dev', { overrides: { operations: overrides } }).stacks.operations;

describe('composite alarms', () => {
  test.each(STAGES)('of %s name every single alarm once, but for those of a window', (stage) => {
    const rules = ['now', 'soon'].map((when) => {
      const name = `tickerlake-${stage}-needs-somebody-${when}`;
      return readable(onlyOne(lakes[stage].stacks.operations, COMPOSITE, { AlarmName: name })['AlarmRule']);
    });
    const named = rules.flatMap((rule) => [...rule.matchAll(/\$\{(\w+)\}/g)].map(([, id = '']) => id));
    const alarms = [...allResources(lakes[stage])]
      .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
      .map(([id]) => id.replace(/^\w+\//, ''))
      .filter((id) => !/^FreshnessObjective(Fast|Slow)(Long|Short)/.test(id));
    // An output's name goes on with a hash of its own.
    const missing = alarms.filter((id) => named.filter((each) => each.startsWith(id)).length !== 1);
    expect(missing).toEqual([]);
    expect(named).toHaveLength(alarms.length + 1);
    // With names as CloudFormation makes them: stack, logical id, and a dozen letters.
    for (const rule of rules) {
      const length = rule.replaceAll(/\$\{(\w+)\}/g, '$1').length + 40 * rule.split(' OR ').length;
      expect(length).toBeLessThan(RULE_LIMITS.characters);
    }
  });

  test('alone notify, of the end as well, and are silent without a topic', () => {
    const told = operationsWith({ alarmTopicArn: TOPIC });
    for (const when of ['now', 'soon'])
      expect(onlyOne(told, COMPOSITE, { AlarmName: `tickerlake-dev-needs-somebody-${when}` })).toMatchObject({
        AlarmActions: [TOPIC],
        OKActions: [TOPIC],
      });
    expect(onlyOne(told, COMPOSITE, { AlarmName: 'tickerlake-dev-freshness-burning' })).not.toHaveProperty(
      'AlarmActions',
    );
    for (const { Properties } of Object.values(dev.findResources(COMPOSITE)) as { Properties: object }[])
      expect(Properties).not.toHaveProperty('AlarmActions');
  });

  test('hold back what can wait while somebody is called at once', () => {
    const soon = onlyOne(dev, COMPOSITE, { AlarmName: 'tickerlake-dev-needs-somebody-soon' });
    expect(readable(soon['ActionsSuppressor'])).toMatch(/^\$\{NeedsSomebodyNow\w+\.Arn\}$/);
    expect(soon).toMatchObject({ ActionsSuppressorWaitPeriod: 300, ActionsSuppressorExtensionPeriod: 900 });
  });
});

describe('the objective on freshness', () => {
  test.each([
    [3600, 14.4, 'missed_3600 / 12 / 0.01'],
    [300, 14.4, 'missed_300 / 1 / 0.01'],
    [21_600, 6, 'missed_21600 / 72 / 0.01'],
    [1800, 6, 'missed_1800 / 6 / 0.01'],
  ])('is watched over %d s, from a burn rate of %d on', (period, threshold, expression) => {
    const found = Object.values(dev.findResources('AWS::CloudWatch::Alarm'))
      .map((each) => each['Properties'] as { Metrics?: { Expression?: string; MetricStat?: object }[] })
      .filter(({ Metrics }) => Metrics?.some((query) => query.Expression === expression));
    expect(found).toEqual([expect.objectContaining({ Threshold: threshold, EvaluationPeriods: 1 })]);
    expect(found[0]?.Metrics?.[1]).toMatchObject({
      MetricStat: {
        Stat: 'Sum',
        Period: period,
        Metric: {
          Namespace: 'tickerlake',
          MetricName: 'FreshnessMissed',
          Dimensions: [
            { Name: 'service', Value: 'tickerlake-dev-probe-freshness' },
            { Name: 'topic', Value: 'quotes' },
          ],
        },
      },
    });
  });

  test('follows the configuration', () => {
    const strict = operationsWith({ probeMinutes: 1, freshnessPercent: 99.9, freshnessSeconds: 120 });
    const expressions = Object.values(strict.findResources('AWS::CloudWatch::Alarm')).flatMap((each) =>
      ((each['Properties'] as { Metrics?: { Expression?: string }[] }).Metrics ?? []).flatMap(
        ({ Expression }) => Expression ?? [],
      ),
    );
    expect(expressions).toContain('missed_3600 / 60 / 0.001');
    expect(onlyOne(strict, 'AWS::Lambda::Function')).toMatchObject({
      Environment: { Variables: { OBJECTIVE_SECONDS: '120' } },
    });
    expect(onlyOne(strict, 'AWS::Scheduler::Schedule')).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
    });
  });
});

describe('the probe', () => {
  test('may query one view in one workgroup, read what lies below it, and ask for the runs of compaction', () => {
    expect(tables(dev, ROLE, 'glue:GetTable')).toEqual([
      'tickerlake_dev/quotes',
      'tickerlake_dev/quotes_curated',
      'tickerlake_dev/quotes_filtered_curated',
      'tickerlake_dev/quotes_history',
    ]);
    expect(tables(dev, ROLE, 'glue:GetPartitions')).toEqual(['tickerlake_dev/quotes_curated']);
    const found = grants(dev, ROLE);
    const places = (action: string): string[] =>
      found
        .filter((line) => line.startsWith(`${action} on `))
        .map((line) => line.replace(/^.*?(:|\}\/)/, ''));
    expect(places('athena:StartQueryExecution').join()).toMatch(/:workgroup\/tickerlake-dev-etl$/);
    expect(places('glue:GetJobRuns').join()).toMatch(/:job\/tickerlake-dev-compact$/);
    expect(
      places('s3:GetObject')
        .map((key) => key.split('}/').at(-1))
        .sort(),
    ).toEqual(['curated/quotes/*', 'history/quotes/*', 'results/etl/*']);
    expect(places('s3:PutObject').map((key) => key.split('}/').at(-1))).toEqual(['results/etl/*']);
    expect(found.filter((line) => line.endsWith(' on *'))).toEqual([]);
    expect(found.filter((line) => /^glue:(Update|Create|Delete)/.test(line))).toEqual([]);
  });

  test('knows whether records are due, and whether compaction is', () => {
    const variables = (overrides: Record<string, unknown>): unknown =>
      (
        onlyOne(synthesize('dev', { overrides }).stacks.operations, 'AWS::Lambda::Function') as {
          Environment: { Variables: unknown };
        }
      ).Environment.Variables;
    expect(variables({})).toMatchObject({ IS_PRODUCED: 'true', COMPACTED_TOPICS: 'quotes,quotes_filtered' });
    expect(variables({ quotes: { scheduled: false } })).toMatchObject({ IS_PRODUCED: 'false' });
    expect(variables({ jobs: { compactionScheduled: false } })).not.toHaveProperty('COMPACT_JOB');
  });

  test('calls somebody when it is silent: its metrics would be missing, which counts as good', () => {
    const silent = Object.values(dev.findResources('AWS::CloudWatch::Alarm')).filter((each) =>
      String((each['Properties'] as { AlarmDescription: unknown }).AlarmDescription).endsWith(
        '#probe-silent',
      ),
    );
    expect(silent).toEqual([
      expect.objectContaining({
        // A schedule's first invocation is at once, so a new lake is not silent.
        DependsOn: expect.arrayContaining([
          expect.stringMatching(/^FreshnessSchedule[0-9A-F]{8}$/),
        ]) as unknown,
        Properties: expect.objectContaining({
          Namespace: 'AWS/Lambda',
          MetricName: 'Invocations',
          Dimensions: [
            { Name: 'FunctionName', Value: { Ref: expect.stringMatching(/^FreshnessProbeHandler/) } },
          ],
          Statistic: 'Sum',
          ComparisonOperator: 'LessThanOrEqualToThreshold',
          Threshold: 0,
          Period: 300,
          EvaluationPeriods: 6,
          TreatMissingData: 'breaching',
        }) as unknown,
      }),
    ]);
  });

  test('has no alarm on stale compaction, nor the right to ask for it, where nobody schedules it', () => {
    const { operations } = synthesize('dev', { overrides: { jobs: { compactionScheduled: false } } }).stacks;
    expect(Object.keys(operations.findResources('AWS::CloudWatch::Alarm')).join()).not.toContain('Stale');
    expect(grants(operations, ROLE).join()).not.toContain('glue:GetJobRuns');
  });
});

describe('the dashboard', () => {
  const body = (stack = dev) =>
    JSON.parse(readable(onlyOne(stack, 'AWS::CloudWatch::Dashboard')['DashboardBody'])) as {
      widgets: { type: string; x: number; width: number; y: number; properties: Record<string, unknown> }[];
    };

  test('is one page of what has to be seen', () => {
    const { widgets } = body();
    const text = JSON.stringify(widgets);
    for (const metric of [
      'MessagesInPerSec',
      'RecordsLanded',
      'RecordsCurated',
      'RecordsServed',
      'OffsetLag',
      'FreshnessSeconds',
      'EndToEndAge',
      'RecordsQuarantined',
      'ApproximateNumberOfMessagesVisible',
      'CompactionAge',
      'EstimatedCharges',
    ])
      expect(text).toContain(metric);
    expect(text).toContain('"stat":"p50"');
    expect(text).toContain('"stat":"p99"');
    expect(Math.max(...widgets.map(({ x, width }) => x + width))).toBe(24);
    expect(widgets.length).toBeLessThan(15);
  });

  test('links to sections that the runbook has, once it is said where that is', () => {
    const runbook = readFileSync(join(PROJECT_ROOT, 'docs/runbook.md'), 'utf8');
    const markdown = (stack = dev): string =>
      String(body(stack).widgets.find(({ type }) => type === 'text')?.properties['markdown']);
    expect(markdown()).not.toContain('](');
    const linked = markdown(operationsWith({ runbookUrl: 'https://example.com/runbook.md' }));
    const sections = [...linked.matchAll(/\(https:\/\/example\.com\/runbook\.md#([\w-]+)\)/g)];
    expect(sections.length).toBeGreaterThan(10);
    for (const [, section] of sections) expect(runbook).toContain(`\n## ${section}\n`);
  });
});

describe('costs', () => {
  const COSTS = ['AWS::Budgets::Budget', 'AWS::CE::AnomalySubscription'];
  const anomalyMonitorArn = 'arn:aws:ce::123456789012:anomalymonitor/12345678-abcd-ef12-3456-987654321a12';

  test('are watched only where there is a budget', () => {
    for (const type of COSTS) dev.resourceCountIs(type, 0);
    const budget = { monthlyBudgetUSD: 500, alarmEmail: 'jane@example.com' };
    const watched = operationsWith({ ...budget, anomalyMonitorArn });
    for (const type of COSTS) watched.resourceCountIs(type, 1);
    operationsWith(budget).resourceCountIs('AWS::CE::AnomalySubscription', 0);
  });

  test('of the stage alone are told of to an address, anomalies once a day', () => {
    const stack = operationsWith({
      monthlyBudgetUSD: 500,
      alarmEmail: 'jane@example.com',
      alarmTopicArn: TOPIC,
      anomalyMonitorArn,
    });
    const subscribers = [{ SubscriptionType: 'EMAIL', Address: 'jane@example.com' }];
    const notification = { ComparisonOperator: 'GREATER_THAN', ThresholdType: 'PERCENTAGE' };
    const tag = (Key: string, value: string) => ({
      Tags: { Key, Values: [value], MatchOptions: ['EQUALS'] },
    });
    expect(onlyOne(stack, 'AWS::Budgets::Budget')).toMatchObject({
      Budget: {
        BudgetLimit: { Amount: 500, Unit: 'USD' },
        FilterExpression: { And: [tag('project', 'tickerlake'), tag('stage', 'dev')] },
      },
      NotificationsWithSubscribers: [
        {
          Notification: { ...notification, NotificationType: 'ACTUAL', Threshold: 80 },
          Subscribers: subscribers,
        },
        {
          Notification: { ...notification, NotificationType: 'ACTUAL', Threshold: 100 },
          Subscribers: subscribers,
        },
        {
          Notification: { ...notification, NotificationType: 'FORECASTED', Threshold: 100 },
          Subscribers: subscribers,
        },
      ],
    });
    expect(onlyOne(stack, 'AWS::CE::AnomalySubscription')).toMatchObject({
      Frequency: 'DAILY',
      MonitorArnList: [anomalyMonitorArn],
      Subscribers: [{ Type: 'EMAIL', Address: 'jane@example.com' }],
      ThresholdExpression: expect.stringContaining('"Values":["50"]') as unknown,
    });
  });

  test('go to the topic, anomalies at once, where there is no address', () => {
    const stack = operationsWith({ monthlyBudgetUSD: 1, alarmTopicArn: TOPIC, anomalyMonitorArn });
    expect(onlyOne(stack, 'AWS::CE::AnomalySubscription')).toMatchObject({
      Frequency: 'IMMEDIATE',
      Subscribers: [{ Type: 'SNS', Address: TOPIC }],
    });
    expect(JSON.stringify(onlyOne(stack, 'AWS::Budgets::Budget'))).toContain(TOPIC);
  });
});

describe('the runbook', () => {
  const text = readFileSync(join(PROJECT_ROOT, 'docs/runbook.md'), 'utf8');
  const sections = new Map(
    text.split(/^(?=## )/m).map((section) => [/^## (.+)$/m.exec(section)?.[1] ?? '', section] as const),
  );
  const named = [lakes.dev, lakes.prod].flatMap((lake) =>
    [...allResources(lake).values()]
      .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm' || Type === COMPOSITE)
      .map(
        ({ Properties }) =>
          /Runbook: docs\/runbook\.md#([a-z-]+)$/.exec(readable(Properties?.['AlarmDescription']))?.[1],
      ),
  );

  test('is named by every alarm', () => {
    expect(named).not.toContain(undefined);
    expect(new Set(named)).toEqual(new Set([...RUNBOOK_SECTIONS, 'the-lake-needs-somebody']));
  });

  test.each([...new Set(named)])(
    'says of %s what it means, where to look, what to do, and by which commands',
    (name = '') => {
      const section = sections.get(name) ?? '';
      const places = ['**Meaning**: ', '**Look here**: ', '**Do this**:\n', '**Commands**:\n\n```sh\n'].map(
        (part) => section.indexOf(part),
      );
      expect(places).not.toContain(-1);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    },
  );
});
