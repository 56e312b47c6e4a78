import type { Alarm } from '../../console/api.ts';
import type { AlarmStatus } from '../../local/cloudwatch/index.ts';

const SIGNS: Readonly<Record<string, string>> = {
  GreaterThanOrEqualToThreshold: '>=',
  GreaterThanThreshold: '>',
  LessThanOrEqualToThreshold: '<=',
  LessThanThreshold: '<',
};
const RANK = { ALARM: 0, INSUFFICIENT_DATA: 1, OK: 2 } as const satisfies Readonly<
  Record<Alarm['state'], number>
>;

/** The alarms for people, those that fire first. */
export function listAlarms(alarms: readonly AlarmStatus[]): readonly Alarm[] {
  return alarms
    .map(describeAlarm)
    .sort((left, right) => RANK[left.state] - RANK[right.state] || left.title.localeCompare(right.title));
}

function describeAlarm(alarm: AlarmStatus): Alarm {
  const { name, stack, logicalId, description, state, reason, since, datapoints, isObserved, threshold } =
    alarm;
  const runbook = /docs\/runbook\.md#[\w-]+/.exec(description)?.[0];
  return {
    name,
    stack,
    title: logicalId.replace(/[0-9A-F]{8}$/, ''),
    description,
    state,
    reason,
    since: since.toISOString(),
    condition: conditionOf(alarm),
    threshold,
    datapoints: datapoints.map(({ at, value }) => ({ at: at.toISOString(), value })),
    isObserved,
    ...(runbook === undefined ? {} : { runbook }),
  };
}

function conditionOf({
  metric,
  comparison,
  threshold,
  datapointsToAlarm,
  evaluationPeriods,
}: AlarmStatus): string {
  const { statistic, namespace, name, periodSeconds } = metric;
  const sign = SIGNS[comparison] ?? comparison;
  const periods = evaluationPeriods === 1 ? 'period' : 'periods';
  return `${statistic} of ${namespace} ${name} ${sign} ${threshold} in ${datapointsToAlarm} of ${evaluationPeriods} ${periods} of ${periodSeconds} s`;
}
