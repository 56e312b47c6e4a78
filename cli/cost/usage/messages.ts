/** Amazon SQS. https://aws.amazon.com/sqs/pricing/ */
import { HOURS_PER_MONTH, objectFlows, sum } from '../flow.ts';
import { queueTopic } from '../function-flow.ts';
import { ofType, resourceAt } from '../resources.ts';
import { type Usage, use } from './usage.ts';

/**
 * Lambda asks an idle queue by five connections, each waiting 20 seconds for an answer.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const IDLE_RECEIVES_PER_MONTH = (5 * HOURS_PER_MONTH * 3600) / 20;

/** A message is sent by EventBridge, received, and deleted. */
const REQUESTS_PER_MESSAGE = 3;

export const queue: Usage = (each, model) => {
  const isPolled = ofType(model.resources, 'AWS::Lambda::EventSourceMapping').some(
    (mapping) => resourceAt(model.resources, mapping, 'EventSourceArn') === each,
  );
  // A dead-letter queue stays empty as long as all is well.
  if (!isPolled) return [use('sqs.requests', 0)];
  const messages = sum(
    objectFlows(model)
      .filter(({ topic }) => topic.name === queueTopic(each.id))
      .map(({ raw }) => raw),
  );
  return [use('sqs.requests', IDLE_RECEIVES_PER_MONTH + messages * REQUESTS_PER_MESSAGE)];
};
