import type { StackProps } from 'aws-cdk-lib';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { clusterName, registryName } from '../../core/names.ts';
import { QUOTE_SCHEMAS } from '../../core/schemas/index.ts';
import { TOPICS } from '../../core/topics.ts';
import type { StageConfig } from '../config/stage-config.ts';
import type { LakeNetwork } from '../constructs/network/lake-network.ts';
import type { KafkaCluster } from '../constructs/stream/kafka-cluster.ts';
import { ProvisionedCluster } from '../constructs/stream/provisioned-cluster.ts';
import { SchemaRegistry, TopicSchema } from '../constructs/stream/schema-registry.ts';
import { ServerlessCluster } from '../constructs/stream/serverless-cluster.ts';

export interface StreamStackProps extends StackProps {
  readonly config: StageConfig;
  readonly network: LakeNetwork;
}

/** The log that everything downstream can be rebuilt from: cluster, topics, schemas. */
export class StreamStack extends Stack {
  readonly cluster: KafkaCluster;
  readonly registry: SchemaRegistry;
  readonly quotesSchema: TopicSchema;

  constructor(scope: Construct, id: string, { config, network, ...props }: StreamStackProps) {
    super(scope, id, props);
    this.cluster = this.createCluster(config, network);
    this.cluster.addTopic('QuotesTopic', TOPICS.quotes);
    this.cluster.addTopic('QuotesFilteredTopic', TOPICS.quotesFiltered);
    this.registry = new SchemaRegistry(this, 'Registry', { registryName: registryName(config.stage) });
    // Of both topics: a filtered record repeats the value of its source byte for byte.
    this.quotesSchema = new TopicSchema(this, 'QuotesSchema', {
      registry: this.registry,
      schemaName: TOPICS.quotes.name,
      versions: QUOTE_SCHEMAS,
    });

    new CfnOutput(this, 'ClusterArn', { value: this.cluster.clusterArn });
    new CfnOutput(this, 'RegistryName', { value: this.registry.registryName });
    new CfnOutput(this, 'QuotesSchemaName', { value: this.quotesSchema.schemaName });
    new CfnOutput(this, 'QuotesTopicName', { value: TOPICS.quotes.name });
    new CfnOutput(this, 'QuotesFilteredTopicName', { value: TOPICS.quotesFiltered.name });
  }

  private createCluster(config: StageConfig, network: LakeNetwork): KafkaCluster {
    const { stage, cluster, operations } = config;
    // An id and a name for each kind, so that a stage can change over: the new cluster stands beside the old one, which is retained.
    const common = { clusterName: clusterName(stage, cluster.kind), network, operations };
    switch (cluster.kind) {
      case 'serverless':
        return new ServerlessCluster(this, 'ServerlessCluster', { ...common, stage });
      case 'provisioned':
        return new ProvisionedCluster(this, 'ProvisionedCluster', { ...common, cluster });
      default:
        return cluster.kind satisfies never;
    }
  }
}
