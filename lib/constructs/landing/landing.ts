import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { locations } from '../../../core/layout.ts';
import type { Stage } from '../../../core/names.ts';
import { functionName } from '../../../core/names.ts';
import type { TopicDefinition } from '../../../core/topics.ts';
import type { LandingConfig, OperationsConfig } from '../../config/stage-config.ts';
import { LakeFunction } from '../compute/lake-function.ts';
import type { DataBucket } from '../lake/data-bucket.ts';
import type { KafkaCluster } from '../stream/kafka-cluster.ts';
import { TopicConsumer } from '../stream/topic-consumer.ts';

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
    const { stage, topic, rawBucket, landing, operations } = props;
    this.function = new LakeFunction(this, 'LandQuotes', {
      stage,
      part: 'land-quotes',
      topic,
      description: `Lands topic ${topic.name} in the raw bucket, byte for byte`,
      memoryMiB: landing.memoryMiB,
      timeout: Duration.minutes(1),
      environment: { RAW_BUCKET: rawBucket.bucketName, TOPIC: topic.name },
      operations,
    });
    const { role } = this.function;
    const prefix = locations.raw(topic.name);
    rawBucket.grantList(role);
    rawBucket.grantGetUnder(role, prefix);
    rawBucket.grantWriteUnder(role, prefix);
    // Id `Default` adds nothing to logical ids: the event source keeps the one under which it is deployed.
    new TopicConsumer(this, 'Default', {
      consumer: this.function,
      topic,
      cluster: props.cluster,
      consumerGroupId: functionName(stage, 'land-quotes', topic.name),
      rawBucket,
      batches: landing,
      pollers: landing,
      lagAlarm: { summary: `Landing of topic ${topic.name} falls behind`, section: 'landing-lag' },
      divertedSummary: `Batches of topic ${topic.name} were diverted and are missing from the lake until they are replayed`,
    });
  }
}
