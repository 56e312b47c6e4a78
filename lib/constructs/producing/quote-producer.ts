import { Duration } from 'aws-cdk-lib';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { locations } from '../../../core/layout.ts';
import type { Stage } from '../../../core/names.ts';
import { LISTING_TABLES } from '../../../core/names.ts';
import type { TopicDefinition } from '../../../core/topics.ts';
import type { LakeConfig, OperationsConfig, QuotesConfig } from '../../config/stage-config.ts';
import { LakeFunction } from '../compute/lake-function.ts';
import type { DataBucket } from '../lake/data-bucket.ts';
import type { LakeCatalog } from '../lake/lake-catalog.ts';
import type { LakeNetwork } from '../network/lake-network.ts';
import type { KafkaCluster } from '../stream/kafka-cluster.ts';
import type { SchemaRegistry, TopicSchema } from '../stream/schema-registry.ts';

export interface QuoteProducerProps {
  readonly stage: Stage;
  readonly topic: TopicDefinition;
  readonly network: LakeNetwork;
  readonly cluster: KafkaCluster;
  readonly registry: SchemaRegistry;
  readonly schema: TopicSchema;
  /** Holds tapes and listings. */
  readonly lakeBucket: DataBucket;
  /** Has the table of listed symbols. */
  readonly catalog: LakeCatalog;
  readonly quotes: QuotesConfig;
  readonly lake: LakeConfig;
  readonly operations: OperationsConfig;
}

/** Where tapes lie in the lake bucket. */
const TAPES_PREFIX = 'tapes/';
/** Lambda keeps an event no longer. */
const MAX_EVENT_AGE_MINUTES = 360;

/** Produces quotes on a schedule, from the simulator, a tape or a quote API. */
export class QuoteProducer extends Construct {
  readonly function: LakeFunction;

  constructor(scope: Construct, id: string, props: QuoteProducerProps) {
    super(scope, id);
    const { quotes, lakeBucket, network } = props;
    this.function = new LakeFunction(this, 'ProduceQuotes', {
      stage: props.stage,
      part: 'produce-quotes',
      description: `Produces quotes to topic ${props.topic.name}`,
      memoryMiB: 1024,
      timeout: Duration.minutes(5),
      environment: this.environment(props),
      network: { vpc: network.vpc, securityGroup: network.clients },
      operations: props.operations,
    });
    // The scheduler only hands its event over. Lambda would try a failed run twice more, and what that run had acknowledged
    // before it failed would be produced again: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    this.function.handler.configureAsyncInvoke({
      retryAttempts: 0,
      maxEventAge: Duration.minutes(Math.min(quotes.periodMinutes, MAX_EVENT_AGE_MINUTES)),
    });
    const { role } = this.function;
    props.cluster.grantProduce(role, props.topic);
    props.schema.grantFindVersion(role);
    lakeBucket.grantList(role);
    lakeBucket.grantGetUnder(role, locations.reference('nasdaq_listed'));
    lakeBucket.grantGetUnder(role, TAPES_PREFIX);
    if (quotes.symbolsFromListing) {
      props.catalog.grantDescribe(role, LISTING_TABLES.dimension);
      lakeBucket.grantGetUnder(role, locations.dimension(LISTING_TABLES.dimension));
    }
    if (quotes.source === 'http') {
      Secret.fromSecretCompleteArn(this, 'ApiKey', quotes.apiSecretArn).grantRead(role);
    }
    this.schedule(quotes);
  }

  private environment(props: QuoteProducerProps): Record<string, string> {
    const { quotes } = props;
    return {
      CLUSTER_ARN: props.cluster.clusterArn,
      TOPIC: props.topic.name,
      REGISTRY_NAME: props.registry.registryName,
      SCHEMA_NAME: props.schema.schemaName,
      LAKE_BUCKET: props.lakeBucket.bucketName,
      LAKE_START: props.lake.start,
      QUOTE_SOURCE: quotes.source,
      TICKS_PER_RUN: String(quotes.periodMinutes),
      SIMULATOR_SEED: String(quotes.simulatorSeed),
      ...present({ SYMBOLS: quotes.symbols, LISTING_KEY: quotes.listingKey, TAPE_KEY: quotes.tapeKey }),
      ...(quotes.symbolsFromListing && {
        DATABASE_NAME: props.catalog.databaseName,
        SYMBOLS_TABLE: LISTING_TABLES.dimension,
      }),
      ...(quotes.source === 'http' && {
        QUOTE_API: quotes.api,
        QUOTE_API_URL: quotes.apiUrl,
        QUOTE_API_SECRET_ARN: quotes.apiSecretArn,
        QUOTE_API_RATE_PER_SECOND: String(quotes.apiRatePerSecond),
      }),
    };
  }

  private schedule(quotes: QuotesConfig): void {
    const period = Duration.minutes(quotes.periodMinutes);
    new Schedule(this, 'Schedule', {
      description: 'Produces the quotes that are due',
      enabled: quotes.scheduled,
      schedule: ScheduleExpression.rate(period),
      target: new LambdaInvoke(this.function.handler, {
        input: ScheduleTargetInput.fromObject({ time: ContextAttribute.scheduledTime }),
        // A late run would produce what the next one does.
        retryAttempts: 0,
        maxEventAge: Duration.minutes(Math.max(1, quotes.periodMinutes)),
      }),
    });
  }
}

function present(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
}
