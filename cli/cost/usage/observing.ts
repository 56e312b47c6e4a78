/** Amazon CloudWatch. https://aws.amazon.com/cloudwatch/pricing/ */
import { DAYS_PER_MONTH, GB, type Model, sum } from '../flow.ts';
import { functionFlow } from '../function-flow.ts';
import { listAt, ofType, optionalNumberAt, type Resource, resourceAt } from '../resources.ts';
import { type Usage, use } from './usage.ts';

/** What CloudWatch keeps of a GB of text, compressed: https://aws.amazon.com/cloudwatch/pricing/ */
const KEPT_SHARE = 0.15;

export const logGroup: Usage = (each, model) => {
  const gigabytes = takenIn(each, model);
  const keptMonths = Math.min(
    (optionalNumberAt(each, 'RetentionInDays') ?? Number.POSITIVE_INFINITY) / DAYS_PER_MONTH,
    model.profile.lakeAgeMonths,
  );
  return [
    use('cloudwatch.logs', gigabytes),
    use('cloudwatch.logs.storage', gigabytes * KEPT_SHARE * keptMonths),
  ];
};

/** GB a month: by the invocations of its function; of a group that no function writes to, as the profile says. */
function takenIn(each: Resource, model: Model): number {
  const writers = ofType(model.resources, 'AWS::Lambda::Function').filter(
    (lambda) => resourceAt(model.resources, lambda, 'LoggingConfig', 'LogGroup') === each,
  );
  if (writers.length === 0) return model.profile.otherLogGBPerGroup;
  const invocations = sum(writers.map((lambda) => functionFlow(lambda, model).invocations));
  return (invocations * model.profile.logBytesPerInvocation) / GB;
}

/** Billed by the metrics that it reads. */
export const alarm: Usage = (each) => {
  const metrics = listAt(each, 'Metrics').filter((entry) => JSON.stringify(entry).includes('"MetricStat"'));
  return [use('cloudwatch.alarms', Math.max(1, metrics.length))];
};

export const compositeAlarm: Usage = () => [use('cloudwatch.alarms.composite', 1)];

export const dashboard: Usage = () => [use('cloudwatch.dashboards', 1)];

/** A filter makes one metric. */
export const metricFilter: Usage = (each) => [
  use('cloudwatch.metrics', Math.max(1, listAt(each, 'MetricTransformations').length)),
];
