import { Duration } from 'aws-cdk-lib';
import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { AlarmRule, AlarmState, CompositeAlarm, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Stage } from '../../../core/names.ts';
import { PROJECT } from '../../../core/names.ts';
import { describeAlarm, RunbookAlarm } from './runbook-alarm.ts';

export interface FreshnessObjectiveProps {
  readonly stage: Stage;
  /** How many probes were bad: a metric of the given period. */
  readonly missed: (options: MetricOptions) => IMetric;
  /** Between two probes. */
  readonly probePeriod: Duration;
  /** Percent of probes that have to be good. */
  readonly percent: number;
}

/**
 * How fast the error budget burns, over two windows that have to agree: the long one says that it matters, the short one that it
 * still goes on. At 14.4 an hour burns a fiftieth of thirty days' budget, at 6 a quarter of a day a twentieth.
 * https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts
 */
export const BURN_RATES = [
  { name: 'Fast', rate: 14.4, long: Duration.hours(1), short: Duration.minutes(5) },
  { name: 'Slow', rate: 6, long: Duration.hours(6), short: Duration.minutes(30) },
] as const;

/**
 * The objective on freshness, and the alarm on its error budget. A window is measured by the probes that it has room for, not by
 * those that there were: a probe that nobody needed, at night, counts as a good one. Otherwise the first bad probe of a day would
 * be all of its window.
 */
export class FreshnessObjective extends Construct {
  /** Goes off when the budget burns fast, or slowly for long. */
  readonly burning: CompositeAlarm;
  private readonly props: FreshnessObjectiveProps;

  constructor(scope: Construct, id: string, props: FreshnessObjectiveProps) {
    super(scope, id);
    this.props = props;
    const rules = BURN_RATES.map(({ name, rate, long, short }) =>
      AlarmRule.allOf(
        this.burnsAbove(`${name}Long`, rate, long),
        this.burnsAbove(`${name}Short`, rate, short),
      ),
    );
    this.burning = new CompositeAlarm(this, 'Burning', {
      compositeAlarmName: `${PROJECT}-${props.stage}-freshness-burning`,
      alarmDescription: describeAlarm('Quotes are older than the objective on freshness allows', 'freshness'),
      alarmRule: AlarmRule.anyOf(...rules),
    });
  }

  /** How many times faster than the objective allows the budget burns, over a window. */
  burnRate(period: Duration): MathExpression {
    const { missed, percent, probePeriod } = this.props;
    // To four digits, since 1 - 0.99 is not quite 0.01.
    const budget = Number((1 - percent / 100).toFixed(4));
    const probes = period.toSeconds() / probePeriod.toSeconds();
    // A graph of several windows needs an id for each.
    const id = `missed_${period.toSeconds()}`;
    return new MathExpression({
      label: `burn rate over ${period.toHumanString()}`,
      expression: `${id} / ${probes} / ${budget}`,
      usingMetrics: { [id]: missed({ period }) },
      period,
    });
  }

  private burnsAbove(id: string, rate: number, window: Duration): ReturnType<typeof AlarmRule.fromAlarm> {
    const alarm = new RunbookAlarm(this, id, {
      metric: this.burnRate(window),
      threshold: rate,
      summary: `The error budget of freshness burns ${rate} times too fast over ${window.toHumanString()}`,
      section: 'freshness',
      isAlone: false,
    });
    return AlarmRule.fromAlarm(alarm, AlarmState.ALARM);
  }
}
