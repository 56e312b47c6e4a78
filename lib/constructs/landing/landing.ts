import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { EventSourceMappingOptions } from 'aws-cdk-lib/aws-lambda';
import { EventSourceMapping, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { DIVERTED_PREFIX } from '../../../core/diverted-batch.ts';
import { locations } from '../../../core/layout.ts';
import type { Stage } from '../../../core/names.ts';
import { functionName } from '../../../core/names.ts';
import type { TopicDefinition } from '../../../core/topics.ts';
import type { LandingConfig, OperationsConfig } from '../../config/stage-config.ts';
import { LakeFunction } from '../compute/lake-function.ts';
import type { DataBucket } from '../lake/data-bucket.ts';
import { RunbookAlarm } from '../operations/runbook-alarm.ts';
import type { KafkaCluster } from '../stream/kafka-cluster.ts';

/** Records behind the topic's end; above it for a quarter of an hour, landing does not keep up. */
const LAG_ALARM_RECORDS = 100_000;

export interface LandingProps {
  readonly stage: Stage;
  readonly topic: TopicDefinition;
  readonly cluster: KafkaCluster;
  readonly rawBucket: DataBucket;
  readonly landing: LandingConfig;
  readonly operations: OperationsConfig;
}

/** Lands a topic in the raw bucket as a log of objects: function, event source, and alarms on lag and diversion. */
export class Landing extends Construct {
  readonly function: LakeFunction;

  constructor(scope: Construct, id: string, props: LandingProps) {
    super(scope, id);
    const { topic, cluster, rawBucket, landing } = props;
    const hasProvisionedPollers = landing.minimumPollers > 0;
    this.function = new LakeFunction(this, 'LandQuotes', {
      stage: props.stage,
      part: 'land-quotes',
      description: `Lands topic ${topic.name} in the raw bucket, byte for byte`,
      memoryMiB: landing.memoryMiB,
      timeout: Duration.minutes(1),
      environment: {
        RAW_BUCKET: rawBucket.bucketName,
        TOPIC: topic.name,
        PARTIAL_BATCH_RESPONSE: String(hasProvisionedPollers),
      },
      operations: props.operations,
    });
    const { role, handler } = this.function;
    const prefix = locations.raw(topic.name);
    rawBucket.grantList(role);
    rawBucket.grantGetUnder(role, prefix);
    rawBucket.grantWriteUnder(role, prefix);

    const consumerGroupId = functionName(props.stage, 'land-quotes');
    cluster.grantConsume(role, topic, consumerGroupId);
    grantPolling(role, cluster);
    if (hasProvisionedPollers) {
      // For Lambda, which diverts in the function's name: https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
      rawBucket.grantWriteUnder(role, DIVERTED_PREFIX);
      // To land what was diverted when asked to, and then to clear it away.
      rawBucket.grantGetUnder(role, DIVERTED_PREFIX);
      rawBucket.grantDeleteUnder(role, DIVERTED_PREFIX);
    }
    const mapping = new EventSourceMapping(this, 'EventSource', {
      target: handler,
      eventSourceArn: cluster.clusterArn,
      kafkaTopic: topic.name,
      kafkaConsumerGroupId: consumerGroupId,
      // LATEST can miss what is produced while the event source starts.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: landing.batchSize,
      maxBatchingWindow: Duration.seconds(landing.batchWindowSeconds),
      ...(hasProvisionedPollers && failureHandling(landing, rawBucket)),
    });
    this.addAlarms(props, hasProvisionedPollers ? mapping : undefined);
  }

  private addAlarms({ topic, operations }: LandingProps, diverting: EventSourceMapping | undefined): void {
    const period = Duration.minutes(5);
    new RunbookAlarm(this, 'Lag', {
      metric: this.function.handler.metric('OffsetLag', { statistic: Stats.MAXIMUM, period }),
      threshold: LAG_ALARM_RECORDS,
      evaluationPeriods: 3,
      summary: `Landing of topic ${topic.name} falls behind`,
      section: 'landing-lag',
      operations,
    });
    if (diverting === undefined) return;
    new RunbookAlarm(this, 'Diverted', {
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'OnFailureDestinationDeliveredEventCount',
        dimensionsMap: { EventSourceMappingUUID: diverting.eventSourceMappingId },
        statistic: Stats.SUM,
        period,
      }),
      threshold: 1,
      summary: `Batches of topic ${topic.name} were diverted and are missing from the lake until they are replayed`,
      section: 'diverted-batches',
      operations,
    });
  }
}

/**
 * Only provisioned pollers of a Kafka event source take these; with on-demand ones CloudFormation refuses the mapping.
 * On-demand pollers get no destination either: it would cap their endless retries at 10, and an outage divert good batches.
 */
function failureHandling(landing: LandingConfig, rawBucket: DataBucket): Partial<EventSourceMappingOptions> {
  return {
    provisionedPollerConfig: {
      minimumPollers: landing.minimumPollers,
      maximumPollers: landing.maximumPollers,
    },
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    retryAttempts: landing.retryAttempts,
    onFailure: { bind: () => ({ destination: rawBucket.bucketArn }) },
    metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
  };
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
