import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct, IConstruct } from 'constructs';

/** Sections of docs/runbook.md that alarms point at. */
export const RUNBOOK_SECTIONS = [
  'dead-letters',
  'diverted-batches',
  'function-errors',
  'function-throttled',
  'landing-lag',
  'curation-backlog',
  'swept-objects',
  'quarantined-records',
  'quarantine-rate',
  'filter-lag',
  'watchlist-refused',
  'serving-lag',
  'database-load',
  'database-storage',
  'database-connections',
  'replica-lag',
  'listing-refused',
  'compaction-failed',
  'compaction-stale',
  'freshness',
  'probe-silent',
] as const;
export type RunbookSection = (typeof RUNBOOK_SECTIONS)[number];

/**
 * Sections whose alarms call somebody at once: what users notice, or soon will. All others tell of a cause, which can wait for
 * the next working day: nothing is lost meanwhile. https://sre.google/sre-book/monitoring-distributed-systems/#tying-these-principles-together
 */
const PAGES: ReadonlySet<RunbookSection> = new Set([
  'freshness',
  // While it is, nobody would be called for freshness.
  'probe-silent',
  'landing-lag',
  'serving-lag',
  'database-storage',
  'database-connections',
]);

export interface RunbookAlarmProps {
  readonly metric: IMetric;
  /** Alarms at this value and above. */
  readonly threshold: number;
  /** Whether it alarms at that value and below instead, of what may run out. @default false */
  readonly alarmsBelow?: boolean;
  /** Periods in a row. @default 1 */
  readonly evaluationPeriods?: number;
  /** Whether it also alarms while there is no data, of what has to happen all the time. @default false */
  readonly alarmsWhenMissing?: boolean;
  /** What is wrong, in one clause. */
  readonly summary: string;
  /** Where docs/runbook.md says what to do. */
  readonly section: RunbookSection;
  /** Whether it calls for somebody by itself; one of several that have to agree does not. @default true */
  readonly isAlone?: boolean;
}

/**
 * An alarm whose description leads to the page that says what to do; silence is health unless said otherwise,
 * since idle functions emit nothing.
 * It takes no action itself: the composite alarms of the Operations stack notify, once for all that goes wrong together.
 */
export class RunbookAlarm extends Alarm {
  readonly section: RunbookSection;
  /** Whether it calls for somebody without others. */
  readonly isAlone: boolean;

  constructor(scope: Construct, id: string, props: RunbookAlarmProps) {
    super(scope, id, {
      metric: props.metric,
      threshold: props.threshold,
      evaluationPeriods: props.evaluationPeriods ?? 1,
      comparisonOperator:
        props.alarmsBelow === true
          ? ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData:
        props.alarmsWhenMissing === true ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      alarmDescription: describeAlarm(props.summary, props.section),
    });
    this.section = props.section;
    this.isAlone = props.isAlone ?? true;
  }

  /** Whether somebody is called at once, or finds it on the next working day. */
  get isPage(): boolean {
    return PAGES.has(this.section);
  }

  /** Every one below a construct. */
  static below(scope: IConstruct): readonly RunbookAlarm[] {
    return scope.node.findAll().filter((construct) => construct instanceof RunbookAlarm);
  }
}

/** What an alarm says of itself: tools find the runbook's page in it. */
export function describeAlarm(summary: string, section: RunbookSection): string {
  return `${summary}. Runbook: docs/runbook.md#${section}`;
}
