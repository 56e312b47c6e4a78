import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createMessageQueue, type MessageQueue } from '../../../adapters/queue.ts';
import { type Answer, json, ScriptedServer } from '../../helpers/scripted-server.ts';

const URL = 'http://sqs.test/123456789012/queue';
const server = new ScriptedServer();
let queue: MessageQueue;

beforeAll(async () => {
  const endpoint = await server.start();
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  queue = createMessageQueue(
    new SQSClient({
      endpoint,
      region: 'us-east-1',
      credentials,
      maxAttempts: 1,
      md5: false,
      useQueueUrlAsEndpoint: false,
    }),
    URL,
  );
});

afterAll(async () => {
  await server.stop();
});

interface Batch {
  readonly QueueUrl: string;
  readonly Entries: readonly { readonly Id: string; readonly MessageBody: string }[];
}

const batches = (): Batch[] => server.requests.map(({ body }) => JSON.parse(body.toString()) as Batch);
const bodies = (): string[][] =>
  batches().map(({ Entries }) => Entries.map(({ MessageBody }) => MessageBody));
const taken = (): Answer => json({ Successful: [] });
const failed = (...ids: string[]): Answer =>
  json({ Failed: ids.map((Id) => ({ Id, Code: 'InternalError', SenderFault: false })) });

describe('a queue', () => {
  test('takes messages in batches of ten', async () => {
    server.script(taken(), taken(), taken());
    await queue.send(Array.from({ length: 21 }, (_, index) => `m${index}`));
    expect(bodies().map(({ length }) => length)).toEqual([10, 10, 1]);
    expect(bodies().flat()).toEqual(Array.from({ length: 21 }, (_, index) => `m${index}`));
    expect(batches()[0]?.QueueUrl).toBe(URL);
  });

  test('is sent again what it did not take of a batch, and only that', async () => {
    server.script(failed('1', '3'), failed('3'), taken());
    await queue.send(['a', 'b', 'c', 'd']);
    expect(bodies()).toEqual([['a', 'b', 'c', 'd'], ['b', 'd'], ['d']]);
  });

  test('that keeps refusing a message is an error: nothing is left out in silence', async () => {
    server.script(failed('0'), failed('0'), failed('0'), failed('0'));
    await expect(queue.send(['a', 'b'])).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE', canRetry: true });
  });

  test('that cannot answer is an error', async () => {
    const broken = json({ message: 'no' }, 'OverLimit');
    server.script(broken);
    await expect(queue.send(['a'])).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    server.script(broken);
    await expect(queue.count()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  });

  test('counts messages that wait, that are worked on and that are delayed', async () => {
    server.script(
      json({
        Attributes: {
          ApproximateNumberOfMessages: '5',
          ApproximateNumberOfMessagesNotVisible: '3',
          ApproximateNumberOfMessagesDelayed: '1',
        },
      }),
    );
    expect(await queue.count()).toBe(9);
  });

  test('is not asked to take nothing', async () => {
    server.script();
    await queue.send([]);
    expect(server.requests).toEqual([]);
  });
});
