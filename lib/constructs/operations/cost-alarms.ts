import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { CfnAnomalySubscription } from 'aws-cdk-lib/aws-ce';
import { Construct } from 'constructs';
import type { Stage } from '../../../core/names.ts';
import { PROJECT } from '../../../core/names.ts';

export interface CostAlarmsProps {
  readonly stage: Stage;
  readonly monthlyBudgetUSD: number;
  /** Who is told: an address, or else an SNS topic. One of them is not empty. */
  readonly alarmEmail: string;
  readonly alarmTopicArn: string;
  /** Monitor of the account; empty for none. */
  readonly anomalyMonitorArn: string;
}

/** A tenth of the budget in one anomaly is worth a look, whatever the month adds up to. */
const ANOMALY_SHARE = 0.1;

/**
 * Tells of a month that becomes too dear, and of a day that is unlike the others. Nothing is stopped. The
 * budget goes by tags, once those are active for cost allocation; costs come in some eight hours late.
 * https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html
 */
export class CostAlarms extends Construct {
  constructor(scope: Construct, id: string, props: CostAlarmsProps) {
    super(scope, id);
    this.addBudget(props);
    if (props.anomalyMonitorArn !== '') this.addAnomalies(props);
  }

  /** At four fifths of what is spent, and when the month is forecast to end above it. */
  private addBudget(props: CostAlarmsProps): void {
    const { stage, monthlyBudgetUSD } = props;
    const subscribers = [
      props.alarmEmail === ''
        ? { subscriptionType: 'SNS', address: props.alarmTopicArn }
        : { subscriptionType: 'EMAIL', address: props.alarmEmail },
    ];
    const tell = (
      notificationType: 'ACTUAL' | 'FORECASTED',
      threshold: number,
    ): CfnBudget.NotificationWithSubscribersProperty => ({
      notification: {
        notificationType,
        comparisonOperator: 'GREATER_THAN',
        threshold,
        thresholdType: 'PERCENTAGE',
      },
      subscribers,
    });
    new CfnBudget(this, 'Budget', {
      budget: {
        budgetName: `${PROJECT}-${stage}`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: monthlyBudgetUSD, unit: 'USD' },
        // Not CostFilters, by which two tags are alternatives.
        filterExpression: { and: [tagged('project', PROJECT), tagged('stage', stage)] },
        metrics: ['UnblendedCost'],
      },
      notificationsWithSubscribers: [tell('ACTUAL', 80), tell('ACTUAL', 100), tell('FORECASTED', 100)],
    });
  }

  /**
   * By e-mail once a day, by SNS at once. The monitor is the account's, and sees each of its services: an account has room for one such,
   * often has it already, and only a management account may watch a tag.
   * https://docs.aws.amazon.com/cost-management/latest/userguide/getting-started-ad.html#monitor-type-def
   * https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2515
   */
  private addAnomalies(props: CostAlarmsProps): void {
    const { stage, monthlyBudgetUSD, alarmEmail, alarmTopicArn, anomalyMonitorArn } = props;
    new CfnAnomalySubscription(this, 'AnomalySubscription', {
      subscriptionName: `${PROJECT}-${stage}`,
      frequency: alarmEmail === '' ? 'IMMEDIATE' : 'DAILY',
      monitorArnList: [anomalyMonitorArn],
      subscribers: [
        alarmEmail === '' ? { type: 'SNS', address: alarmTopicArn } : { type: 'EMAIL', address: alarmEmail },
      ],
      thresholdExpression: JSON.stringify({
        Dimensions: {
          Key: 'ANOMALY_TOTAL_IMPACT_ABSOLUTE',
          MatchOptions: ['GREATER_THAN_OR_EQUAL'],
          Values: [String(Math.max(1, Math.round(monthlyBudgetUSD * ANOMALY_SHARE)))],
        },
      }),
    });
  }
}

function tagged(key: string, value: string): CfnBudget.ExpressionProperty {
  return { tags: { key, values: [value], matchOptions: ['EQUALS'] } };
}
