/** What the templates' types of operations refuse, before AWS would. */
import { describe, expect, test } from '@jest/globals';
import { CloudWatch } from '../../../local/cloudwatch/cloudwatch.ts';
import type { Cloud } from '../../../local/resources/cloud.ts';
import { requireResourceType } from '../../../local/resources/registry.ts';
import { ResourceRequest } from '../../../local/resources/resource-request.ts';
import type { JsonObject } from '../../../local/template/template.ts';

async function provision(type: string, properties: JsonObject) {
  const cloudwatch = new CloudWatch({ warn: () => undefined });
  const cloud = { region: 'r', account: '1', cloudwatch } as unknown as Cloud;
  const entry = requireResourceType('s/Thing', type, Object.keys(properties));
  const identity = { stack: 's', logicalId: 'Thing', type, constructPath: undefined };
  return await entry.provision(new ResourceRequest(identity, properties), cloud);
}

const stat = (Id: string, Period = 300): JsonObject => ({
  Id,
  ReturnData: false,
  MetricStat: { Stat: 'Sum', Period, Metric: { Namespace: 'tickerlake', MetricName: Id, Dimensions: [] } },
});
const alarmOf = (...Metrics: JsonObject[]): JsonObject => ({
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  EvaluationPeriods: 1,
  Threshold: 1,
  Metrics,
});
const budget = (amount: number, Address: string): JsonObject => ({
  Budget: { BudgetName: 'b', BudgetLimit: { Amount: amount, Unit: 'USD' } },
  NotificationsWithSubscribers: [
    { Notification: { Threshold: 80 }, Subscribers: [{ SubscriptionType: 'EMAIL', Address }] },
  ],
});
const dashboard = (body: unknown): JsonObject => ({ DashboardBody: JSON.stringify(body) });
const widget = (x: number): object => ({ type: 'text', x, y: 0, width: 8, height: 1, properties: {} });

describe('is refused', () => {
  test.each<[string, string, JsonObject, string]>([
    [
      'metric math of two periods',
      'AWS::CloudWatch::Alarm',
      alarmOf({ Id: 'e', Expression: 'a + b' }, stat('a'), stat('b', 60)),
      'have 2 periods',
    ],
    [
      'metric math that the runner does not know',
      'AWS::CloudWatch::Alarm',
      alarmOf({ Id: 'e', Expression: 'RATE(a)' }, stat('a')),
      'the runner does not know RATE()',
    ],
    [
      'an alarm that watches two expressions',
      'AWS::CloudWatch::Alarm',
      alarmOf({ Id: 'e', Expression: 'a' }, { Id: 'f', Expression: 'a' }, stat('a')),
      'return data 2 times, not once',
    ],
    [
      'a rule over an alarm that is not there',
      'AWS::CloudWatch::CompositeAlarm',
      { AlarmRule: 'ALARM("gone")' },
      'names gone, which is no alarm of these stacks',
    ],
    [
      'a rule that cannot be read',
      'AWS::CloudWatch::CompositeAlarm',
      { AlarmRule: 'ALARM("gone"' },
      'AlarmRule ends too early',
    ],
    ['a dashboard that is no JSON', 'AWS::CloudWatch::Dashboard', { DashboardBody: '{' }, 'is not JSON'],
    ['a dashboard without a widget', 'AWS::CloudWatch::Dashboard', dashboard({}), 'has 0 widgets'],
    [
      'a widget beyond the grid',
      'AWS::CloudWatch::Dashboard',
      dashboard({ widgets: [widget(0), widget(20)] }),
      'ends at column 28 of 24',
    ],
    ['a budget of nothing', 'AWS::Budgets::Budget', budget(0, 'a@b.c'), 'needs an amount above 0'],
    ['a budget told of to nowhere', 'AWS::Budgets::Budget', budget(1, 'jane'), 'no address of type EMAIL'],
    [
      'mail about anomalies at once',
      'AWS::CE::AnomalySubscription',
      {
        Frequency: 'IMMEDIATE',
        MonitorArnList: ['arn:aws:ce::1:anomalymonitor/1'],
        ThresholdExpression: '{}',
        Subscribers: [{ Type: 'EMAIL', Address: 'a@b.c' }],
      },
      'does not go with a subscriber of type EMAIL',
    ],
  ])('%s', async (_case, type, properties, message) => {
    await expect(provision(type, properties)).rejects.toMatchObject({
      code: 'RESOURCE_FAILED',
      message: expect.stringContaining(message) as unknown,
    });
  });
});

test('what is right is taken', async () => {
  await expect(provision('AWS::Budgets::Budget', budget(1, 'a@b.c'))).resolves.toEqual({ ref: 'b' });
  await expect(
    provision('AWS::CloudWatch::Dashboard', dashboard({ widgets: [widget(16)] })),
  ).resolves.toMatchObject({ ref: expect.stringContaining('Thing') as unknown });
  await expect(
    provision('AWS::CloudWatch::Alarm', alarmOf({ Id: 'e', Expression: 'a' }, stat('a'))),
  ).resolves.toBeDefined();
});
