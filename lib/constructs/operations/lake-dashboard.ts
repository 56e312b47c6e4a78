import { Duration } from 'aws-cdk-lib';
import type { IAlarm, IMetric, IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  MathExpression,
  Metric,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS_NAMESPACE, type MetricName } from '../../../core/metrics.ts';
import type { FunctionPart, Stage } from '../../../core/names.ts';
import { functionName, PROJECT, workgroupName } from '../../../core/names.ts';
import { TOPICS, type TopicDefinition } from '../../../core/topics.ts';
import type { RunbookAlarm, RunbookSection } from './runbook-alarm.ts';

export interface LakeDashboardProps {
  readonly stage: Stage;
  /** Kafka cluster that the topics are in. */
  readonly clusterName: string;
  /** The single alarms; graphs of queues and lags show what they watch. */
  readonly alarms: readonly RunbookAlarm[];
  /** Those that say whether somebody is needed. */
  readonly summary: readonly IAlarm[];
  /** How fast the error budget of freshness burns. */
  readonly burnRates: readonly IMetric[];
  readonly freshnessSeconds: number;
  /** Where docs/runbook.md can be read; empty for its name alone. */
  readonly runbookUrl: string;
}

/** CloudWatch's grid is 24 wide. */
const THIRD = 8;
const HEIGHT = 6;
const PERIOD = Duration.minutes(5);

/** One page: whether the lake is well, and where it is not. */
export class LakeDashboard extends Construct {
  private readonly props: LakeDashboardProps;

  constructor(scope: Construct, id: string, props: LakeDashboardProps) {
    super(scope, id);
    this.props = props;
    const { stage, summary, runbookUrl } = props;
    new Dashboard(this, 'Dashboard', {
      dashboardName: `${PROJECT}-${stage}`,
      defaultInterval: Duration.hours(12),
      widgets: [
        [
          new TextWidget({ markdown: header(stage, runbookUrl), width: 16, height: 5 }),
          new AlarmStatusWidget({ title: 'Needs somebody', alarms: [...summary], width: THIRD, height: 5 }),
        ],
        this.flow(),
        this.health(),
        this.expense(),
      ],
    });
  }

  private flow(): IWidget[] {
    return [
      graph('Records: produced, landed, curated, served', [
        this.produced(),
        this.metric('land-quotes', 'RecordsLanded', 'landed'),
        this.metric('curate-quotes', 'RecordsCurated', 'curated'),
        this.metric('serve-quotes', 'RecordsServed', 'served', TOPICS.quotesFiltered),
      ]),
      graph('Lag of consumers, records', this.watched('landing-lag', 'filter-lag', 'serving-lag')),
      new GraphWidget({
        title: 'Freshness, seconds',
        width: THIRD,
        height: HEIGHT,
        left: [
          this.freshness('p50', 'age of the newest quote, p50'),
          this.freshness('p99', 'age of the newest quote, p99'),
          this.endToEnd('p50', 'from Kafka to the lake, p50'),
          this.endToEnd('p99', 'from Kafka to the lake, p99'),
        ],
        leftAnnotations: [{ value: this.props.freshnessSeconds, label: 'objective' }],
        leftYAxis: { min: 0 },
      }),
    ];
  }

  private health(): IWidget[] {
    return [
      graph('Quarantined records', [
        this.metric('curate-quotes', 'RecordsQuarantined', TOPICS.quotes.name),
        this.metric(
          'curate-quotes',
          'RecordsQuarantined',
          TOPICS.quotesFiltered.name,
          TOPICS.quotesFiltered,
          TOPICS.quotesFiltered,
        ),
      ]),
      graph('Dead letters, messages', this.watched('dead-letters')),
      graph('Burn rate of the error budget of freshness', [...this.props.burnRates]),
    ];
  }

  private expense(): IWidget[] {
    const { stage } = this.props;
    const scanned = (audience: 'analysts' | 'dashboards' | 'etl'): Metric =>
      new Metric({
        namespace: 'AWS/Athena',
        metricName: 'ProcessedBytes',
        dimensionsMap: { WorkGroup: workgroupName(stage, audience) },
        statistic: Stats.SUM,
        period: Duration.hours(1),
        label: audience,
      });
    return [
      // Of the whole account; it is in one region alone, and only where billing alerts are switched on.
      graph('Cost of the account this month, US dollars', [
        new Metric({
          namespace: 'AWS/Billing',
          metricName: 'EstimatedCharges',
          dimensionsMap: { Currency: 'USD' },
          statistic: Stats.MAXIMUM,
          period: Duration.hours(6),
          region: 'us-east-1',
          label: 'estimated charges',
        }),
      ]),
      graph('Bytes that queries scanned', [scanned('analysts'), scanned('dashboards'), scanned('etl')]),
      graph('Seconds since compaction', this.watched('compaction-stale')),
    ];
  }

  /** Taken in by the brokers: whoever produced it. The dimensions of serverless and provisioned clusters differ, so a search. */
  private produced(): IMetric {
    const search = `Namespace="AWS/Kafka" MetricName="MessagesInPerSec" "Cluster Name"="${this.props.clusterName}" Topic="${TOPICS.quotes.name}"`;
    return new MathExpression({
      expression: `SUM(SEARCH('${search}', 'Average', ${PERIOD.toSeconds()})) * ${PERIOD.toSeconds()}`,
      label: 'produced',
      usingMetrics: {},
      period: PERIOD,
    });
  }

  private metric(
    part: FunctionPart,
    metricName: MetricName,
    label: string,
    topic: TopicDefinition = TOPICS.quotes,
    functionOf?: TopicDefinition,
    more: { readonly statistic?: string; readonly period?: Duration } = {},
  ): Metric {
    return new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      dimensionsMap: { service: functionName(this.props.stage, part, functionOf?.name), topic: topic.name },
      statistic: more.statistic ?? Stats.SUM,
      period: more.period ?? PERIOD,
      label,
    });
  }

  private freshness(statistic: string, label: string): IMetric {
    return this.metric('probe-freshness', 'FreshnessSeconds', label, TOPICS.quotes, undefined, {
      statistic,
      period: Duration.hours(1),
    });
  }

  private endToEnd(statistic: string, label: string): IMetric {
    const age = this.metric('curate-quotes', 'EndToEndAge', label, TOPICS.quotes, undefined, { statistic });
    return new MathExpression({
      expression: `age_${statistic} / 1000`,
      usingMetrics: { [`age_${statistic}`]: age },
      label,
      period: PERIOD,
    });
  }

  /** What the alarms of some sections watch. */
  private watched(...sections: readonly RunbookSection[]): IMetric[] {
    return this.props.alarms.filter(({ section }) => sections.includes(section)).map(({ metric }) => metric);
  }
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: THIRD, height: HEIGHT, leftYAxis: { min: 0 } });
}

function header(stage: Stage, runbookUrl: string): string {
  const link = (section: string): string =>
    runbookUrl === '' ? section : `[${section}](${runbookUrl}#${section})`;
  const sections = [
    'the-lake-needs-somebody',
    'freshness',
    'landing-lag',
    'curation-backlog',
    'dead-letters',
    'diverted-batches',
    'quarantined-records',
    'serving-lag',
    'database-load',
    'compaction-stale',
    'function-errors',
    'cost',
  ];
  return [
    `# tickerlake, stage ${stage}`,
    'Produced, landed, curated and served follow each other within minutes; where one stays behind, look there.',
    `**Runbook**${runbookUrl === '' ? ', docs/runbook.md' : ''}: ${sections.map(link).join(' · ')}`,
  ].join('\n\n');
}
