/** Amazon CloudWatch: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_CloudWatch.html */
import { arn } from '../arn.ts';
import type { AlarmDefinition, AlarmMath } from '../cloudwatch/alarm.ts';
import { type AlarmRuleExpression, parseAlarmRule } from '../cloudwatch/alarm-rule.ts';
import { COMPARISONS, evaluationRange, MISSING_DATA_TREATMENTS } from '../cloudwatch/evaluation.ts';
import { type Metric, STATISTICS, type Statistic } from '../cloudwatch/metric.ts';
import { parseMath } from '../cloudwatch/metric-math.ts';
import { RETENTION_MS } from '../cloudwatch/metric-store.ts';
import type { Json } from '../template/template.ts';
import { isObject } from '../template/template.ts';
import type { Cloud } from './cloud.ts';
import { ResourceRequest } from './resource-request.ts';
import type { Provisioned, ResourceType } from './resource-type.ts';
import { checkedType } from './resource-type.ts';

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
    ...(request.list('Metrics').length === 0
      ? {
          metric: {
            ...metricOf(request),
            statistic: oneOf(request, 'Statistic', STATISTICS),
            periodSeconds: periodSeconds(request),
          },
        }
      : mathOf(request)),
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

function metricOf(request: ResourceRequest): Metric {
  return {
    namespace: request.text('Namespace'),
    name: request.text('MetricName'),
    dimensions: Object.fromEntries(
      request.items('Dimensions').map((dimension) => [dimension.text('Name'), dimension.text('Value')]),
    ),
  };
}

/**
 * One expression over metrics, all of one period.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
 */
function mathOf(request: ResourceRequest): Pick<AlarmDefinition, 'metric'> & { readonly math: AlarmMath } {
  const queries = request.items('Metrics');
  const watched = queries.filter((query) => query.flag('ReturnData', true));
  const [expression] = watched;
  if (expression === undefined || watched.length > 1)
    throw request.error('Metrics', `return data ${watched.length} times, not once`);
  const inputs = queries
    .filter((query) => query !== expression)
    .map((query) => {
      const stat = query.within('MetricStat');
      const statistic: Statistic = oneOf(stat, 'Stat', STATISTICS);
      const metric = { ...metricOf(stat.within('Metric')), statistic };
      return { id: query.text('Id'), metric, periodSeconds: periodSeconds(stat) };
    });
  const text = expression.text('Expression');
  const periods = new Set(inputs.map((input) => input.periodSeconds));
  const [period] = periods;
  if (period === undefined || periods.size > 1)
    throw request.error('Metrics', `have ${periods.size} periods; all of an alarm have one`);
  try {
    const value = parseMath(text, new Set(inputs.map(({ id }) => id)));
    const name = expression.optionalText('Label') ?? text;
    return {
      metric: { namespace: 'metric math', name, dimensions: {}, statistic: 'Value', periodSeconds: period },
      math: { inputs, value },
    };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw expression.error('Expression', error.message, 'extend local/cloudwatch/metric-math.ts');
  }
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
      'Metrics',
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
  {
    type: 'AWS::CloudWatch::CompositeAlarm',
    level: 'emulated',
    behind: 'its rule is evaluated on the states of the alarms; its state is shown, no action is taken',
    effective: ['ActionsSuppressor', 'AlarmDescription', 'AlarmName', 'AlarmRule'],
    inert: [
      'ActionsEnabled',
      'ActionsSuppressorExtensionPeriod',
      'ActionsSuppressorWaitPeriod',
      'AlarmActions',
      'InsufficientDataActions',
      'OKActions',
      'Tags',
    ],
    provision: provisionComposite,
  },
  checkedType(
    'AWS::CloudWatch::Dashboard',
    'nobody draws it; its body has to be what CloudWatch takes, and its widgets to fit the grid',
    (request, cloud) => {
      const name = request.physicalName('DashboardName', 255);
      checkDashboard(request);
      return { ref: name, attributes: { Arn: arn(cloud, 'cloudwatch', `dashboard/${name}`) } };
    },
  ),
];

function provisionComposite(request: ResourceRequest, { cloudwatch, ...cloud }: Cloud): Provisioned {
  const name = request.physicalName('AlarmName', 255);
  const { stack, logicalId } = request.identity;
  const description = request.optionalText('AlarmDescription') ?? '';
  const suppressor = request.optionalText('ActionsSuppressor')?.replace(/^arn:.*:alarm:/, '');
  let rule: AlarmRuleExpression;
  try {
    rule = parseAlarmRule(request.text('AlarmRule'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw request.error('AlarmRule', error.message);
  }
  const missing = [...rule.children, ...(suppressor === undefined ? [] : [suppressor])].find(
    (child) => !cloudwatch.has(child),
  );
  if (missing !== undefined)
    throw request.error('AlarmRule', `names ${missing}, which is no alarm of these stacks`);
  cloudwatch.addComposite({ name, stack, logicalId, description, rule, suppressor });
  return { ref: name, attributes: { Arn: arn(cloud, 'cloudwatch', `alarm:${name}`) } };
}

const GRID_WIDTH = 24;
const MOST_WIDGETS = 500;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
function checkDashboard(request: ResourceRequest): void {
  let body: Json;
  try {
    body = JSON.parse(request.text('DashboardBody')) as Json;
  } catch {
    throw request.error('DashboardBody', 'is not JSON');
  }
  if (!isObject(body)) throw request.error('DashboardBody', 'is no JSON object');
  const widgets = new ResourceRequest(request.identity, body).items('widgets');
  if (widgets.length === 0 || widgets.length > MOST_WIDGETS)
    throw request.error('DashboardBody', `has ${widgets.length} widgets; 1 to ${MOST_WIDGETS} are allowed`);
  for (const widget of widgets) {
    const right = widget.number('x') + widget.number('width');
    if (right > GRID_WIDTH) throw widget.error('width', `ends at column ${right} of ${GRID_WIDTH}`);
    widget.text('type');
    widget.object('properties');
  }
}
