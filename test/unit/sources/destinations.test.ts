import { describe, expect, test } from '@jest/globals';
import type { AwsApi } from '../../../local/resources/aws-api.ts';
import { Destinations } from '../../../local/sources/destinations.ts';
import { run } from './records.ts';

interface Sent {
  readonly role: string;
  readonly call: string;
  readonly where: string;
  readonly document: Record<string, unknown>;
}

/** Destinations whose calls are kept instead of sent. */
function recording(): { destinations: Destinations; sent: Sent[] } {
  const sent: Sent[] = [];
  const parse = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
  const destinations = new Destinations((role) => {
    const api: Pick<AwsApi, 'endpoint' | 'rest' | 'json'> = {
      endpoint: 'http://here',
      rest: (service, method, where, body?: string) => {
        sent.push({ role, call: `${service} ${method}`, where, document: parse(body ?? '') });
        return Promise.resolve('');
      },
      json: (service, action, input) => {
        const { QueueUrl, MessageBody } = input as { QueueUrl: string; MessageBody: string };
        sent.push({ role, call: `${service} ${action}`, where: QueueUrl, document: parse(MessageBody) });
        return Promise.resolve({});
      },
    };
    return api as AwsApi;
  });
  return { destinations, sent };
}

const batch = {
  mappingId: 'm-1',
  functionArn: 'arn:aws:lambda:r:1:function:land',
  clusterArn: 'arn:cluster',
  bootstrapServers: 'b:1',
  topic: 'quotes',
  condition: 'RetryAttemptsExhausted',
  attempts: 3,
  records: [...run(0, 5, 3), ...run(2, 9, 1)],
  payload: Buffer.from('{"records":{}}'),
  atMs: Date.parse('2026-11-20T09:30:00Z'),
} as const;

/** https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html */
describe('a batch that was given up', () => {
  test('goes whole to a bucket, as the function’s role', async () => {
    const { destinations, sent } = recording();
    await destinations.sendBatchFailure('arn:aws:s3:::failed', 'land-role', batch);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      role: 'land-role',
      call: 's3 PUT',
      where: expect.stringMatching(
        /^\/failed\/aws\/lambda\/m-1\/quotes\/2026\/11\/20\/2026-11-20T09\.30\.00-[0-9a-f-]{36}$/,
      ),
      document: {
        requestContext: {
          functionArn: batch.functionArn,
          condition: 'RetryAttemptsExhausted',
          approximateInvokeCount: 3,
        },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        KafkaBatchInfo: {
          batchSize: 4,
          eventSourceArn: 'arn:cluster',
          bootstrapServers: 'b:1',
          payloadSize: batch.payload.length,
          recordsInfo: {
            'quotes-0': {
              firstRecordOffset: '5',
              lastRecordOffset: '7',
              firstRecordTimestamp: '1970-01-01T00:00:01.000Z',
              lastRecordTimestamp: '1970-01-01T00:00:01.000Z',
            },
            'quotes-2': { firstRecordOffset: '9', lastRecordOffset: '9' },
          },
        },
        payload: '{"records":{}}',
      },
    });
  });

  test('never reached the function where it was over the payload limit', async () => {
    const { destinations, sent } = recording();
    const tooLarge = { ...batch, condition: 'MaximumPayloadSizeExceeded', attempts: 0 } as const;
    await destinations.sendBatchFailure('arn:aws:s3:::failed', 'land-role', tooLarge);
    expect(sent[0]?.document).toMatchObject({ responseContext: null, payload: '{"records":{}}' });
  });

  test('goes to a queue without its records', async () => {
    const { destinations, sent } = recording();
    await destinations.sendBatchFailure('arn:aws:sqs:r:1:failed', 'land-role', batch);
    expect(sent[0]).toMatchObject({ call: 'sqs SendMessage', where: 'http://here/1/failed' });
    expect(sent[0]?.document).not.toHaveProperty('payload');
  });

  test('cannot go elsewhere', async () => {
    const { destinations } = recording();
    await expect(destinations.sendBatchFailure('arn:aws:sns:r:1:failed', 'land-role', batch)).rejects.toThrow(
      'only S3 and SQS are',
    );
  });
});

test('an asynchronous event that was given up goes with what the function answered', async () => {
  const { destinations, sent } = recording();
  await destinations.sendAsyncFailure('arn:aws:sqs:r:1:failed', 'role', {
    functionArn: 'arn:aws:lambda:r:1:function:f',
    requestId: 'id',
    condition: 'RetriesExhausted',
    attempts: 3,
    requestPayload: Buffer.from('{"a":1}'),
    responsePayload: Buffer.from('{"errorType":"E"}'),
  });
  expect(sent[0]?.document).toMatchObject({
    requestContext: { requestId: 'id', condition: 'RetriesExhausted', approximateInvokeCount: 3 },
    requestPayload: { a: 1 },
    responsePayload: { errorType: 'E' },
  });
});
