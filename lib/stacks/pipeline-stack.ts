import type { StackProps } from 'aws-cdk-lib';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { TOPICS } from '../../core/topics.ts';
import type { StageConfig } from '../config/stage-config.ts';
import { Curation } from '../constructs/curation/curation.ts';
import { CurationRequests } from '../constructs/curation/curation-requests.ts';
import type { LakeCatalog } from '../constructs/lake/lake-catalog.ts';
import type { LakeStorage } from '../constructs/lake/lake-storage.ts';
import { Landing } from '../constructs/landing/landing.ts';
import type { LakeNetwork } from '../constructs/network/lake-network.ts';
import { QuoteProducer } from '../constructs/producing/quote-producer.ts';
import type { KafkaCluster } from '../constructs/stream/kafka-cluster.ts';
import type { SchemaRegistry, TopicSchema } from '../constructs/stream/schema-registry.ts';

export interface PipelineStackProps extends StackProps {
  readonly config: StageConfig;
  readonly network: LakeNetwork;
  readonly cluster: KafkaCluster;
  readonly registry: SchemaRegistry;
  readonly quotesSchema: TopicSchema;
  readonly storage: LakeStorage;
  readonly catalog: LakeCatalog;
}

/** What moves quotes: from their source to Kafka, from Kafka to raw, from raw to curated. It keeps nothing. */
export class PipelineStack extends Stack {
  constructor(scope: Construct, id: string, { config, ...props }: PipelineStackProps) {
    super(scope, id, props);
    const { stage, operations, lake } = config;
    const { cluster, registry, storage, catalog } = props;
    const common = { stage, operations, topic: TOPICS.quotes };
    const schema = props.quotesSchema;

    const producer = new QuoteProducer(this, 'QuoteProducer', {
      ...common,
      network: props.network,
      cluster,
      registry,
      schema,
      lakeBucket: storage.lake,
      quotes: config.quotes,
      lake,
    });
    const landing = new Landing(this, 'QuotesLanding', {
      ...common,
      cluster,
      rawBucket: storage.raw,
      landing: config.landing,
    });
    const curation = new Curation(this, 'QuotesCuration', {
      ...common,
      storage,
      catalog,
      registry,
      schema,
      lake,
      curation: config.curation,
    });

    const requests = new CurationRequests(this, 'QuotesCurationRequests', {
      ...common,
      storage,
      queue: curation.queue,
      curation: config.curation,
    });

    new CfnOutput(this, 'ProduceQuotesFunctionName', { value: producer.function.handler.functionName });
    new CfnOutput(this, 'LandQuotesFunctionName', { value: landing.function.handler.functionName });
    new CfnOutput(this, 'CurateQuotesFunctionName', { value: curation.function.handler.functionName });
    new CfnOutput(this, 'RequestCurationFunctionName', { value: requests.function.handler.functionName });
    new CfnOutput(this, 'CurateQuotesQueueUrl', { value: curation.queue.queueUrl });
    new CfnOutput(this, 'CurateQuotesDeadLetterQueueUrl', { value: curation.deadLetterQueue.queueUrl });
  }
}
