/** The SQS poller on the emulated queue: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Moto, startMoto } from '../../../local/engines/moto.ts';
import { MAX_PAYLOAD_BYTES } from '../../../local/invoke/function-definition.ts';
import { AwsApi } from '../../../local/resources/aws-api.ts';
import type { BatchOutcome } from '../../../local/sources/kafka-retry.ts';
import { SqsPoller, type SqsSource } from '../../../local/sources/sqs-poller.ts';
import { type Guard, startGuard } from '../../../local/supervisor/index.ts';
import { until } from '../../helpers/until.ts';

// Visibility time-outs are whole seconds, and the emulator loads a service when it is first asked.
jest.setTimeout(30_000);

let folder: string;
let guard: Guard;
let moto: Moto;
let api: AwsApi;
const pollers: SqsPoller[] = [];
const warnings: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-sqs-'));
  guard = await startGuard();
  moto = await startMoto(guard, { dir: folder });
  api = new AwsApi(moto.endpoint, 'eu-west-1', () => ({
    accessKeyId: 'AKIAEXAMPLE',
    secretAccessKey: 'secret',
    sessionToken: 'session',
  }));
}, 120_000);

afterEach(async () => {
  await Promise.all(pollers.splice(0).map((poller) => poller.stop()));
}, 30_000);

afterAll(async () => {
  await (guard as Guard | undefined)?.stopAll();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

interface Queue {
  readonly url: string;
  readonly arn: string;
}

interface EventRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
}

const success: BatchOutcome = { kind: 'returned', payload: Buffer.from('null') };

async function createQueue(attributes: Record<string, string> = {}): Promise<Queue> {
  const QueueName = `q-${randomBytes(4).toString('hex')}`;
  const { QueueUrl } = await api.json('sqs', 'CreateQueue', { QueueName, Attributes: attributes });
  const { Attributes } = await api.json('sqs', 'GetQueueAttributes', {
    QueueUrl,
    AttributeNames: ['QueueArn'],
  });
  return { url: String(QueueUrl), arn: (Attributes as Record<string, string>)['QueueArn'] ?? '' };
}

async function send(queue: Queue, bodies: readonly string[]): Promise<void> {
  for (const MessageBody of bodies)
    await api.json('sqs', 'SendMessage', { QueueUrl: queue.url, MessageBody });
}

/** Messages of the queue, seen and unseen. */
async function held(queue: Queue): Promise<number> {
  const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'];
  const { Attributes } = await api.json('sqs', 'GetQueueAttributes', { QueueUrl: queue.url, AttributeNames });
  return Object.values(Attributes as Record<string, string>).reduce((sum, count) => sum + Number(count), 0);
}

/** Polls a queue with a function that answers as `script` says, and tells the bodies of each event with their receive count. */
function poll(
  queue: Queue,
  script: (records: readonly EventRecord[], invocation: number) => BatchOutcome | Promise<BatchOutcome>,
  options: Partial<SqsSource> = {},
): { events: string[][]; poller: SqsPoller } {
  const events: string[][] = [];
  const invoke = async (payload: Buffer): Promise<BatchOutcome> => {
    const { Records } = JSON.parse(payload.toString()) as { Records: EventRecord[] };
    events.push(Records.map(({ body, attributes }) => `${body}#${attributes.ApproximateReceiveCount}`));
    return script(Records, events.length);
  };
  const source: SqsSource = {
    id: 'm-1',
    queueArn: queue.arn,
    queueUrl: queue.url,
    batchSize: 10,
    maxBytes: MAX_PAYLOAD_BYTES,
    windowMs: 0,
    visibilityMs: 2000,
    reportBatchItemFailures: false,
    concurrency: 1,
    ...options,
  };
  const poller = new SqsPoller(source, { api, invoke, warn: (line) => warnings.push(line) });
  pollers.push(poller);
  poller.start();
  return { events, poller };
}

function failing(...records: readonly EventRecord[]): BatchOutcome {
  const batchItemFailures = records.map(({ messageId }) => ({ itemIdentifier: messageId }));
  return { kind: 'returned', payload: Buffer.from(JSON.stringify({ batchItemFailures })) };
}

