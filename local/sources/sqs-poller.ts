/** Polls one queue for one function, as Lambda's SQS event source mapping does: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
import type { AwsApi } from '../resources/aws-api.ts';
import { windowEndMs } from './batching-window.ts';
import { pause } from './bell.ts';
import type { BatchOutcome } from './kafka-retry.ts';
import { cutBatches, RECEIVE_LIMIT, succeededMessages } from './sqs-batches.ts';

export interface SqsSource {
  readonly id: string;
  readonly queueArn: string;
  readonly queueUrl: string;
  readonly batchSize: number;
  /** Largest event: 6 MB. */
  readonly maxBytes: number;
  /** How long to gather a batch; 0 sends what one receive gave. */
  readonly windowMs: number;
  /** The queue's: for so long what was received is the poller's alone. */
  readonly visibilityMs: number;
  readonly reportBatchItemFailures: boolean;
  readonly concurrency: number;
}

/** A message as ReceiveMessage gives it. */
interface Message {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes?: object;
  readonly MessageAttributes?: object;
}

/** A message as it will stand in an event. */
interface QueuedRecord {
  readonly id: string;
  readonly receiptHandle: string;
  readonly json: string;
}

export interface SqsPollerPorts {
  /** Of the function's role: the poller acts as it. */
  readonly api: Pick<AwsApi, 'json' | 'region'>;
  readonly invoke: (payload: Buffer) => Promise<BatchOutcome>;
  readonly warn: (line: string) => void;
}

/** Pause after an empty receive, a throttle or an error; it doubles up to the last. A short poll costs less here than a long one that a server holds. */
const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 500;

export class SqsPoller {
  private readonly source: SqsSource;
  private readonly ports: SqsPollerPorts;
  private polling: { readonly stop: AbortController; readonly ended: Promise<unknown> } | undefined;

  constructor(source: SqsSource, ports: SqsPollerPorts) {
    this.source = source;
    this.ports = ports;
  }

  /** It may be started again after it was stopped. */
  start(): void {
    if (this.polling !== undefined) return;
    const stop = new AbortController();
    const loops = Array.from({ length: this.source.concurrency }, () => this.poll(stop.signal));
    this.polling = { stop, ended: Promise.all(loops) };
  }

  /** Ends the invocations under way; what else was received comes back when its visibility time-out ends. */
  async stop(): Promise<void> {
    const { polling } = this;
    polling?.stop.abort();
    await polling?.ended;
    if (this.polling === polling) this.polling = undefined;
  }

  private async poll(stop: AbortSignal): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    let openedMs = Date.now();
    while (!stop.aborted) {
      try {
        const deadlineMs = Date.now() + this.source.visibilityMs;
        const messages = await this.gather(openedMs, stop);
        if (messages.length > 0) {
          pauseMs = FIRST_PAUSE_MS;
          const records = messages.map((message) => this.record(message));
          for (const batch of cutBatches(records, this.source.maxBytes))
            await this.deliver(batch, deadlineMs, stop);
          openedMs = Date.now();
          continue;
        }
      } catch (error) {
        this.warn(String(error));
        pauseMs = LAST_PAUSE_MS;
      }
      await pause(pauseMs, stop);
      pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
    }
  }

  private async gather(openedMs: number, stop: AbortSignal): Promise<Message[]> {
    const { batchSize, windowMs, maxBytes } = this.source;
    const messages = await this.receive(batchSize);
    const endMs = windowEndMs(Date.now(), openedMs, windowMs);
    const isFull = (): boolean =>
      messages.length >= batchSize || messages.reduce((sum, { Body }) => sum + Body.length, 0) >= maxBytes;
    while (messages.length > 0 && !isFull() && Date.now() < endMs && !stop.aborted) {
      const more = await this.receive(batchSize - messages.length);
      messages.push(...more);
      if (more.length === 0) await pause(Math.min(FIRST_PAUSE_MS, Math.max(1, endMs - Date.now())), stop);
    }
    return messages;
  }

  private async receive(limit: number): Promise<Message[]> {
    const received = await this.ports.api.json('sqs', 'ReceiveMessage', {
      QueueUrl: this.source.queueUrl,
      MaxNumberOfMessages: Math.min(limit, RECEIVE_LIMIT),
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    });
    return (received['Messages'] ?? []) as Message[];
  }

  /** What is not deleted comes back when its visibility time-out ends, and counts as received once more. */
  private async deliver(
    records: readonly QueuedRecord[],
    deadlineMs: number,
    stop: AbortSignal,
  ): Promise<void> {
    const event = Buffer.from(`{"Records":[${records.map(({ json }) => json).join(',')}]}`);
    const outcome = await this.invoke(event, deadlineMs, stop);
    if (outcome.kind !== 'returned') return;
    const ids = records.map(({ id }) => id);
    const done = new Set(succeededMessages(ids, outcome.payload, this.source.reportBatchItemFailures));
    const deletions = records.filter(({ id }) => done.has(id));
    for (let start = 0; start < deletions.length; start += RECEIVE_LIMIT) {
      await this.delete(deletions.slice(start, start + RECEIVE_LIMIT), deadlineMs, stop);
    }
  }

  /** A throttled invocation is tried again as long as the messages are the poller's: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html */
  private async invoke(event: Buffer, deadlineMs: number, stop: AbortSignal): Promise<BatchOutcome> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS)) {
      const outcome = await this.ports.invoke(event);
      if (outcome.kind !== 'refused' || stop.aborted || Date.now() + pauseMs >= deadlineMs) return outcome;
      await pause(pauseMs, stop);
    }
  }

  private async delete(
    records: readonly QueuedRecord[],
    deadlineMs: number,
    stop: AbortSignal,
  ): Promise<void> {
    const Entries = records.map(({ receiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle: receiptHandle,
    }));
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS)) {
      try {
        await this.ports.api.json('sqs', 'DeleteMessageBatch', { QueueUrl: this.source.queueUrl, Entries });
        return;
      } catch (error) {
        if (stop.aborted || Date.now() + pauseMs >= deadlineMs) throw error;
        await pause(pauseMs, stop);
      }
    }
  }

  private record(message: Message): QueuedRecord {
    const json = JSON.stringify({
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes ?? {},
      messageAttributes: message.MessageAttributes ?? {},
      md5OfBody: message.MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: this.source.queueArn,
      awsRegion: this.ports.api.region,
    });
    return { id: message.MessageId, receiptHandle: message.ReceiptHandle, json };
  }

  private warn(what: string): void {
    this.ports.warn(`event source of ${this.source.queueArn}: ${what}`);
  }
}
