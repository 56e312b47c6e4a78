import { setTimeout as wait } from 'node:timers/promises';
import { GlueClient } from '@aws-sdk/client-glue';
import type { Context } from 'aws-lambda';
import { createDatabase } from '../../adapters/database.ts';
import { iamTokens } from '../../adapters/database-login.ts';
import { takeInDiverted } from '../../adapters/diverted-batches.ts';
import { createLogger, describeError } from '../../adapters/log.ts';
import { createMetrics } from '../../adapters/metrics.ts';
import { createS3Client, createS3ObjectStore, type ObjectStore } from '../../adapters/objects.ts';
import { QuoteReader } from '../../adapters/quote-reader.ts';
import { createSchemaVersions } from '../../adapters/schema-registry.ts';
import { parseDivertedBatchRequest } from '../../core/diverted-batch.ts';
import { answerBatch, type KafkaBatchResponse } from '../../core/kafka-batch-response.ts';
import { type DeliveredPartition, parseKafkaEvent } from '../../core/kafka-event.ts';
import { topicPartition } from '../../core/layout.ts';
import { loadConfig } from './config.ts';
import { QuoteServer, type Serving } from './serve-quotes.ts';

const logger = createLogger('serve-quotes');
const config = loadConfig(process.env);
const metrics = createMetrics(config.functionName, config.topic);
const server = new QuoteServer(
  {
    database: createDatabase({
      ...config.database,
      password: iamTokens(config.database, config.database.user),
      applicationName: config.functionName,
    }),
    reader: new QuoteReader(createSchemaVersions(new GlueClient({ maxAttempts: 5 }), config), {
      lakeStartMs: config.lakeStartMs,
      derivedFrom: config.sourceTopic,
    }),
    wait,
    random: Math.random,
  },
  config,
);

/** Made when somebody asks for a diverted batch: the event source never needs it. */
let raw: ObjectStore | undefined;

/** Entry for the Kafka event source, and for people: `{"divertedBatch":{"key":"aws/lambda/…"}}`. */
export async function handler(event: unknown, context: Context): Promise<KafkaBatchResponse> {
  logger.addContext(context);
  const serve = async (partitions: readonly DeliveredPartition[]): Promise<Serving> => {
    const serving = await server.serve(partitions, () => context.getRemainingTimeInMillis());
    report(serving);
    return serving;
  };
  try {
    const diverted = parseDivertedBatchRequest(event);
    if (diverted === undefined) {
      const { partitions } = await serve(parseKafkaEvent(event));
      return answerBatch(partitions, config.partialBatchResponse);
    }
    raw ??= createS3ObjectStore(config.rawBucket, createS3Client());
    return await takeInDiverted(raw, diverted, async (delivered) => {
      const { partitions } = await serve(delivered);
      return answerBatch(partitions, false);
    });
  } catch (error) {
    logger.error('event not served', describeError(error));
    throw error;
  }
}

function report({ partitions, ...figures }: Serving): void {
  logger.info('served', { ...figures });
  metrics.add('RecordsServed', figures.served);
  metrics.add('RecordsServedAgain', figures.servedAgain);
  metrics.add('RecordsUnreadable', figures.unreadable);
  metrics.publish();
  for (const { delivered, failure } of partitions) {
    if (failure === undefined) continue;
    logger.error('partition not served', {
      partition: topicPartition(delivered),
      fromOffset: failure.fromOffset,
      ...describeError(failure.error),
    });
  }
}
