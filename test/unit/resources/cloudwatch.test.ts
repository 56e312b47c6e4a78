import { describe, expect, test } from '@jest/globals';
import type { AlarmDefinition } from '../../../local/cloudwatch/alarm.ts';
import type { Cloud } from '../../../local/resources/cloud.ts';
import { cloudwatchTypes } from '../../../local/resources/cloudwatch.ts';
import { requireResourceType } from '../../../local/resources/registry.ts';
import { ResourceRequest } from '../../../local/resources/resource-request.ts';
import type { JsonObject } from '../../../local/template/template.ts';

const TYPE = 'AWS::CloudWatch::Alarm';
const identity = { stack: 's', logicalId: 'Errors0AB822DE', type: TYPE, constructPath: undefined };
const properties = {
  AlarmDescription: 'f fails. Runbook: docs/runbook.md#function-errors',
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  Dimensions: [{ Name: 'FunctionName', Value: 'f' }],
  EvaluationPeriods: 3,
  MetricName: 'Errors',
  Namespace: 'AWS/Lambda',
  Period: 300,
  Statistic: 'Sum',
  Threshold: 1,
};

async function provision(
  given: JsonObject,
): Promise<{ defined: AlarmDefinition[]; ref: string | undefined }> {
  const defined: AlarmDefinition[] = [];
  const add = (definition: AlarmDefinition): void => void defined.push(definition);
  const cloud = { region: 'r', account: '1', cloudwatch: { add } } as unknown as Cloud;
  const alarm = cloudwatchTypes.find(({ type }) => type === TYPE);
  const provisioned = await alarm?.provision(new ResourceRequest(identity, given), cloud);
  return { defined, ref: provisioned?.ref };
}

describe('an alarm of a template', () => {
  test('is taken as it stands, with CloudFormation’s defaults', async () => {
    const { defined, ref } = await provision(properties);
    expect(ref).toMatch(/^s-Errors0AB822DE-[0-9a-f]{12}$/);
    expect(defined).toEqual([
      {
        name: ref,
        stack: 's',
        logicalId: 'Errors0AB822DE',
        description: properties.AlarmDescription,
        metric: {
          namespace: 'AWS/Lambda',
          name: 'Errors',
          dimensions: { FunctionName: 'f' },
          statistic: 'Sum',
          periodSeconds: 300,
        },
        threshold: 1,
        comparison: 'GreaterThanOrEqualToThreshold',
        evaluationPeriods: 3,
        datapointsToAlarm: 3,
        treatMissingData: 'missing',
      },
    ]);
  });

  test('may want fewer datapoints than it has periods, and say what to make of missing ones', async () => {
    const more = { DatapointsToAlarm: 2, TreatMissingData: 'breaching' };
    expect((await provision({ ...properties, ...more })).defined).toMatchObject([
      { evaluationPeriods: 3, datapointsToAlarm: 2, treatMissingData: 'breaching' },
    ]);
  });

  test.each<[string, JsonObject, string]>([
    [
      'a band for its threshold',
      { ComparisonOperator: 'GreaterThanUpperThreshold' },
      'ComparisonOperator is',
    ],
    ['an unknown statistic', { Statistic: 'Median' }, 'Statistic is Median; the runner knows SampleCount'],
    ['an unknown treatment of missing data', { TreatMissingData: 'bad' }, 'TreatMissingData is bad'],
    ['a period below a minute', { Period: 10 }, 'make it a multiple of 60'],
    ['no period', { EvaluationPeriods: 0 }, 'EvaluationPeriods needs a whole number'],
    ['more datapoints than periods', { DatapointsToAlarm: 4 }, 'DatapointsToAlarm is 4, more than'],
    [
      'a longer look back than metrics are kept',
      { Period: 21_600 },
      'take metrics of 1800 minutes; 1080 are kept',
    ],
  ])('with %s is refused', async (_case, more, message) => {
    await expect(provision({ ...properties, ...more })).rejects.toThrow(message);
  });

  test.each(['ExtendedStatistic', 'Unit', 'EvaluationWindow'])(
    'with %s, which is not evaluated here, is refused',
    (property) => {
      expect(() => requireResourceType('s/Errors', TYPE, [...Object.keys(properties), property])).toThrow(
        `property ${property} of ${TYPE} is not known to the runner`,
      );
    },
  );
});
