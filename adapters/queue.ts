/** The message queue port and its SQS implementation. */
import {
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { TickerlakeError } from '../core/errors.ts';

/** Methods throw TickerlakeError QUEUE_UNAVAILABLE. */
export interface MessageQueue {
  /** Sends each message at least once. */
  send(bodies: readonly string[]): Promise<void>;
  /** Messages in it, waiting and worked on; eventually right. */
  count(): Promise<number>;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const MOST_IN_A_BATCH = 10;
const SEND_ATTEMPTS = 4;

/**
 * Waiting, worked on, and delayed:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
 */
const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

export function createMessageQueue(sqs: SQSClient, queueUrl: string): MessageQueue {
  /** Those that the queue did not take: a batch may be accepted in part. */
  const sendBatch = async (
    entries: SendMessageBatchRequestEntry[],
  ): Promise<SendMessageBatchRequestEntry[]> => {
    const { Failed = [] } = await sqs
      .send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }))
      .catch((error: unknown) => {
        throw queueError(error, queueUrl);
      });
    return entries.filter(({ Id }) => Failed.some((failed) => failed.Id === Id));
  };

  return {
    async send(bodies) {
      for (let index = 0; index < bodies.length; index += MOST_IN_A_BATCH) {
        let entries: SendMessageBatchRequestEntry[] = bodies
          .slice(index, index + MOST_IN_A_BATCH)
          .map((MessageBody, position) => ({ Id: String(position), MessageBody }));
        for (let attempt = 1; entries.length > 0; attempt += 1) {
          if (attempt > SEND_ATTEMPTS) throw refused(entries.length, queueUrl);
          if (attempt > 1) await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt));
          entries = await sendBatch(entries);
        }
      }
    },
    async count() {
      const { Attributes = {} } = await sqs
        .send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...COUNTS] }))
        .catch((error: unknown) => {
          throw queueError(error, queueUrl);
        });
      return COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
    },
  };
}

function refused(messages: number, queueUrl: string): TickerlakeError {
  return new TickerlakeError('QUEUE_UNAVAILABLE', `SQS did not take ${messages} messages of a batch`, {
    coordinates: { queue: queueUrl },
    hint: 'the next sweep asks again; look at the queue if it goes on',
  });
}

function queueError(error: unknown, queueUrl: string): TickerlakeError {
  const name = error instanceof Error ? error.name : 'unknown error';
  return new TickerlakeError('QUEUE_UNAVAILABLE', `SQS could not answer (${name})`, {
    coordinates: { queue: queueUrl },
    cause: error,
  });
}
