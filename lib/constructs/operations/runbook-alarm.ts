import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { OperationsConfig } from '../../config/stage-config.ts';

/** Sections of docs/runbook.md that alarms point at. */
export const RUNBOOK_SECTIONS = [
  'dead-letters',
  'diverted-batches',
  'function-errors',
  'landing-lag',
  'curation-backlog',
  'swept-objects',
  'quarantined-records',
  'filter-lag',
  'watchlist-refused',
  'serving-lag',
  'database-load',
  'database-storage',
  'database-connections',
  'replica-lag',
  'listing-refused',
  'compaction-failed',
] as const;
export type RunbookSection = (typeof RUNBOOK_SECTIONS)[number];

export interface RunbookAlarmProps {
  readonly metric: IMetric;
  /** Alarms at this value and above. */
  readonly threshold: number;
  /** Whether it alarms at that value and below instead, of what may run out. @default false */
  readonly alarmsBelow?: boolean;
  /** Periods in a row. @default 1 */
  readonly evaluationPeriods?: number;
  /** What is wrong, in one clause. */
  readonly summary: string;
  /** Where docs/runbook.md says what to do. */
  readonly section: RunbookSection;
  readonly operations: OperationsConfig;
}

/** An alarm whose description leads to the page that says what to do; silence is health, since idle functions emit nothing. */
export class RunbookAlarm extends Alarm {
  constructor(scope: Construct, id: string, props: RunbookAlarmProps) {
    super(scope, id, {
      metric: props.metric,
      threshold: props.threshold,
      evaluationPeriods: props.evaluationPeriods ?? 1,
      comparisonOperator:
        props.alarmsBelow === true
          ? ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${props.summary}. Runbook: docs/runbook.md#${props.section}`,
    });
    const { alarmTopicArn } = props.operations;
    if (alarmTopicArn !== '') {
      this.addAlarmAction(new SnsAction(Topic.fromTopicArn(this, 'Topic', alarmTopicArn)));
    }
  }
}
