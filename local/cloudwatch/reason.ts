/** What people are told of an alarm. */
import type { AlarmDefinition, AlarmStatus } from './alarm.ts';
import { type Comparison, type Evaluation, evaluationRange } from './evaluation.ts';

const COMPARED: Readonly<Record<Comparison, string>> = {
  GreaterThanOrEqualToThreshold: 'at or above',
  GreaterThanThreshold: 'above',
  LessThanOrEqualToThreshold: 'at or below',
  LessThanThreshold: 'below',
};

/** Times are of the begin of a period, in UTC. */
export function reasonOf(definition: AlarmDefinition, evaluation: Evaluation): string {
  const { metric, comparison, threshold, datapointsToAlarm, treatMissingData } = definition;
  const { datapoints, breaching, missing } = evaluation;
  const what = `${metric.statistic} of ${metric.name} in ${metric.periodSeconds / 60} min`;
  if (datapoints.length === 0) {
    return `${what}: no data in ${evaluationRange(definition)} periods, treated as ${treatMissingData}`;
  }
  const values = datapoints.toReversed().map(({ atMs, value }) => `${rounded(value)} at ${timeOf(atMs)}`);
  const wanted = datapointsToAlarm === 1 ? '' : ` (${datapointsToAlarm} make an alarm)`;
  const filled = missing === 0 ? '' : `, ${missing} missing treated as ${treatMissingData}`;
  return `${what}: ${values.join(', ')}; ${breaching} of ${datapoints.length} ${COMPARED[comparison]} ${threshold}${wanted}${filled}`;
}

/** One line for whoever watches a run: the alarm as its author called it, and where the runbook says what to do. */
export function alarmLine({ logicalId, state, reason, description }: AlarmStatus): string {
  const called = logicalId.replace(/[0-9A-F]{8}$/, '');
  const page = /docs\/runbook\.md#[\w-]+/.exec(description)?.[0] ?? description;
  return `alarm ${called}: ${state} — ${reason}${page === '' ? '' : `; ${page}`}`;
}

const timeOf = (atMs: number): string => new Date(atMs).toISOString().slice(11, 16);
const rounded = (value: number): number => Number(value.toFixed(2));
