import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { createLogger, describeError } from '../../adapters/log.ts';
import { createMetrics } from '../../adapters/metrics.ts';
import { createS3Client, createS3ObjectStore } from '../../adapters/objects.ts';
import { createMessageQueue } from '../../adapters/queue.ts';
import { type CurationRequestResult, parseCurationSelection } from '../../core/curation-request.ts';
import { loadConfig } from './config.ts';
import type { RequestPorts } from './ports.ts';
import { requestCuration } from './request-curation.ts';

/** Left for what is under way when a call stops. */
const RESERVE_MS = 60_000;
/** For those who wait for the answer, and ask again if there is more. */
const ANSWER_MS = 60_000;

const logger = createLogger('request-curation');
const config = loadConfig(process.env);
const metrics = createMetrics(config.functionName, config.topic);
const s3 = createS3Client();
const ports: RequestPorts = {
  raw: createS3ObjectStore(config.rawBucket, s3),
  lake: createS3ObjectStore(config.lakeBucket, s3),
  queue: createMessageQueue(new SQSClient({ maxAttempts: 4 }), config.queueUrl),
  now: Date.now,
};

/** Entry for the schedule, and for people: a CurationSelection. */
export async function handler(event: unknown, context: Context): Promise<CurationRequestResult> {
  logger.addContext(context);
  try {
    const selection = parseCurationSelection(event);
    const remainingMs = context.getRemainingTimeInMillis() - RESERVE_MS;
    const budgetMs = selection.action === 'sweep' ? remainingMs : Math.min(remainingMs, ANSWER_MS);
    const result = await requestCuration(ports, selection, { ...config, stopAtMs: Date.now() + budgetMs });
    logger.info('curation requested', { ...result });
    if (selection.action === 'sweep') {
      metrics.add('ObjectsSwept', result.requested);
      metrics.add('Strays', result.strays ?? 0);
      metrics.publish();
    }
    return result;
  } catch (error) {
    logger.error('curation not requested', describeError(error));
    throw error;
  }
}
