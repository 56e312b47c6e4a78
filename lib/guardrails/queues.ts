/** Queues of SQS that functions consume. */

import { functionOf, LAMBDA_GUIDE, timeoutOf } from './consumers.ts';
import { type Deployment, dig, listOf } from './deployment.ts';
import type { Guardrail } from './guardrail.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const VISIBILITY_TIMES_TIMEOUT = 6;
/** SQS's own, where a queue says nothing. */
const DEFAULT_VISIBILITY_SECONDS = 30;

const QUEUE_VISIBILITY: Guardrail = {
  id: 'queue-visibility',
  forbids: `a queue whose messages come back before ${VISIBILITY_TIMES_TIMEOUT} times its function's timeout, batching window added`,
  why: 'a message is handed out again while it is still worked on, and throttled ones end in the dead-letter queue',
  source: `${LAMBDA_GUIDE}/services-sqs-configure.html`,
  *check(deployment) {
    for (const { source, queue, handler } of queueSources(deployment)) {
      const window = Number(source.properties['MaximumBatchingWindowInSeconds'] ?? 0);
      const least = VISIBILITY_TIMES_TIMEOUT * timeoutOf(handler) + window;
      const value = queue.properties['VisibilityTimeout'];
      if (Number(value ?? DEFAULT_VISIBILITY_SECONDS) < least)
        yield {
          resource: queue,
          property: 'VisibilityTimeout',
          value,
          allowed: `${least} s or more: ${VISIBILITY_TIMES_TIMEOUT} times the timeout of ${handler.id}, and its batching window`,
          fix: 'derive it from the timeout of the function',
        };
    }
  },
};

const QUEUE_DEAD_LETTERS: Guardrail = {
  id: 'queue-dead-letters',
  forbids: 'a queue with a consumer and without dead letters, or one that reports no partial failures',
  why: 'one message that always fails comes again until it expires, and takes its batch with it',
  source: `${LAMBDA_GUIDE}/services-sqs-errorhandling.html`,
  *check(deployment) {
    for (const { source, queue } of queueSources(deployment)) {
      const target = dig(queue.properties, 'RedrivePolicy.deadLetterTargetArn');
      if (target === undefined)
        yield {
          resource: queue,
          property: 'RedrivePolicy',
          value: undefined,
          allowed: 'a queue for dead letters',
          fix: 'give the queue a deadLetterQueue and an alarm on its depth',
        };
      const responses = listOf(source.properties['FunctionResponseTypes']);
      if (!responses.includes('ReportBatchItemFailures'))
        yield {
          resource: source,
          property: 'FunctionResponseTypes',
          value: source.properties['FunctionResponseTypes'],
          allowed: 'ReportBatchItemFailures',
          fix: 'set reportBatchItemFailures',
        };
    }
  },
};

function queueSources(deployment: Deployment) {
  return deployment.ofType('AWS::Lambda::EventSourceMapping').flatMap((source) => {
    const queue = deployment.target(source.properties['EventSourceArn'], source.stack);
    const handler = functionOf(deployment, source);
    return queue?.type === 'AWS::SQS::Queue' && handler !== undefined ? [{ source, queue, handler }] : [];
  });
}

export const QUEUE_GUARDRAILS: readonly Guardrail[] = [QUEUE_VISIBILITY, QUEUE_DEAD_LETTERS];
