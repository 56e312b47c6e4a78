/** The alarms of the templates, as people and tests see them. */
import type { AlarmRuleExpression } from './alarm-rule.ts';
import type { AlarmRule, AlarmState } from './evaluation.ts';
import type { Metric, Statistic } from './metric.ts';
import type { MathExpression } from './metric-math.ts';

export type { AlarmState } from './evaluation.ts';

/** What an alarm with metric math computes its value from, of each period. */
export interface AlarmMath {
  readonly inputs: readonly {
    readonly id: string;
    readonly metric: Metric & { readonly statistic: Statistic };
  }[];
  readonly value: MathExpression;
}

/** An alarm as its template has it. */
export interface AlarmDefinition extends AlarmRule {
  readonly name: string;
  readonly stack: string;
  readonly logicalId: string;
  readonly description: string;
  /** What it watches; of an alarm with metric math, its expression by label. */
  readonly metric: Metric & { readonly statistic: Statistic | 'Value'; readonly periodSeconds: number };
  /** @default - the value is the metric's */
  readonly math?: AlarmMath;
}

/** An alarm over other alarms. */
export interface CompositeDefinition {
  readonly name: string;
  readonly stack: string;
  readonly logicalId: string;
  readonly description: string;
  readonly rule: AlarmRuleExpression;
  /** Alarm that keeps it from telling anybody while it is in ALARM; undefined for none. */
  readonly suppressor: string | undefined;
}

export interface CompositeStatus {
  readonly name: string;
  readonly stack: string;
  readonly logicalId: string;
  readonly description: string;
  readonly state: AlarmState;
  /** Alarms of its rule that are in ALARM, or that all are well. */
  readonly reason: string;
  readonly since: Date;
  /** Whether it would tell somebody now, if it had whom: it is in ALARM and nothing suppresses it. */
  readonly tells: boolean;
}

export interface AlarmStatus {
  /** As CloudFormation would name it, unless the template does. */
  readonly name: string;
  readonly stack: string;
  readonly logicalId: string;
  /** The template's; those of this project end with the section of docs/runbook.md. */
  readonly description: string;
  readonly metric: {
    readonly namespace: string;
    readonly name: string;
    readonly dimensions: Readonly<Record<string, string>>;
    readonly statistic: string;
    readonly periodSeconds: number;
  };
  readonly threshold: number;
  /** ComparisonOperator of the template: GreaterThanOrEqualToThreshold, … */
  readonly comparison: string;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  /** breaching, ignore, missing or notBreaching. */
  readonly treatMissingData: string;
  readonly state: AlarmState;
  /** Why it is in this state, by the latest evaluation. */
  readonly reason: string;
  /** When it came into this state. */
  readonly since: Date;
  /** The last dozen periods that have data, oldest first, each at its begin. */
  readonly datapoints: readonly { readonly at: Date; readonly value: number }[];
  /** False where nothing local emits the metric: the reason says so, and the state stays INSUFFICIENT_DATA. */
  readonly isObserved: boolean;
}

/** The alarms of a running lake. No action of theirs is taken. */
export interface Alarms {
  /** Every alarm, evaluated now on the metrics that have come in; by stack and logical id. */
  all(): readonly AlarmStatus[];
  /** Every alarm over alarms, in the order of the templates. */
  composites(): readonly CompositeStatus[];
  /** Calls the listener when an alarm's state changes, until the function that it gives is called. */
  onChange(listener: (alarm: AlarmStatus) => void): () => void;
}
