/** SQS event sources: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
import { availableParallelism } from 'node:os';
import { nameFromArn } from '../../arn.ts';
import { MAX_PAYLOAD_BYTES } from '../../invoke/function-definition.ts';
import { concurrentBatches } from '../../sources/sqs-batches.ts';
import { SqsPoller } from '../../sources/sqs-poller.ts';
import type { AwsApi } from '../aws-api.ts';
import type { Cloud } from '../cloud.ts';
import type { ResourceRequest } from '../resource-request.ts';
import {
  batchingWindowMs,
  type MappingTarget,
  reportsItemFailures,
  requireAccepted,
} from './mapping-target.ts';

const DEFAULT_BATCH_SIZE = 10;

export async function sqsPollers(
  request: ResourceRequest,
  { mappingId, pool, roleName, invoke }: MappingTarget,
  cloud: Cloud,
): Promise<{ readonly source: string; readonly pollers: readonly SqsPoller[] }> {
  requireAccepted(request, 'sqs', pool);
  const queueArn = request.text('EventSourceArn');
  const queueUrl = `${cloud.api.endpoint}/${cloud.account}/${nameFromArn(queueArn)}`;
  const api = cloud.actAs(roleName);
  const visibilityMs = await requireVisibility(request, api, queueUrl, pool.definition.timeoutMs);
  const poller = new SqsPoller(
    {
      id: mappingId,
      queueArn,
      queueUrl,
      batchSize: request.number('BatchSize', DEFAULT_BATCH_SIZE),
      maxBytes: MAX_PAYLOAD_BYTES,
      windowMs: batchingWindowMs(request) ?? 0,
      visibilityMs,
      reportBatchItemFailures: reportsItemFailures(request),
      concurrency: concurrentBatches({
        maximumConcurrency: request.within('ScalingConfig').optionalNumber('MaximumConcurrency'),
        reservedConcurrency: pool.definition.reservedConcurrency,
        processors: availableParallelism(),
      }),
    },
    { api, invoke, warn: cloud.warn },
  );
  return { source: `queue ${nameFromArn(queueArn)}`, pollers: [poller] };
}

/**
 * The queue's visibility time-out. Lambda refuses a mapping whose messages would come back while the function still works
 * on them: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
async function requireVisibility(
  request: ResourceRequest,
  api: AwsApi,
  queueUrl: string,
  timeoutMs: number,
): Promise<number> {
  const answer = await api.json('sqs', 'GetQueueAttributes', {
    QueueUrl: queueUrl,
    AttributeNames: ['VisibilityTimeout'],
  });
  const seconds = Number((answer['Attributes'] as Record<string, string> | undefined)?.['VisibilityTimeout']);
  if (seconds * 1000 >= timeoutMs) return seconds * 1000;
  throw request.error(
    'EventSourceArn',
    `is a queue with a visibility timeout of ${seconds} s, less than the function's timeout of ${timeoutMs / 1000} s`,
  );
}
