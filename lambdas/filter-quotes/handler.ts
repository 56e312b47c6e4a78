/** Entry of filter-quotes: configuration and connections are made once and serve every run of this container. */
import { GlueClient } from '@aws-sdk/client-glue';
import { KafkaClient } from '@aws-sdk/client-kafka';
import type { Context } from 'aws-lambda';
import { connectDerived, WarmDerivedSender } from '../../adapters/derived-producer.ts';
import { takeInDiverted } from '../../adapters/diverted-batches.ts';
import { connectKafka } from '../../adapters/kafka.ts';
import { createLogger, describeError } from '../../adapters/log.ts';
import { createMetrics } from '../../adapters/metrics.ts';
import { createS3Client, createS3ObjectStore, type ObjectStore } from '../../adapters/objects.ts';
import { createSsmClient, parameterReader } from '../../adapters/parameters.ts';
import { QuoteReader } from '../../adapters/quote-reader.ts';
import { createSchemaVersions } from '../../adapters/schema-registry.ts';
import { parseDivertedBatchRequest } from '../../core/diverted-batch.ts';
import { answerBatch, type KafkaBatchResponse } from '../../core/kafka-batch-response.ts';
import { type DeliveredPartition, parseKafkaEvent } from '../../core/kafka-event.ts';
import { topicPartition } from '../../core/layout.ts';
import { loadConfig } from './config.ts';
import { CurrentWatchlist } from './current-watchlist.ts';
import { type Filtering, filterQuotes } from './filter-quotes.ts';

const logger = createLogger('filter-quotes');
const config = loadConfig(process.env);
const metrics = createMetrics(config.functionName, config.sourceTopic);
const schemas = createSchemaVersions(new GlueClient({ maxAttempts: 5 }), config);
const reader = new QuoteReader(schemas, { lakeStartMs: config.lakeStartMs });
const current = new CurrentWatchlist({
  read: parameterReader(createSsmClient(), config.watchlistParameter),
  now: Date.now,
  onRefused: (error) => {
    metrics.add('WatchlistsRefused', 1);
    logger.error('watchlist not read', describeError(error));
  },
});
const sender = new WarmDerivedSender(async () => {
  const kafka = await connectKafka({
    client: new KafkaClient({}),
    clusterArn: config.clusterArn,
    clientId: config.functionName,
    log: (level, message, about) => {
      logger[level](message, about);
    },
  });
  return connectDerived(kafka, config.topic);
});

/** Made when somebody asks for a diverted batch: the event source never needs it. */
let raw: ObjectStore | undefined;

/** Entry for the Kafka event source, and for people: `{"divertedBatch":{"key":"aws/lambda/…"}}`. */
export async function handler(event: unknown, context: Context): Promise<KafkaBatchResponse> {
  logger.addContext(context);
  const filter = async (delivered: readonly DeliveredPartition[], takesPartial: boolean) => {
    const { watchlist, version } = await current.get();
    const remainingMs = (): number => context.getRemainingTimeInMillis();
    const options = { sourceTopic: config.sourceTopic, watchlist };
    const filtering = await filterQuotes({ reader, sender, remainingMs }, delivered, options);
    report(filtering, version);
    return answerBatch(filtering.partitions, takesPartial);
  };
  try {
    const diverted = parseDivertedBatchRequest(event);
    if (diverted === undefined) return await filter(parseKafkaEvent(event), config.partialBatchResponse);
    raw ??= createS3ObjectStore(config.rawBucket, createS3Client());
    return await takeInDiverted(raw, diverted, (delivered) => filter(delivered, false));
  } catch (error) {
    logger.error('event not filtered', describeError(error));
    throw error;
  } finally {
    metrics.publish();
  }
}

function report(
  { partitions, examined, filtered, unreadable, tooLarge }: Filtering,
  watchlistVersion: number,
): void {
  const records = filtered.reduce((sum, acks) => sum + acks.records, 0);
  logger.info('filtered', {
    examined,
    filtered: records,
    unreadable,
    partitions: filtered,
    watchlistVersion,
  });
  metrics.add('RecordsExamined', examined);
  metrics.add('RecordsFiltered', records);
  metrics.add('RecordsUnreadable', unreadable + tooLarge.length);
  if (tooLarge.length > 0) logger.error('records too large for the derived topic', { tooLarge });
  for (const { delivered, failure } of partitions) {
    if (failure === undefined) continue;
    logger.error('partition not filtered', {
      partition: topicPartition(delivered),
      fromOffset: failure.fromOffset,
      ...describeError(failure.error),
    });
  }
}
