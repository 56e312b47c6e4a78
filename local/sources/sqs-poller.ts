/** Polls one queue for one function, as Lambda's SQS event source mapping does: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
import type { AwsApi } from '../resources/aws-api.ts';
import type { BatchOutcome } from './kafka-retry.ts';
import { RECEIVE_LIMIT, succeededMessages } from './sqs-batches.ts';

export interface SqsSource {
  readonly id: string;
  readonly queueArn: string;
  readonly queueUrl: string;
  readonly batchSize: number;
  /** How long to gather a batch; 0 sends what one receive gave. */
  readonly windowMs: number;
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

export interface SqsPollerPorts {
  /** Of the function's role: the poller acts as it. */
  readonly api: AwsApi;
  readonly invoke: (payload: Buffer) => Promise<BatchOutcome>;
  readonly warn: (line: string) => void;
}

/** Pause after an empty receive; it doubles up to the last. A short poll costs less here than a long one that a server holds. */
const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 500;

export class SqsPoller {
  private readonly source: SqsSource;
  private readonly ports: SqsPollerPorts;
  private readonly stop$ = Promise.withResolvers<undefined>();
  private stopping = false;
  private loops: Promise<void>[] = [];

  constructor(source: SqsSource, ports: SqsPollerPorts) {
    this.source = source;
    this.ports = ports;
  }

  start(): void {
    this.loops = Array.from({ length: this.source.concurrency }, () => this.poll());
  }

  /** Stops after the invocations under way. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.stop$.resolve(undefined);
    await Promise.all(this.loops);
  }

  private async poll(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!this.stopping) {
      try {
        const messages = await this.gather();
        if (messages.length > 0) {
          pauseMs = FIRST_PAUSE_MS;
          await this.deliver(messages);
          continue;
        }
      } catch (error) {
        this.ports.warn(`event source of ${this.source.queueArn}: ${String(error)}`);
        pauseMs = LAST_PAUSE_MS;
      }
      await this.pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
    }
  }

  private async gather(): Promise<Message[]> {
    const { batchSize, windowMs } = this.source;
    const messages = await this.receive(batchSize);
    const endMs = Date.now() + windowMs;
    while (messages.length > 0 && messages.length < batchSize && Date.now() < endMs && !this.stopping) {
      const more = await this.receive(batchSize - messages.length);
      messages.push(...more);
      if (more.length === 0) await this.pause(Math.min(FIRST_PAUSE_MS, Math.max(1, endMs - Date.now())));
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

  private async deliver(messages: readonly Message[]): Promise<void> {
    const outcome = await this.ports.invoke(
      Buffer.from(JSON.stringify({ Records: messages.map((m) => this.record(m)) })),
    );
    // What is not deleted comes back when its visibility time-out ends, and counts as received once more.
    if (outcome.kind !== 'returned') return;
    const ids = messages.map(({ MessageId }) => MessageId);
    const done = new Set(succeededMessages(ids, outcome.payload, this.source.reportBatchItemFailures));
    const deletions = messages.filter(({ MessageId }) => done.has(MessageId));
    for (let start = 0; start < deletions.length; start += RECEIVE_LIMIT) {
      const Entries = deletions
        .slice(start, start + RECEIVE_LIMIT)
        .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await this.ports.api.json('sqs', 'DeleteMessageBatch', { QueueUrl: this.source.queueUrl, Entries });
    }
  }

  private record(message: Message): object {
    return {
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes ?? {},
      messageAttributes: message.MessageAttributes ?? {},
      md5OfBody: message.MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: this.source.queueArn,
      awsRegion: this.ports.api.region,
    };
  }

  private async pause(ms: number): Promise<void> {
    const elapsed = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      elapsed.resolve(undefined);
    }, ms);
    await Promise.race([elapsed.promise, this.stop$.promise]);
    clearTimeout(timer);
  }
}