describe('batches', () => {
  /** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html: the window is 0 by default. */
  test('are what one receive gave where there is no window', async () => {
    const queue = await createQueue();
    await send(queue, ['a', 'b', 'c']);
    const { events } = poll(queue, () => success, { batchSize: 2 });
    await until('the queue to be empty', async () => (await held(queue)) === 0);
    expect(events).toEqual([['a#1', 'b#1'], ['c#1']]);
  });

  test('of more than ten are gathered for a window', async () => {
    const queue = await createQueue();
    const bodies = Array.from({ length: 25 }, (_, index) => `m${index}`);
    await send(queue, bodies);
    const { events } = poll(queue, () => success, { batchSize: 100, windowMs: 1000 });
    await until('the queue to be empty', async () => (await held(queue)) === 0);
    expect(events).toEqual([bodies.map((body) => `${body}#1`)]);
  });

  /** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
  test('are cut below the payload limit', async () => {
    const queue = await createQueue();
    await send(queue, ['x'.repeat(3000), 'y'.repeat(3000), 'z'.repeat(3000)]);
    const { events } = poll(queue, () => success, { maxBytes: 8000 });
    await until('the queue to be empty', async () => (await held(queue)) === 0);
    expect(events.map((event) => event.map((body) => body.slice(0, 1)))).toEqual([['x', 'y'], ['z']]);
  });
});

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html */
describe('a message', () => {
  test('of a failed invocation comes back after the visibility time-out, received once more', async () => {
    const queue = await createQueue({ VisibilityTimeout: '1' });
    await send(queue, ['a', 'b']);
    const { events } = poll(queue, (_, invocation) => (invocation === 1 ? { kind: 'failed' } : success));
    await until('the first attempt', () => events.length === 1);
    expect(await held(queue)).toBe(2);
    await until('the queue to be empty', async () => (await held(queue)) === 0);
    expect(events).toEqual([
      ['a#1', 'b#1'],
      ['a#2', 'b#2'],
    ]);
  });

  test('that is named as failed comes back alone', async () => {
    const queue = await createQueue({ VisibilityTimeout: '1' });
    await send(queue, ['a', 'b', 'c']);
    const script = (records: readonly EventRecord[], invocation: number): BatchOutcome =>
      invocation === 1 ? failing(...records.filter(({ body }) => body === 'b')) : success;
    const { events } = poll(queue, script, { reportBatchItemFailures: true });
    await until('the queue to be empty', async () => (await held(queue)) === 0);
    expect(events).toEqual([['a#1', 'b#1', 'c#1'], ['b#2']]);
  });

  test('of a malformed answer comes back with its batch', async () => {
    const queue = await createQueue({ VisibilityTimeout: '1' });
    await send(queue, ['a', 'b']);
    const unknown = {
      kind: 'returned',
      payload: Buffer.from('{"batchItemFailures":[{"itemIdentifier":"x"}]}'),
    } as const;
    const script = (_: unknown, invocation: number): BatchOutcome => (invocation === 1 ? unknown : success);
    const { events } = poll(queue, script, { reportBatchItemFailures: true });
    await until('the queue to be empty', async () => (await held(queue)) === 0);
    expect(events).toEqual([
      ['a#1', 'b#1'],
      ['a#2', 'b#2'],
    ]);
  });

  /** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html */
  test('that was received maxReceiveCount times goes to the dead-letter queue, and only it', async () => {
    const dead = await createQueue();
    const queue = await createQueue({
      VisibilityTimeout: '1',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 3 }),
    });
    await send(queue, ['poison', 'good']);
    const script = (records: readonly EventRecord[]): BatchOutcome =>
      failing(...records.filter(({ body }) => body === 'poison'));
    const { events } = poll(queue, script, { reportBatchItemFailures: true });
    await until('the dead letter', async () => (await held(dead)) === 1);
    expect(await held(queue)).toBe(0);
    expect(events).toEqual([['poison#1', 'good#1'], ['poison#2'], ['poison#3']]);
  });

  test('of a throttled invocation stays with the poller and is not received again', async () => {
    const queue = await createQueue({ VisibilityTimeout: '30' });
    await send(queue, ['a']);
    const script = (_: unknown, invocation: number): BatchOutcome =>
      invocation < 4 ? { kind: 'refused' } : success;
    const { events } = poll(queue, script, { visibilityMs: 30_000 });
    await until('the queue to be empty', async () => (await held(queue)) === 0);
    expect(events).toEqual([['a#1'], ['a#1'], ['a#1'], ['a#1']]);
  });

  test('is dropped by the poller when throttles outlast the visibility time-out, and comes back', async () => {
    const queue = await createQueue({ VisibilityTimeout: '1' });
    await send(queue, ['a']);
    let concurrency = 0;
    const { events } = poll(queue, () => (concurrency === 0 ? { kind: 'refused' } : success), {
      visibilityMs: 1000,
    });
    await until('the second receive', () => events.at(-1)?.[0] === 'a#2');
    concurrency = 1;
    await until('the queue to be empty', async () => (await held(queue)) === 0);
    expect(events.filter(([name]) => name === 'a#1').length).toBeGreaterThan(1);
  });

  test('that came back while the function still worked on it is deleted all the same', async () => {
    const queue = await createQueue({ VisibilityTimeout: '1' });
    await send(queue, ['a']);
    const second = Promise.withResolvers<undefined>();
    const script = async (_: unknown, invocation: number): Promise<BatchOutcome> => {
      if (invocation === 1) await second.promise;
      else second.resolve(undefined);
      return success;
    };
    const { events } = poll(queue, script, { visibilityMs: 1000, concurrency: 2 });
    await until('the queue to be empty', async () => events.length === 2 && (await held(queue)) === 0);
    expect(events).toEqual([['a#1'], ['a#2']]);
  });
});

