import { Duration } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { Stage } from '../../../core/names.ts';
import { functionName, watchlistParameterName } from '../../../core/names.ts';
import type { TopicDefinition } from '../../../core/topics.ts';
import { formatWatchlist, parseWatchlist } from '../../../core/watchlist.ts';
import type {
  FilteringConfig,
  LakeConfig,
  LandingConfig,
  OperationsConfig,
} from '../../config/stage-config.ts';
import { LakeFunction } from '../compute/lake-function.ts';
import type { DataBucket } from '../lake/data-bucket.ts';
import type { LakeNetwork } from '../network/lake-network.ts';
import { RunbookAlarm } from '../operations/runbook-alarm.ts';
import type { KafkaCluster } from '../stream/kafka-cluster.ts';
import type { SchemaRegistry, TopicSchema } from '../stream/schema-registry.ts';
import { TopicConsumer } from '../stream/topic-consumer.ts';

export interface QuoteFilterProps {
  readonly stage: Stage;
  readonly network: LakeNetwork;
  readonly cluster: KafkaCluster;
  readonly registry: SchemaRegistry;
  /** Of both topics: values are repeated byte for byte. */
  readonly schema: TopicSchema;
  /** Takes the batches that the event source gives up. */
  readonly rawBucket: DataBucket;
  readonly source: TopicDefinition;
  /** Derived from `source`, with as many partitions. */
  readonly target: TopicDefinition;
  readonly lake: LakeConfig;
  readonly filtering: FilteringConfig;
  /** Its pollers are like those of landing. */
  readonly landing: LandingConfig;
  readonly operations: OperationsConfig;
}

/** Puts the quotes that the watchlist keeps into a topic of their own: function, event source, the watchlist, and their alarms. */
export class QuoteFilter extends Construct {
  readonly function: LakeFunction;
  /** Read every half minute: change its value to change what is watched. */
  readonly watchlist: StringParameter;

  constructor(scope: Construct, id: string, props: QuoteFilterProps) {
    super(scope, id);
    checkTopics(props);
    const { stage, network, cluster, source, filtering, operations } = props;
    this.watchlist = new StringParameter(this, 'Watchlist', {
      parameterName: watchlistParameterName(stage),
      // CloudFormation writes the value again only when the template's own changes, and then over what people put there.
      description:
        'Which quotes the speed path keeps. Change the value here; no deployment is needed, and it takes effect within a minute',
      stringValue: initialWatchlist(filtering),
    });
    this.function = new LakeFunction(this, 'FilterQuotes', {
      stage,
      part: 'filter-quotes',
      description: `Puts watched quotes of topic ${source.name} into topic ${props.target.name}`,
      memoryMiB: filtering.memoryMiB,
      timeout: Duration.minutes(1),
      environment: this.environment(props),
      network: { vpc: network.vpc, securityGroup: network.clients },
      operations,
    });
    const { role } = this.function;
    cluster.grantProduce(role, props.target);
    props.schema.grantReadVersions(role);
    // Not StringParameter's own grant, which allows its history and the description of every parameter.
    Grant.addToPrincipal({
      grantee: role,
      actions: ['ssm:GetParameter'],
      resourceArns: [this.watchlist.parameterArn],
    });
    new TopicConsumer(this, 'Consumer', {
      consumer: this.function,
      topic: source,
      cluster,
      consumerGroupId: functionName(stage, 'filter-quotes'),
      rawBucket: props.rawBucket,
      batches: filtering,
      pollers: props.landing,
      lagAlarm: { summary: `Filtering of topic ${source.name} falls behind`, section: 'filter-lag' },
      divertedSummary: `Batches of topic ${source.name} were diverted and are missing from topic ${props.target.name} until they are replayed`,
    });
    new RunbookAlarm(this, 'WatchlistRefused', {
      metric: this.function.metricOf('WatchlistsRefused', source, { period: Duration.minutes(1) }),
      threshold: 1,
      // A single call that fails is made good half a minute later.
      evaluationPeriods: 3,
      summary: 'The watchlist cannot be read, and after a quarter of an hour filtering stops',
      section: 'watchlist-refused',
    });
  }

  private environment(props: QuoteFilterProps): Record<string, string> {
    return {
      CLUSTER_ARN: props.cluster.clusterArn,
      SOURCE_TOPIC: props.source.name,
      TOPIC: props.target.name,
      WATCHLIST_PARAMETER: this.watchlist.parameterName,
      REGISTRY_NAME: props.registry.registryName,
      SCHEMA_NAME: props.schema.schemaName,
      LAKE_START: props.lake.start,
      RAW_BUCKET: props.rawBucket.bucketName,
    };
  }
}

/** Partition p goes to partition p: with fewer of them, records of the last ones could go nowhere. */
function checkTopics({ source, target }: QuoteFilterProps): void {
  if (target.derivedFrom === source.name && target.partitions >= source.partitions) return;
  throw new Error(
    `target ${target.name} has ${target.partitions} partitions and is derived from ${target.derivedFrom ?? 'nothing'}; ` +
      `it must be derived from ${source.name} and have at least its ${source.partitions}: correct it in core/topics.ts`,
  );
}

/** @throws TickerlakeError WATCHLIST_MALFORMED */
function initialWatchlist({ symbols, movePercentOver, volumeOver }: FilteringConfig): string {
  const text = formatWatchlist({
    symbols: new Set(symbols === '' ? [] : symbols.split(',')),
    ...(movePercentOver > 0 && { movePercentOver }),
    ...(volumeOver > 0 && { volumeOver }),
  });
  parseWatchlist(text);
  return text;
}
