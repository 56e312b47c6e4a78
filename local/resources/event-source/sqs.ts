/** SQS event sources: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
import { availableParallelism } from 'node:os';
import { nameFromArn } from '../../arn.ts';
import { concurrentBatches } from '../../sources/sqs-batches.ts';
import { SqsPoller } from '../../sources/sqs-poller.ts';
import type { AwsApi } from '../aws-api.ts';
import type { Cloud } from '../cloud.ts';
import type { ResourceRequest } from '../resource-request.ts';
import { batchingWindowMs, type MappingTarget, reportsItemFailures } from './mapping-target.ts';

const DEFAULT_BATCH_SIZE = 10;

export async function sqsPollers(
  request: ResourceRequest,
  { mappingId, pool, roleName, invoke }: MappingTarget,
  cloud: Cloud,
): Promise<{ readonly source: string; readonly pollers: readonly SqsPoller[] }> {
  const queueArn = request.text('EventSourceArn');
  const queueUrl = `${cloud.api.endpoint}/${cloud.account}/${nameFromArn(queueArn)}`;
  const api = cloud.actAs(roleName);
  await requireVisibility(request, api, queueUrl, pool.definition.timeoutMs);
  const poller = new SqsPoller(
    {
      id: mappingId,
      queueArn,
      queueUrl,
      batchSize: request.number('BatchSize', DEFAULT_BATCH_SIZE),
      windowMs: batchingWindowMs(request) ?? 0,
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

/** Lambda refuses a mapping whose messages would come back while the function still works on them. */
async function requireVisibility(
  request: ResourceRequest,
  api: AwsApi,
  queueUrl: string,
  timeoutMs: number,
): Promise<void> {
  const answer = await api.json('sqs', 'GetQueueAttributes', {
    QueueUrl: queueUrl,
    AttributeNames: ['VisibilityTimeout'],
  });
  const seconds = Number((answer['Attributes'] as Record<string, string> | undefined)?.['VisibilityTimeout']);
  if (seconds * 1000 >= timeoutMs) return;
  throw request.error(
    'EventSourceArn',
    `is a queue with a visibility timeout of ${seconds} s, less than the function's timeout of ${timeoutMs / 1000} s`,
  );
}
