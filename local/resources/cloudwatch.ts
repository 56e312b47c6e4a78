/** Amazon CloudWatch: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_CloudWatch.html */
import { arn } from '../arn.ts';
import type { AlarmDefinition } from '../cloudwatch/alarm.ts';
import { COMPARISONS, evaluationRange, MISSING_DATA_TREATMENTS } from '../cloudwatch/evaluation.ts';
import { STATISTICS } from '../cloudwatch/metric.ts';
import { RETENTION_MS } from '../cloudwatch/metric-store.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { ResourceType } from './resource-type.ts';

const COMPARISON_NAMES = Object.keys(COMPARISONS) as (keyof typeof COMPARISONS)[];

function definitionOf(request: ResourceRequest, name: string): AlarmDefinition {
  const { stack, logicalId } = request.identity;
  const evaluationPeriods = wholeNumber(request, 'EvaluationPeriods');
  const datapointsToAlarm = wholeNumber(request, 'DatapointsToAlarm', evaluationPeriods);
  if (datapointsToAlarm > evaluationPeriods) {
    throw request.error('DatapointsToAlarm', `is ${datapointsToAlarm}, more than EvaluationPeriods`);
  }
  const definition: AlarmDefinition = {
    name,
    stack,
    logicalId,
    description: request.optionalText('AlarmDescription') ?? '',
    metric: {
      namespace: request.text('Namespace'),
      name: request.text('MetricName'),
      dimensions: Object.fromEntries(
        request.items('Dimensions').map((dimension) => [dimension.text('Name'), dimension.text('Value')]),
      ),
      statistic: oneOf(request, 'Statistic', STATISTICS),
      periodSeconds: periodSeconds(request),
    },
    threshold: request.number('Threshold'),
    comparison: oneOf(request, 'ComparisonOperator', COMPARISON_NAMES),
    evaluationPeriods,
    datapointsToAlarm,
    treatMissingData: oneOf(request, 'TreatMissingData', MISSING_DATA_TREATMENTS, 'missing'),
  };
  const rangeMs = evaluationRange(definition) * definition.metric.periodSeconds * 1000;
  if (rangeMs > RETENTION_MS) {
    throw request.error(
      'EvaluationPeriods',
      `of ${definition.metric.periodSeconds} s take metrics of ${rangeMs / 60_000} minutes; ${RETENTION_MS / 60_000} are kept`,
      'evaluate fewer or shorter periods, or raise RETENTION_MS in local/cloudwatch/metric-store.ts',
    );
  }
  return definition;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html: below a minute is for high-resolution metrics. */
function periodSeconds(request: ResourceRequest): number {
  const seconds = wholeNumber(request, 'Period');
  if (seconds % 60 === 0) return seconds;
  throw request.error('Period', `is ${seconds} s; metrics are kept by the minute: make it a multiple of 60`);
}

function wholeNumber(request: ResourceRequest, property: string, fallback?: number): number {
  const number = request.number(property, fallback);
  if (Number.isInteger(number) && number > 0) return number;
  throw request.error(property, `needs a whole number from 1 on, got ${number}`);
}

function oneOf<T extends string>(
  request: ResourceRequest,
  property: string,
  allowed: readonly T[],
  fallback?: T,
): T {
  const given = request.optionalText(property) ?? fallback;
  const found = allowed.find((value) => value === given);
  if (found !== undefined) return found;
  throw request.error(property, `is ${given ?? 'not given'}; the runner knows ${allowed.join(', ')}`);
}

export const cloudwatchTypes: readonly ResourceType[] = [
  {
    type: 'AWS::CloudWatch::Alarm',
    level: 'emulated',
    behind:
      'evaluated by CloudWatch’s rules on the metrics that the run emits; its state is shown, no action is taken',
    effective: [
      'AlarmDescription',
      'AlarmName',
      'ComparisonOperator',
      'DatapointsToAlarm',
      'Dimensions',
      'EvaluationPeriods',
      'MetricName',
      'Namespace',
      'Period',
      'Statistic',
      'Threshold',
      'TreatMissingData',
    ],
    inert: ['ActionsEnabled', 'AlarmActions', 'InsufficientDataActions', 'OKActions', 'Tags'],
    provision: (request, cloud) => {
      const name = request.physicalName('AlarmName', 255);
      cloud.cloudwatch.add(definitionOf(request, name));
      return { ref: name, attributes: { Arn: arn(cloud, 'cloudwatch', `alarm:${name}`) } };
    },
  },
];
