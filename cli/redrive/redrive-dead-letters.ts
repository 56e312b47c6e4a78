import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { TickerlakeError } from '../../core/errors.ts';
import { waitUntil } from '../wait-until.ts';

/** The most that one receive gives, and one batch takes. */
const BATCH = 10;
/** A letter received and not deleted is there again after this: what a run that died had in its hands. */
const VISIBILITY_SECONDS = 30;
const POLL_MS = 500;
const STANDSTILL_MS = 90_000;

export interface DeadLetterRequest {
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly signal: AbortSignal;
  readonly report?: (text: string) => void;
  /** @default 500 */
  readonly pollMs?: number;
  /** @default 90 s */
  readonly standstillMs?: number;
}

interface Depth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/**
 * Moves the letters that are there now back to their queue: received, sent, deleted, in this order, so that dying in between
 * doubles a letter, which curation tolerates, and never loses one. SQS's own StartMessageMoveTask does the same on AWS; the
 * local queue has none: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 * @returns how many were moved
 */
export async function moveDeadLetters(sqs: SQSClient, request: DeadLetterRequest): Promise<number> {
  const { deadLetterQueueUrl, queueUrl, signal, report, standstillMs = STANDSTILL_MS } = request;
  const { visible, inFlight } = await readDepth(sqs, deadLetterQueueUrl);
  // Letters that come back meanwhile are left: they would go round for ever.
  const total = visible + inFlight;
  let moved = 0;
  return waitUntil({
    signal,
    standstillMs,
    pollMs: request.pollMs ?? POLL_MS,
    ...(report === undefined ? {} : { report }),
    look: async () => {
      while (moved < total) {
        signal.throwIfAborted();
        const { Messages: letters = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: deadLetterQueueUrl,
            MaxNumberOfMessages: Math.min(BATCH, total - moved),
            VisibilityTimeout: VISIBILITY_SECONDS,
          }),
        );
        if (letters.length === 0) break;
        moved += await moveBatch(sqs, queueUrl, deadLetterQueueUrl, letters);
        report?.(`${moved} of ${total} moved`);
      }
      const left = await readDepth(sqs, deadLetterQueueUrl);
      if (moved >= total || left.visible + left.inFlight === 0) return { done: true, value: moved };
      const waitingFor = `${moved} of ${total} moved, ${left.inFlight} held by another reader`;
      return { done: false, mark: moved, waitingFor };
    },
    explain: (waitingFor) =>
      Promise.resolve({
        message: `no progress for ${Math.round(standstillMs / 1000)} s: ${waitingFor}`,
        hint: 'the same command again, once nobody else reads the dead letters',
      }),
  });
}

async function moveBatch(
  sqs: SQSClient,
  queueUrl: string,
  deadLetterQueueUrl: string,
  letters: readonly Message[],
): Promise<number> {
  const sent = await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: letters.map(({ Body: body }, index) => ({ Id: String(index), MessageBody: body ?? '' })),
    }),
  );
  const arrived = (sent.Successful ?? []).map(({ Id: id }) => letters[Number(id)]);
  if (arrived.length > 0) {
    // One that is not deleted is received and sent again: twice is fine.
    await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: deadLetterQueueUrl,
        Entries: arrived.map((letter, index) => ({
          Id: String(index),
          ReceiptHandle: letter?.ReceiptHandle,
        })),
      }),
    );
  }
  const [refused] = sent.Failed ?? [];
  if (refused === undefined) return arrived.length;
  throw new TickerlakeError(
    'QUEUE_UNAVAILABLE',
    `the queue did not take a letter: ${refused.Message ?? ''}`,
    {
      hint: 'the same command again: what was moved stays moved, the rest is still among the dead letters',
    },
  );
}

/**
 * Waits until the queue is worked off.
 * @returns how many letters are dead now: they came back, or others joined them
 * @throws TickerlakeError WAIT_TIMED_OUT
 */
export async function waitUntilWorkedOff(sqs: SQSClient, request: DeadLetterRequest): Promise<number> {
  const { queueUrl, deadLetterQueueUrl, signal, report, standstillMs = STANDSTILL_MS } = request;
  return waitUntil({
    signal,
    standstillMs,
    pollMs: request.pollMs ?? POLL_MS,
    ...(report === undefined ? {} : { report }),
    look: async () => {
      const [queue, dead] = await Promise.all([readDepth(sqs, queueUrl), readDepth(sqs, deadLetterQueueUrl)]);
      const left = queue.visible + queue.inFlight + queue.delayed;
      if (left === 0) return { done: true, value: dead.visible + dead.inFlight };
      return { done: false, mark: -left, waitingFor: `${left} in the queue, ${queue.inFlight} being tried` };
    },
    explain: (waitingFor) =>
      Promise.resolve({
        message: `no progress for ${Math.round(standstillMs / 1000)} s: ${waitingFor}`,
        hint: 'tickerlake logs curate-quotes: what fails again is tried later and then dead once more; tickerlake status counts both',
      }),
  });
}

async function readDepth(sqs: SQSClient, queueUrl: string): Promise<Depth> {
  const { Attributes: attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  );
  return {
    visible: Number(attributes.ApproximateNumberOfMessages ?? 0),
    inFlight: Number(attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
    delayed: Number(attributes.ApproximateNumberOfMessagesDelayed ?? 0),
  };
}
