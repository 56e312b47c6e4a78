/**
 * When an alarm changes its state: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html and, for
 * data that is missing, https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** By the template's word, whether a value breaches a threshold. */
export const COMPARISONS = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
} as const satisfies Record<string, (value: number, threshold: number) => boolean>;
export type Comparison = keyof typeof COMPARISONS;

export const MISSING_DATA_TREATMENTS = ['breaching', 'ignore', 'missing', 'notBreaching'] as const;
export type MissingDataTreatment = (typeof MISSING_DATA_TREATMENTS)[number];

export interface AlarmRule {
  readonly comparison: Comparison;
  readonly threshold: number;
  /** N of "M out of N". */
  readonly evaluationPeriods: number;
  /** M of "M out of N". */
  readonly datapointsToAlarm: number;
  readonly treatMissingData: MissingDataTreatment;
}

/** The value of one period. */
export interface Datapoint {
  /** When the period began. */
  readonly atMs: number;
  readonly value: number;
}

export interface Evaluation {
  readonly state: AlarmState;
  /** What it was decided on, newest first. */
  readonly datapoints: readonly Datapoint[];
  /** How many of those breach the threshold. */
  readonly breaching: number;
  /** Datapoints that were not there, so that the treatment of missing data decided. */
  readonly missing: number;
}

/**
 * How many periods are looked at, in case some of the newest have no data. AWS gives one example, 5 for an alarm of 3, and says
 * that the number depends on the period; ours is always two more.
 */
export const evaluationRange = ({ evaluationPeriods }: Pick<AlarmRule, 'evaluationPeriods'>): number =>
  evaluationPeriods + 2;

/** @param range the evaluation range, newest first; undefined where a period has no data */
export function evaluate(
  rule: AlarmRule,
  range: readonly (Datapoint | undefined)[],
  current: AlarmState,
): Evaluation {
  const { comparison, threshold, evaluationPeriods } = rule;
  // As many as are needed, from further back where newer ones are missing.
  const datapoints = range.filter((datapoint) => datapoint !== undefined).slice(0, evaluationPeriods);
  const breaching = datapoints.filter(({ value }) => COMPARISONS[comparison](value, threshold)).length;
  const missing = evaluationPeriods - datapoints.length;
  const oldest = datapoints.at(-1);
  const oldestAge = oldest === undefined ? 0 : range.indexOf(oldest) + 1;
  const found = { present: datapoints.length, breaching, missing, oldestAge };
  return { state: stateOf(rule, found, current), datapoints, breaching, missing };
}

interface Found {
  readonly present: number;
  readonly breaching: number;
  readonly missing: number;
  /** In periods; 1 is the newest. */
  readonly oldestAge: number;
}

function stateOf(
  { datapointsToAlarm, treatMissingData }: AlarmRule,
  { present, breaching, missing, oldestAge }: Found,
  current: AlarmState,
): AlarmState {
  if (breaching >= datapointsToAlarm) return 'ALARM';
  if (missing === 0 || treatMissingData === 'notBreaching') return 'OK';
  if (treatMissingData === 'breaching') return breaching + missing >= datapointsToAlarm ? 'ALARM' : 'OK';
  if (present > breaching) return 'OK';
  if (treatMissingData === 'ignore') return current;
  if (present === 0) return 'INSUFFICIENT_DATA';
  // "Avoiding premature transitions to alarm state": what breached so long ago was given time enough to be contradicted.
  return oldestAge >= datapointsToAlarm ? 'ALARM' : 'OK';
}
