import type { Context } from 'aws-lambda';
import { createLogger, describeError } from '../../adapters/log.ts';
import { createMetrics } from '../../adapters/metrics.ts';
import { createS3Client, createS3ObjectStore } from '../../adapters/objects.ts';
import { parseDivertedBatchRequest } from '../../core/diverted-batch.ts';
import type { KafkaBatchResponse } from '../../core/kafka-batch-response.ts';
import { parseKafkaEvent } from '../../core/kafka-event.ts';
import { topicPartition } from '../../core/layout.ts';
import { loadConfig } from './config.ts';
import { landDiverted } from './land-diverted.ts';
import { answer, type LandingSummary, QuoteLander, summarize } from './land-quotes.ts';

const logger = createLogger('land-quotes');
const config = loadConfig(process.env);
const metrics = createMetrics(config.functionName, config.topic);
const raw = createS3ObjectStore(config.rawBucket, createS3Client());
const lander = new QuoteLander(raw, config.topic);

/** Entry for the Kafka event source, and for people: `{"divertedBatch":{"key":"aws/lambda/…"}}`. */
export async function handler(event: unknown, context: Context): Promise<KafkaBatchResponse> {
  logger.addContext(context);
  try {
    const diverted = parseDivertedBatchRequest(event);
    const outcomes =
      diverted === undefined
        ? await lander.land(parseKafkaEvent(event))
        : await landDiverted(lander, raw, diverted);
    const summary = summarize(outcomes);
    logger.info('landed', { ...summary });
    measure(summary);
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

function measure({ landed, filled, trimmed, bytes }: LandingSummary): void {
  metrics.add('RecordsLanded', landed + filled);
  metrics.add('BytesLanded', bytes);
  metrics.add('RecordsTrimmed', trimmed);
  metrics.add('RecordsFilled', filled);
  metrics.publish();
}
