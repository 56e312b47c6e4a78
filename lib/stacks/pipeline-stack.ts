import type { StackProps } from 'aws-cdk-lib';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { TOPICS, type TopicDefinition } from '../../core/topics.ts';
import type { StageConfig } from '../config/stage-config.ts';
import { Curation } from '../constructs/curation/curation.ts';
import { CurationRequests } from '../constructs/curation/curation-requests.ts';
import { QuoteFilter } from '../constructs/filtering/quote-filter.ts';
import type { LakeCatalog } from '../constructs/lake/lake-catalog.ts';
import type { LakeStorage } from '../constructs/lake/lake-storage.ts';
import { Landing } from '../constructs/landing/landing.ts';
import type { LakeNetwork } from '../constructs/network/lake-network.ts';
import { QuoteProducer } from '../constructs/producing/quote-producer.ts';
import { QuoteServer } from '../constructs/serving/quote-server.ts';
import type { QuotesDatabase } from '../constructs/serving/quotes-database.ts';
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
  readonly database: QuotesDatabase;
}

/** What moves quotes: from their source to Kafka, from each topic to raw and curated, from watched ones to the database. It keeps nothing. */
export class PipelineStack extends Stack {
  constructor(scope: Construct, id: string, { config, ...props }: PipelineStackProps) {
    super(scope, id, props);
    const { stage, operations } = config;
    const producer = new QuoteProducer(this, 'QuoteProducer', {
      stage,
      operations,
      topic: TOPICS.quotes,
      network: props.network,
      cluster: props.cluster,
      registry: props.registry,
      schema: props.quotesSchema,
      lakeBucket: props.storage.lake,
      catalog: props.catalog,
      quotes: config.quotes,
      lake: config.lake,
    });
    this.output('ProduceQuotesFunctionName', producer.function.handler.functionName);
    this.addTopic('', TOPICS.quotes, config, props);
    this.addTopic('Filtered', TOPICS.quotesFiltered, config, props);
    this.addSpeedPath(config, props);
  }

  /** From the topic of all quotes to that of watched ones, and from there to the database. */
  private addSpeedPath(config: StageConfig, props: Omit<PipelineStackProps, 'config'>): void {
    const common = {
      stage: config.stage,
      operations: config.operations,
      network: props.network,
      cluster: props.cluster,
      registry: props.registry,
      schema: props.quotesSchema,
      rawBucket: props.storage.raw,
      source: TOPICS.quotes,
      lake: config.lake,
      landing: config.landing,
    };
    const filter = new QuoteFilter(this, 'QuoteFilter', {
      ...common,
      target: TOPICS.quotesFiltered,
      filtering: config.filtering,
    });
    const server = new QuoteServer(this, 'QuoteServer', {
      ...common,
      topic: TOPICS.quotesFiltered,
      database: props.database,
      serving: config.serving,
    });
    this.output('FilterQuotesFunctionName', filter.function.handler.functionName);
    this.output('ServeQuotesFunctionName', server.function.handler.functionName);
    this.output('WatchlistParameterName', filter.watchlist.parameterName);
  }

  /**
   * Brings a topic into the lake.
   * @param kind what tells its constructs and outputs from those of the others, `QuotesFilteredLanding`
   */
  private addTopic(
    kind: '' | 'Filtered',
    topic: TopicDefinition,
    config: StageConfig,
    { cluster, registry, storage, catalog, quotesSchema }: Omit<PipelineStackProps, 'config'>,
  ): void {
    const { stage, operations, lake } = config;
    const common = { stage, operations, topic };
    const landing = new Landing(this, `Quotes${kind}Landing`, {
      ...common,
      cluster,
      rawBucket: storage.raw,
      landing: config.landing,
    });
    const curation = new Curation(this, `Quotes${kind}Curation`, {
      ...common,
      storage,
      catalog,
      registry,
      schema: quotesSchema,
      lake,
      curation: config.curation,
    });
    const requests = new CurationRequests(this, `Quotes${kind}CurationRequests`, {
      ...common,
      storage,
      queue: curation.queue,
      curation: config.curation,
    });
    const { queue, deadLetterQueue } = curation;
    this.output(`LandQuotes${kind}FunctionName`, landing.function.handler.functionName);
    this.output(`CurateQuotes${kind}FunctionName`, curation.function.handler.functionName);
    this.output(`RequestCuration${kind}FunctionName`, requests.function.handler.functionName);
    this.output(`CurateQuotes${kind}QueueUrl`, queue.queueUrl);
    this.output(`CurateQuotes${kind}DeadLetterQueueUrl`, deadLetterQueue.queueUrl);
  }

  private output(id: string, value: string): void {
    new CfnOutput(this, id, { value });
  }
}
