import type { Context } from 'aws-lambda';
import { createLogger, describeError } from '../../adapters/log.ts';
import { createS3Client, createS3ObjectStore } from '../../adapters/objects.ts';
import { parseKafkaEvent } from '../../core/kafka-event.ts';
import { topicPartition } from '../../core/layout.ts';
import { loadConfig } from './config.ts';
import { answer, type KafkaBatchResponse, QuoteLander, summarize } from './land-quotes.ts';

const logger = createLogger('land-quotes');
const config = loadConfig(process.env);
const lander = new QuoteLander(createS3ObjectStore(config.rawBucket, createS3Client()), config.topic);

/** Entry for the Kafka event source. */
export async function handler(event: unknown, context: Context): Promise<KafkaBatchResponse> {
  logger.addContext(context);
  try {
    const outcomes = await lander.land(parseKafkaEvent(event));
    logger.info('landed', { ...summarize(outcomes) });
    for (const { delivered, error } of outcomes) {
      if (error !== undefined) {
        logger.error('partition not landed', {
          partition: topicPartition(delivered),
          ...describeError(error),
        });
      }
    }
    return answer(outcomes, config.partialBatchResponse);
  } catch (error) {
    logger.error('event not landed', describeError(error));
    throw error;
  }
}
