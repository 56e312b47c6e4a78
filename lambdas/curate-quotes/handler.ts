import { GlueClient } from '@aws-sdk/client-glue';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createDayPartitions } from '../../adapters/catalog.ts';
import { createLogger, describeError } from '../../adapters/log.ts';
import { createMetrics } from '../../adapters/metrics.ts';
import { createS3Client, createS3ObjectStore } from '../../adapters/objects.ts';
import { createSchemaVersions } from '../../adapters/schema-registry.ts';
import { locations } from '../../core/layout.ts';
import { loadConfig } from './config.ts';
import { ObjectCurator } from './curate-object.ts';
import { answer, curateMessages, type MessageOutcome } from './curate-quotes.ts';
import { measure } from './measure.ts';

const logger = createLogger('curate-quotes');
const config = loadConfig(process.env);
const metrics = createMetrics(config.functionName, config.topic);
const s3 = createS3Client();
const glue = new GlueClient({ maxAttempts: 5 });
const curator = new ObjectCurator(
  {
    raw: createS3ObjectStore(config.rawBucket, s3),
    lake: createS3ObjectStore(config.lakeBucket, s3),
    partitions: createDayPartitions(glue, {
      database: config.database,
      table: config.table,
      locationOf: (day) => `s3://${config.lakeBucket}/${locations.curatedDay(config.topic, day)}`,
    }),
    schemas: createSchemaVersions(glue, config),
  },
  config,
);

/** Entry for the queue of raw objects. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  logger.addContext(context);
  const outcomes = await curateMessages(curator, event.Records, {
    bucket: config.rawBucket,
    topic: config.topic,
  });
  for (const outcome of outcomes) log(outcome);
  measure(metrics, outcomes);
  metrics.publish();
  return answer(outcomes);
}

function log({ messageId, key, outcome, error }: MessageOutcome): void {
  if (outcome === undefined) {
    logger.error('not curated', { messageId, key, ...describeError(error) });
  } else if (outcome.kind === 'absent') {
    logger.warn('raw object absent', { messageId, key });
  } else {
    const { records, curated, quarantined } = outcome.receipt;
    const bytes = outcome.kind === 'curated' ? outcome.bytes : 0;
    const figures = { records, files: curated.length, quarantined: quarantined.length, bytes };
    logger.info(outcome.kind, { key, ...figures });
    if (outcome.kind === 'curated' && outcome.isReceiptLost) {
      logger.warn('a receipt that could not be read was replaced', { key });
    }
  }
}
