import { Duration } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Stage } from '../../../core/names.ts';
import { functionName } from '../../../core/names.ts';
import { DATABASE_USERS, type DatabaseUser } from '../../../core/serving.ts';
import type { TopicDefinition } from '../../../core/topics.ts';
import type {
  LakeConfig,
  LandingConfig,
  OperationsConfig,
  ServingConfig,
} from '../../config/stage-config.ts';
import { LakeFunction } from '../compute/lake-function.ts';
import type { DataBucket } from '../lake/data-bucket.ts';
import type { LakeNetwork } from '../network/lake-network.ts';
import type { KafkaCluster } from '../stream/kafka-cluster.ts';
import type { SchemaRegistry, TopicSchema } from '../stream/schema-registry.ts';
import { TopicConsumer } from '../stream/topic-consumer.ts';
import { RDS_TRUST } from './database-migrations.ts';

/** What a writer needs of a database. */
export interface ServingDatabase {
  readonly host: string;
  readonly port: string;
  /** Of the PostgreSQL database. */
  readonly name: string;
  /** To log in as a user with an IAM token. */
  grantConnect(grantee: IGrantable, user: DatabaseUser): unknown;
}

export interface QuoteServerProps {
  readonly stage: Stage;
  readonly network: LakeNetwork;
  readonly cluster: KafkaCluster;
  readonly registry: SchemaRegistry;
  readonly schema: TopicSchema;
  /** Takes the batches that the event source gives up. */
  readonly rawBucket: DataBucket;
  /** Derived from `source`. */
  readonly topic: TopicDefinition;
  readonly source: TopicDefinition;
  readonly lake: LakeConfig;
  readonly database: ServingDatabase;
  readonly serving: ServingConfig;
  /** Its pollers are like those of landing. */
  readonly landing: LandingConfig;
  readonly operations: OperationsConfig;
}

/**
 * Puts a derived topic into the database: function, event source, and their alarms. A partition is worked on by one invocation
 * at a time, so connections are as few as partitions without a limit on concurrency:
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html
 */
export class QuoteServer extends Construct {
  readonly function: LakeFunction;

  constructor(scope: Construct, id: string, props: QuoteServerProps) {
    super(scope, id);
    const { stage, network, cluster, topic, serving, operations } = props;
    this.function = new LakeFunction(this, 'ServeQuotes', {
      stage,
      part: 'serve-quotes',
      description: `Puts quotes of topic ${topic.name} into the serving database`,
      memoryMiB: serving.memoryMiB,
      timeout: Duration.minutes(1),
      environment: this.environment(props),
      network: { vpc: network.vpc, securityGroup: network.clients },
      operations,
    });
    const { role } = this.function;
    props.schema.grantReadVersions(role);
    props.database.grantConnect(role, 'writer');
    new TopicConsumer(this, 'Consumer', {
      consumer: this.function,
      topic,
      cluster,
      consumerGroupId: functionName(stage, 'serve-quotes'),
      rawBucket: props.rawBucket,
      batches: serving,
      pollers: props.landing,
      lagAlarm: { summary: `Serving of topic ${topic.name} falls behind`, section: 'serving-lag' },
      divertedSummary: `Batches of topic ${topic.name} were diverted and are missing from the database until they are replayed`,
    });
  }

  private environment(props: QuoteServerProps): Record<string, string> {
    const { database } = props;
    return {
      TOPIC: props.topic.name,
      SOURCE_TOPIC: props.source.name,
      REGISTRY_NAME: props.registry.registryName,
      SCHEMA_NAME: props.schema.schemaName,
      LAKE_START: props.lake.start,
      RAW_BUCKET: props.rawBucket.bucketName,
      DATABASE_HOST: database.host,
      DATABASE_PORT: database.port,
      DATABASE_NAME: database.name,
      DATABASE_USER: DATABASE_USERS.writer,
      ...RDS_TRUST,
    };
  }
}
