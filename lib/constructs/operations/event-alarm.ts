import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { EventPattern } from 'aws-cdk-lib/aws-events';
import { Rule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import type { RunbookSection } from './runbook-alarm.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

export interface EventAlarmProps {
  /** What says that something went wrong. */
  readonly eventPattern: EventPattern;
  /** What is wrong, in one clause. */
  readonly summary: string;
  readonly section: RunbookSection;
}

/**
 * An alarm on what a service tells EventBridge alone: a rule without a target, whose matches CloudWatch counts.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html; CDK's metrics of a Glue job's failures count so too.
 */
export class EventAlarm extends Construct {
  constructor(scope: Construct, id: string, { eventPattern, summary, ...alarm }: EventAlarmProps) {
    super(scope, id);
    const rule = new Rule(this, 'Rule', { description: summary, eventPattern });
    new RunbookAlarm(this, 'Alarm', {
      metric: new Metric({
        namespace: 'AWS/Events',
        metricName: 'TriggeredRules',
        dimensionsMap: { RuleName: rule.ruleName },
        statistic: Stats.SUM,
        period: Duration.minutes(5),
      }),
      threshold: 1,
      summary,
      ...alarm,
    });
  }
}
