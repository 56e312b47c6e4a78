/** AWS Lambda, its event sources, EventBridge Scheduler. https://aws.amazon.com/lambda/pricing/ */
import {
  activeSeconds,
  type ConsumerFlow,
  consumerFlows,
  HOURS_PER_MONTH,
  type Model,
  runsPerMonth,
  sum,
} from '../flow.ts';
import { functionFlow, partOf } from '../function-flow.ts';
import { MEASURED_FUNCTIONS } from '../measured.ts';
import { listAt, numberAt, optionalNumberAt, type Resource, textAt } from '../resources.ts';
import { type Usage, use } from './usage.ts';

export const lambdaFunction: Usage = (lambda, model) => {
  const { invocations, seconds } = functionFlow(lambda, model);
  const memoryGB = numberAt(lambda, 'MemorySize') / 1024;
  const metrics = MEASURED_FUNCTIONS[partOf(lambda)]?.metrics ?? 0;
  return [
    use('lambda.requests', invocations),
    use('lambda.duration', seconds * memoryGB),
    // One that emits nothing costs nothing.
    use('cloudwatch.metrics', invocations === 0 ? 0 : metrics),
  ];
};

/** Metrics of an event source that has EventCount switched on: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
const EVENT_COUNT_METRICS = 6;

export const eventSource: Usage = (mapping, model) => [
  use('lambda.pollers', pollerUnitHours(mapping, model)),
  use('cloudwatch.metrics', EVENT_COUNT_METRICS * listAt(mapping, 'MetricsConfig', 'Metrics').length),
];

/** https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html, «Enhanced EPU Utilization» */
const POLLERS_PER_UNIT = 10;
const UNIT_BYTES_PER_SECOND = 20e6;

/** The least that is provisioned all month, and what is scaled up to while quotes come; a group of event sources shares units. */
function pollerUnitHours(mapping: Resource, model: Model): number {
  const least = leastPollers(mapping);
  if (least === undefined) return 0;
  const group = groupOf(mapping, model);
  const idleUnits = Math.ceil(
    sum(group.map(({ eventSource }) => leastPollers(eventSource) ?? 0)) / POLLERS_PER_UNIT,
  );
  const pollers = sum(group.map((each) => each.pollers));
  const bytesPerSecond = sum(group.map(({ topic }) => topic.bytesPerSecond));
  const busyUnits = Math.max(
    idleUnits,
    Math.ceil(pollers / POLLERS_PER_UNIT),
    Math.ceil(bytesPerSecond / UNIT_BYTES_PER_SECOND),
  );
  const busyHours = activeSeconds(model.profile) / 3600;
  const unitHours = idleUnits * HOURS_PER_MONTH + (busyUnits - idleUnits) * busyHours;
  return unitHours / group.length;
}

function leastPollers(mapping: Resource): number | undefined {
  return optionalNumberAt(mapping, 'ProvisionedPollerConfig', 'MinimumPollers');
}

function groupOf(mapping: Resource, model: Model): ConsumerFlow[] {
  const name = textAt(mapping, 'ProvisionedPollerConfig', 'PollerGroupName');
  return consumerFlows(model).filter(
    ({ eventSource: other }) =>
      other === mapping ||
      (name !== undefined && textAt(other, 'ProvisionedPollerConfig', 'PollerGroupName') === name),
  );
}

export const schedule: Usage = (each) => [use('scheduler.invocations', runsPerMonth(each))];
