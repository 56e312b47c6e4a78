import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { answerCloudFormation } from '../../../adapters/cfn-response.ts';

interface Received {
  readonly method: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
  readonly bytes: number;
}

let server: Server;
let received: Received[];
let statuses: number[];

beforeEach(async () => {
  received = [];
  statuses = [];
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const text = Buffer.concat(parts).toString();
      const body = JSON.parse(text) as Record<string, unknown>;
      received.push({ method: request.method, headers: request.headers, body, bytes: text.length });
      response.statusCode = statuses.shift() ?? 200;
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function event(type: 'Create' | 'Update' = 'Create'): CloudFormationCustomResourceEvent {
  const { port } = server.address() as AddressInfo;
  return {
    RequestType: type,
    ResponseURL: `http://127.0.0.1:${port}/answer`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Topics',
    ...(type === 'Update' ? { PhysicalResourceId: 'old' } : {}),
  } as CloudFormationCustomResourceEvent;
}

const context = { getRemainingTimeInMillis: () => 30_000, logStreamName: 'stream' };
const options = { physicalResourceId: 'new' };

describe('answerCloudFormation', () => {
  test('answers SUCCESS with what the work gave', async () => {
    await answerCloudFormation(event(), context, options, () =>
      Promise.resolve({ physicalResourceId: 'made', data: { Name: 'quotes' } }),
    );
    expect(received.map(({ method, body }) => ({ method, body }))).toEqual([
      {
        method: 'PUT',
        body: {
          Status: 'SUCCESS',
          PhysicalResourceId: 'made',
          StackId: 'stack',
          RequestId: 'request',
          LogicalResourceId: 'Topics',
          Data: { Name: 'quotes' },
        },
      },
    ]);
  });

  test('sends no content-type, which the presigned URL does not cover', async () => {
    await answerCloudFormation(event(), context, options, () =>
      Promise.resolve({ physicalResourceId: 'made' }),
    );
    expect(received[0]?.headers).not.toHaveProperty('content-type');
  });

  test('answers FAILED with the reason, and tells the log', async () => {
    const errors: unknown[] = [];
    const failing = { ...options, onError: (error: unknown) => errors.push(error) };
    await answerCloudFormation(event(), context, failing, () => Promise.reject(new Error('no brokers')));
    expect(received[0]?.body).toMatchObject({
      Status: 'FAILED',
      Reason: 'no brokers (log stream stream)',
      PhysicalResourceId: 'new',
    });
    expect(errors).toEqual([new Error('no brokers')]);
  });

  test('keeps the physical id when an update fails, so that nothing is deleted', async () => {
    await answerCloudFormation(event('Update'), context, options, () => Promise.reject(new Error('no')));
    expect(received[0]?.body['PhysicalResourceId']).toBe('old');
  });

  test('answers FAILED and aborts the work when the time is nearly up', async () => {
    let aborted = false;
    const short = { getRemainingTimeInMillis: () => 90, logStreamName: 'stream' };
    await answerCloudFormation(
      event(),
      short,
      options,
      async (signal) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            aborted = true;
          });
        }),
    );
    expect(received[0]?.body).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('not done after 60 ms'),
    });
    expect(aborted).toBe(true);
  });

  test('stays below the 4096 bytes that CloudFormation reads', async () => {
    await answerCloudFormation(event(), context, options, () =>
      Promise.reject(new Error('x'.repeat(10_000))),
    );
    expect(received[0]?.bytes).toBeLessThan(4096);
  });

  test('sends the answer again when it is not taken', async () => {
    statuses = [500, 503];
    await answerCloudFormation(event(), context, options, () =>
      Promise.resolve({ physicalResourceId: 'made' }),
    );
    expect(received).toHaveLength(3);
  });
});