test('a poller that is stopped ends its invocation, and goes on when it is started again', async () => {
  const queue = await createQueue({ VisibilityTimeout: '30' });
  await send(queue, ['a']);
  const mayEnd = Promise.withResolvers<undefined>();
  const { events, poller } = poll(queue, async () => {
    await mayEnd.promise;
    return success;
  });
  await until('the invocation', () => events.length === 1);
  const stopped = poller.stop();
  mayEnd.resolve(undefined);
  await stopped;
  expect(await held(queue)).toBe(0);
  await send(queue, ['b']);
  expect(events).toHaveLength(1);
  poller.start();
  await until('the queue to be empty', async () => (await held(queue)) === 0);
  expect(events).toEqual([['a#1'], ['b#1']]);
});

test('a function that fails at random does every message', async () => {
  const queue = await createQueue({ VisibilityTimeout: '1' });
  const bodies = Array.from({ length: 30 }, (_, index) => `m${index}`);
  await send(queue, bodies);
  const done = new Set<string>();
  let state = 391;
  const random = (): number => (state = (state * 48_271 + 11) % 2_147_483_647) / 2_147_483_647;
  const script = (records: readonly EventRecord[]): BatchOutcome => {
    const chance = random();
    if (chance < 0.2) return { kind: 'failed' };
    if (chance < 0.3) return { kind: 'refused' };
    const failed = records.filter(() => random() < 0.2);
    for (const record of records) if (!failed.includes(record)) done.add(record.body);
    return failing(...failed);
  };
  poll(queue, script, { reportBatchItemFailures: true, concurrency: 2, visibilityMs: 1000 });
  await until('the queue to be empty', async () => (await held(queue)) === 0, 40_000);
  expect([...done].toSorted()).toEqual(bodies.toSorted());
}, 60_000);

test('a queue that is out of reach is a warning, and polled again', async () => {
  const queue = await createQueue();
  const gone = { ...queue, url: `${moto.endpoint}/123456789012/absent` };
  const told = warnings.length;
  poll(gone, () => success);
  await until('two warnings', () => warnings.length >= told + 2);
  expect(warnings.at(-1)).toContain(queue.arn);
});
