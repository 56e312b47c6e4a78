/** On-failure destinations: what could not be processed goes to a bucket or a queue, sent as the function's role. */
import { randomUUID } from 'node:crypto';
import type { FailureRecord } from '../invoke/async-queue.ts';
import type { AwsApi } from '../resources/aws-api.ts';
import { type SourceRecord, topicPartition } from './kafka-records.ts';
import type { DivertCondition } from './kafka-retry.ts';

/** A batch that a Kafka event source gave up. */
export interface DivertedBatch {
  readonly mappingId: string;
  readonly functionArn: string;
  readonly clusterArn: string;
  readonly bootstrapServers: string;
  readonly topic: string;
  readonly condition: DivertCondition;
  /** How often the function was invoked with the records. */
  readonly attempts: number;
  readonly records: readonly SourceRecord[];
  /** The whole event. */
  readonly payload: Buffer;
  readonly atMs: number;
}

/** Makes the API of a session of the role. */
export type ActAs = (roleName: string) => AwsApi;

export class Destinations {
  private readonly actAs: ActAs;

  constructor(actAs: ActAs) {
    this.actAs = actAs;
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
  async sendAsyncFailure(destinationArn: string, roleName: string, failure: FailureRecord): Promise<void> {
    const now = new Date();
    const document = {
      version: '1.0',
      timestamp: now.toISOString(),
      requestContext: {
        requestId: failure.requestId,
        functionArn: `${failure.functionArn}:$LATEST`,
        condition: failure.condition,
        approximateInvokeCount: failure.attempts,
      },
      requestPayload: parsed(failure.requestPayload),
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: failure.responsePayload === undefined ? null : parsed(failure.responsePayload),
    };
    const name = failure.functionArn.slice(failure.functionArn.lastIndexOf(':') + 1);
    await this.send(
      destinationArn,
      roleName,
      `aws/lambda/async/${name}/${datedKey(now)}`,
      JSON.stringify(document),
    );
  }

  /**
   * The whole event in S3, its metadata alone elsewhere: https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
   * AWS documents no form of the key for Kafka; this is that of its streams, with the topic as the shard.
   */
  async sendBatchFailure(destinationArn: string, roleName: string, batch: DivertedBatch): Promise<void> {
    const now = new Date(batch.atMs);
    const document = {
      requestContext: {
        requestId: randomUUID(),
        functionArn: batch.functionArn,
        condition: batch.condition,
        approximateInvokeCount: batch.attempts,
      },
      responseContext:
        batch.condition === 'MaximumPayloadSizeExceeded'
          ? null
          : { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: now.toISOString(),
      KafkaBatchInfo: {
        batchSize: batch.records.length,
        eventSourceArn: batch.clusterArn,
        bootstrapServers: batch.bootstrapServers,
        payloadSize: batch.payload.length,
        recordsInfo: recordsInfo(batch.records),
      },
    };
    const whole = { ...document, payload: batch.payload.toString('utf8') };
    const isBucket = destinationArn.startsWith('arn:aws:s3:::');
    const key = `aws/lambda/${batch.mappingId}/${batch.topic}/${datedKey(now)}`;
    await this.send(destinationArn, roleName, key, JSON.stringify(isBucket ? whole : document));
  }

  private async send(destinationArn: string, roleName: string, key: string, body: string): Promise<void> {
    const api = this.actAs(roleName);
    const [, , service, , account, resource = ''] = destinationArn.split(':');
    if (service === 's3') {
      await api.rest('s3', 'PUT', `/${resource}/${key}`, body, { 'content-type': 'application/json' });
    } else if (service === 'sqs') {
      const QueueUrl = `${api.endpoint}/${account ?? ''}/${resource}`;
      await api.json('sqs', 'SendMessage', { QueueUrl, MessageBody: body });
    } else {
      throw new Error(`destination ${destinationArn} is not known to the runner: only S3 and SQS are`);
    }
  }
}

/** By topic and partition: where the records are to be found. */
function recordsInfo(records: readonly SourceRecord[]): Record<string, object> {
  const ends = [...Map.groupBy(records, topicPartition)].flatMap(([name, list]) => {
    const [first, last] = [list[0], list.at(-1)];
    return first === undefined || last === undefined ? [] : [{ name, first, last }];
  });
  return Object.fromEntries(
    ends.map(({ name, first, last }) => [
      name,
      {
        firstRecordOffset: String(first.offset),
        lastRecordOffset: String(last.offset),
        firstRecordTimestamp: new Date(first.timestampMs).toISOString(),
        lastRecordTimestamp: new Date(last.timestampMs).toISOString(),
      },
    ]),
  );
}

function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return payload.toString('utf8');
  }
}

/** `2026/11/20/2026-11-20T09.30.00-<uuid>` */
function datedKey(now: Date): string {
  const [day = '', time = ''] = now.toISOString().split('T');
  return `${day.replaceAll('-', '/')}/${day}T${time.slice(0, 8).replaceAll(':', '.')}-${randomUUID()}`;
}
