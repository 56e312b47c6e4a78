import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { EventSourceMappingOptions } from 'aws-cdk-lib/aws-lambda';
import { EventSourceMapping, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { DIVERTED_PREFIX } from '../../../core/diverted-batch.ts';
import type { TopicDefinition } from '../../../core/topics.ts';
import type { LandingConfig } from '../../config/stage-config.ts';
import type { LakeFunction } from '../compute/lake-function.ts';
import type { DataBucket } from '../lake/data-bucket.ts';
import { RunbookAlarm, type RunbookSection } from '../operations/runbook-alarm.ts';
import type { KafkaCluster } from './kafka-cluster.ts';

/** Records behind the topic's end; above it for a quarter of an hour, a consumer does not keep up. */
const LAG_ALARM_RECORDS = 100_000;

/** Who polls for a function, and how often before a batch is given up. */
export type PollerConfig = Pick<LandingConfig, 'minimumPollers' | 'maximumPollers' | 'retryAttempts'>;

/** How much one invocation is handed at most. */
export interface BatchConfig {
  /** Records; Lambda also stops at 6 MB. */
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
}

export interface TopicConsumerProps {
  /** Repeating what it did must be harmless: a batch comes at least once. Told by PARTIAL_BATCH_RESPONSE what it may answer. */
  readonly consumer: LakeFunction;
  readonly topic: TopicDefinition;
  readonly cluster: KafkaCluster;
  /** Fixed, since it is granted by name and read by people. */
  readonly consumerGroupId: string;
  /** Takes the batches that are given up; the consumer may read them back, and then clear them away. */
  readonly rawBucket: DataBucket;
  readonly batches: BatchConfig;
  readonly pollers: PollerConfig;
  readonly lagAlarm: { readonly summary: string; readonly section: RunbookSection };
  /** What is wrong once a batch was given up, in one clause. */
  readonly divertedSummary: string;
}

/** Has a function consume a topic: event source, what its pollers are granted, and alarms on lag and diversion. */
export class TopicConsumer extends Construct {
  readonly eventSource: EventSourceMapping;

  constructor(scope: Construct, id: string, props: TopicConsumerProps) {
    super(scope, id);
    const { topic, cluster, consumerGroupId, batches, pollers } = props;
    const { role, handler } = props.consumer;
    const hasProvisionedPollers = pollers.minimumPollers > 0;
    handler.addEnvironment('PARTIAL_BATCH_RESPONSE', String(hasProvisionedPollers));
    cluster.grantConsume(role, topic, consumerGroupId);
    grantPolling(role, cluster);
    if (hasProvisionedPollers) grantDiverting(role, props.rawBucket);
    this.eventSource = new EventSourceMapping(this, 'EventSource', {
      target: handler,
      eventSourceArn: cluster.clusterArn,
      kafkaTopic: topic.name,
      kafkaConsumerGroupId: consumerGroupId,
      // LATEST can miss what is produced while the event source starts.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: batches.batchSize,
      maxBatchingWindow: Duration.seconds(batches.batchWindowSeconds),
      ...(hasProvisionedPollers && failureHandling(pollers, props.rawBucket)),
    });
    this.addAlarms(props, hasProvisionedPollers);
  }

  private addAlarms(props: TopicConsumerProps, diverts: boolean): void {
    const period = Duration.minutes(5);
    new RunbookAlarm(this, 'Lag', {
      ...props.lagAlarm,
      metric: props.consumer.handler.metric('OffsetLag', { statistic: Stats.MAXIMUM, period }),
      threshold: LAG_ALARM_RECORDS,
      evaluationPeriods: 3,
    });
    if (!diverts) return;
    new RunbookAlarm(this, 'Diverted', {
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'OnFailureDestinationDeliveredEventCount',
        dimensionsMap: { EventSourceMappingUUID: this.eventSource.eventSourceMappingId },
        statistic: Stats.SUM,
        period,
      }),
      threshold: 1,
      summary: props.divertedSummary,
      section: 'diverted-batches',
    });
  }
}

/**
 * Only provisioned pollers of a Kafka event source take these; with on-demand ones CloudFormation refuses the mapping.
 * On-demand pollers get no destination either: it would cap their endless retries at 10, and an outage divert good batches.
 */
function failureHandling(pollers: PollerConfig, rawBucket: DataBucket): Partial<EventSourceMappingOptions> {
  return {
    provisionedPollerConfig: {
      minimumPollers: pollers.minimumPollers,
      maximumPollers: pollers.maximumPollers,
    },
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    retryAttempts: pollers.retryAttempts,
    onFailure: { bind: () => ({ destination: rawBucket.bucketArn }) },
    metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
  };
}

function grantDiverting(grantee: IGrantable, rawBucket: DataBucket): void {
  // For Lambda, which diverts in the function's name: https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
  rawBucket.grantWriteUnder(grantee, DIVERTED_PREFIX);
  // To take in what was diverted when asked to, to be told if it is gone, and then to clear it away.
  rawBucket.grantList(grantee);
  rawBucket.grantGetUnder(grantee, DIVERTED_PREFIX);
  rawBucket.grantDeleteUnder(grantee, DIVERTED_PREFIX);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html: to find the brokers and reach their subnets. */
function grantPolling(grantee: IGrantable, cluster: KafkaCluster): void {
  Grant.addToPrincipal({
    grantee,
    actions: [
      'kafka:DescribeCluster',
      'kafka:DescribeClusterV2',
      'kafka-cluster:DescribeClusterDynamicConfiguration',
    ],
    resourceArns: [cluster.clusterArn],
  });
  Grant.addToPrincipal({
    grantee,
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeVpcs',
      'ec2:DescribeSubnets',
      'ec2:DescribeSecurityGroups',
    ],
    resourceArns: ['*'],
  });
}
