import { Duration } from 'aws-cdk-lib';
import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { AlarmRule, CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Stage } from '../../../core/names.ts';
import { PROJECT } from '../../../core/names.ts';

export interface NeedsSomebodyProps {
  readonly stage: Stage;
  /** What users notice, or soon will. */
  readonly pages: readonly IAlarm[];
  /** What can wait for the next working day. */
  readonly tickets: readonly IAlarm[];
  /** SNS topic that is told; empty for none. */
  readonly alarmTopicArn: string;
}

/** Alarms that one rule may name: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html */
const MOST_CHILDREN = 100;
/** A page that has the same cause as a ticket comes at most so much later. */
const WAIT = Duration.minutes(5);
/** What a page leaves behind gets so long to be well again by itself. */
const EXTENSION = Duration.minutes(15);

/**
 * The lake needs somebody: now, or soon. Single alarms are silent; these two notify, when the first of theirs goes off and when
 * all are well again. So an outage that sets off twenty alarms is told of once. While somebody is called now, nobody is told of
 * what can wait: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html
 */
export class NeedsSomebody extends Construct {
  readonly now: CompositeAlarm;
  readonly soon: CompositeAlarm;

  constructor(scope: Construct, id: string, { stage, pages, tickets, alarmTopicArn }: NeedsSomebodyProps) {
    super(scope, id);
    this.now = new CompositeAlarm(this, 'Now', {
      compositeAlarmName: `${PROJECT}-${stage}-needs-somebody-now`,
      alarmDescription: `The lake of stage ${stage} needs somebody now: users notice, or soon will. Runbook: docs/runbook.md#the-lake-needs-somebody`,
      alarmRule: anyOf(pages),
    });
    this.soon = new CompositeAlarm(this, 'Soon', {
      compositeAlarmName: `${PROJECT}-${stage}-needs-somebody-soon`,
      alarmDescription: `The lake of stage ${stage} needs somebody on the next working day. Runbook: docs/runbook.md#the-lake-needs-somebody`,
      alarmRule: anyOf(tickets),
      actionsSuppressor: this.now,
      actionsSuppressorWaitPeriod: WAIT,
      actionsSuppressorExtensionPeriod: EXTENSION,
    });
    if (alarmTopicArn === '') return;
    const action = new SnsAction(Topic.fromTopicArn(this, 'Topic', alarmTopicArn));
    for (const alarm of [this.now, this.soon]) {
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
  }
}

/** By name: ARNs of as many alarms would not fit into the 10,240 characters that a rule may have. */
function anyOf(alarms: readonly IAlarm[]): ReturnType<typeof AlarmRule.fromString> {
  if (alarms.length === 0 || alarms.length > MOST_CHILDREN)
    throw new RangeError(
      `a composite alarm is over 1 to ${MOST_CHILDREN} alarms, not ${alarms.length}: nest another one`,
    );
  return AlarmRule.fromString(alarms.map(({ alarmName }) => `ALARM("${alarmName}")`).join(' OR '));
}
