import type { SQSClient } from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  type DeadLetterRequest,
  moveDeadLetters,
  waitUntilWorkedOff,
} from '../../../cli/redrive/redrive-dead-letters.ts';
import { MemoryQueues, scriptedClient } from './scripted-lake.ts';

const LETTERS = Array.from({ length: 23 }, (_, index) => `letter ${index}`);

let queues: MemoryQueues;
beforeEach(() => {
  queues = new MemoryQueues();
  queues.put('dead', ...LETTERS);
});

function request(): DeadLetterRequest {
  return {
    queueUrl: 'queue',
    deadLetterQueueUrl: 'dead',
    signal: AbortSignal.timeout(5000),
    pollMs: 1,
    standstillMs: 50,
  };
}

describe('moveDeadLetters', () => {
  test('moves every letter to the queue, bodies unchanged', async () => {
    expect(await moveDeadLetters(queues.client(), request())).toBe(LETTERS.length);
    expect(queues.bodies('queue').sort()).toEqual([...LETTERS].sort());
    expect(queues.bodies('dead')).toEqual([]);
  });

  test('killed before any of its calls and run again, it loses no letter', async () => {
    let calls = 0;
    await moveDeadLetters(
      queues.client(() => (calls += 1)),
      request(),
    );
    for (let kill = 1; kill <= calls; kill++) {
      queues = new MemoryQueues();
      queues.put('dead', ...LETTERS);
      let call = 0;
      const killed = queues.client(() => {
        if (++call === kill) throw new Error('killed');
      });
      await expect(moveDeadLetters(killed, request())).rejects.toThrow('killed');
      queues.reappear();
      await moveDeadLetters(queues.client(), request());
      expect(queues.bodies('dead')).toEqual([]);
      expect(new Set(queues.bodies('queue'))).toEqual(new Set(LETTERS));
    }
  });

  test('a letter that comes back meanwhile is left for the next time', async () => {
    let deletions = 0;
    const client = queues.client((command) => {
      if (command === 'DeleteMessageBatchCommand') queues.put('dead', `again ${deletions++}`);
    });
    expect(await moveDeadLetters(client, request())).toBe(LETTERS.length);
    expect(queues.bodies('dead').length).toBe(deletions);
  });

  test('waits for letters that a reader which died holds', async () => {
    queues = new MemoryQueues();
    queues.put('dead', 'held');
    await queues.client().send({
      constructor: { name: 'ReceiveMessageCommand' },
      input: { QueueUrl: 'dead', MaxNumberOfMessages: 1 },
    } as never);
    let looks = 0;
    const client = queues.client((command) => {
      if (command === 'GetQueueAttributesCommand' && ++looks === 3) queues.reappear();
    });
    expect(await moveDeadLetters(client, request())).toBe(1);
    expect(queues.bodies('queue')).toEqual(['held']);
  });

  test('a letter that the queue refuses stays dead, and is an error', async () => {
    const refusing = scriptedClient({
      GetQueueAttributesCommand: () => ({ Attributes: { ApproximateNumberOfMessages: '2' } }),
      ReceiveMessageCommand: () => ({
        Messages: [
          { Body: 'a', ReceiptHandle: '0' },
          { Body: 'b', ReceiptHandle: '1' },
        ],
      }),
      SendMessageBatchCommand: () => ({
        Successful: [{ Id: '1' }],
        Failed: [{ Id: '0', Message: 'too long' }],
      }),
      DeleteMessageBatchCommand: ({ Entries }: { Entries: { ReceiptHandle: string }[] }) => {
        expect(Entries.map(({ ReceiptHandle }) => ReceiptHandle)).toEqual(['1']);
        return {};
      },
    });
    await expect(moveDeadLetters(refusing as SQSClient, request())).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      message: expect.stringContaining('too long'),
    });
  });
});

describe('waitUntilWorkedOff', () => {
  test('ends with the letters that are dead then', async () => {
    queues.put('queue', 'a', 'b');
    let looks = 0;
    const client = queues.client(() => {
      if (++looks === 5) queues.queues.get('queue')?.clear();
    });
    expect(await waitUntilWorkedOff(client, request())).toBe(LETTERS.length);
  });

  test('a queue that stands still is an error with what to look at', async () => {
    queues.put('queue', 'stuck');
    await expect(waitUntilWorkedOff(queues.client(), request())).rejects.toMatchObject({
      code: 'WAIT_TIMED_OUT',
      message: expect.stringContaining('1 in the queue'),
      hint: expect.stringContaining('tickerlake logs curate-quotes'),
    });
  });
});
