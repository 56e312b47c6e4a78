/** Curates the raw objects that a batch of SQS messages names; one message that fails does not hold up the others. */
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { CurateOutcome, ObjectCurator } from './curate-object.ts';
import { parseCurationMessage } from './curation-message.ts';

export interface MessageOutcome {
  readonly messageId: string;
  readonly key?: string;
  readonly outcome?: CurateOutcome;
  readonly error?: unknown;
}

/** An SQS message, as far as curation reads it. */
export interface CurateMessage extends Pick<SQSRecord, 'messageId' | 'body'> {
  readonly attributes?: Partial<Pick<SQSRecord['attributes'], 'ApproximateReceiveCount'>>;
}

export interface CurateSource {
  readonly bucket: string;
  readonly topic: string;
  /** Epoch ms. @default Date.now */
  readonly now?: () => number;
}

/**
 * An event that is older may have been received before: a dead letter that was sent back is a new message to SQS, whose
 * count of receives begins again, though its last try may have died half-way.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
 */
const LATE_AFTER_MS = 5 * 60_000;

/** Messages handled at once: enough to wait for S3 in parallel, few enough to bound memory. */
const MESSAGES_AT_ONCE = 4;

export async function curateMessages(
  curator: Pick<ObjectCurator, 'curate'>,
  messages: readonly CurateMessage[],
  source: CurateSource,
): Promise<MessageOutcome[]> {
  const outcomes: MessageOutcome[] = [];
  const waiting = [...messages];
  const work = async (): Promise<void> => {
    for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) {
      outcomes.push(await curateMessage(curator, message, source));
    }
  };
  await Promise.all(Array.from({ length: MESSAGES_AT_ONCE }, work));
  return outcomes;
}

async function curateMessage(
  curator: Pick<ObjectCurator, 'curate'>,
  { messageId, body, attributes }: CurateMessage,
  source: CurateSource,
): Promise<MessageOutcome> {
  let key: string | undefined;
  try {
    const { object, isRequest, strays, createdMs, ...message } = parseCurationMessage(body, source);
    key = message.key;
    const { now = Date.now } = source;
    const isLate = now() - (createdMs ?? Number.POSITIVE_INFINITY) > LATE_AFTER_MS;
    const isRetry = isRequest || isLate || Number(attributes?.ApproximateReceiveCount ?? 1) > 1;
    return { messageId, key, outcome: await curator.curate(object, { isRetry, strays }) };
  } catch (error) {
    return { messageId, ...(key === undefined ? {} : { key }), error };
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting */
export function answer(outcomes: readonly MessageOutcome[]): SQSBatchResponse {
  return {
    batchItemFailures: outcomes
      .filter(({ error }) => error !== undefined)
      .map(({ messageId }) => ({ itemIdentifier: messageId })),
  };
}
