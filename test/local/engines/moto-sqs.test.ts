/** What moto's SQS knows and local/engines/moto/sqs_mends.py has it tell. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startMoto } from '../../../local/engines/moto.ts';
import { type Guard, startGuard } from '../../../local/supervisor/index.ts';
import { until } from '../../helpers/until.ts';

/** None that the SDK knows, for it is none of SQS. */
const OLDEST_ARRIVAL = 'TickerlakeOldestArrival' as QueueAttributeName;

/** The first call of a service takes the emulator a while. */
const TIMEOUT_MS = 60_000;

let folder: string;
let guard: Guard;
let sqs: SQSClient;
let QueueUrl: string;
let queues = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-moto-'));
  guard = await startGuard();
  const { endpoint } = await startMoto(guard, { dir: folder });
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'unused' };
  sqs = new SQSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}, TIMEOUT_MS);

beforeEach(async () => {
  QueueUrl = await create();
}, TIMEOUT_MS);

afterAll(async () => {
  sqs.destroy();
  await guard.stopAll();
  await rm(folder, { recursive: true, force: true });
});

async function create(Attributes: Record<string, string> = {}): Promise<string> {
  const QueueName = `queue-${String(++queues)}`;
  // Received messages are visible again at once.
  const command = new CreateQueueCommand({
    QueueName,
    Attributes: { VisibilityTimeout: '0', ...Attributes },
  });
  return (await sqs.send(command)).QueueUrl ?? '';
}

const send = (): Promise<unknown> => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'm' }));

async function receive(MaxNumberOfMessages = 1): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages }));
  return Messages;
}

async function oldestArrivalMs(url = QueueUrl): Promise<number | undefined> {
  const AttributeNames = [OLDEST_ARRIVAL];
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames }));
  const arrived = Attributes?.[OLDEST_ARRIVAL];
  return arrived === undefined ? undefined : Number(arrived);
}

async function passTime(): Promise<number> {
  const begin = Date.now();
  await until('the clock to go on', () => Date.now() > begin + 5);
  return Date.now();
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html: ApproximateAgeOfOldestMessage. */
describe('the arrival of the oldest message', () => {
  test(
    'is that of the one that was sent first and is not deleted',
    async () => {
      expect(await oldestArrivalMs()).toBeUndefined();
      const begin = Date.now();
      await send();
      const between = await passTime();
      await send();
      const arrived = (await oldestArrivalMs()) ?? 0;
      expect(arrived).toBeGreaterThanOrEqual(begin);
      expect(arrived).toBeLessThan(between);
      const [first] = await receive();
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
      expect(await oldestArrivalMs()).toBeGreaterThanOrEqual(between);
    },
    TIMEOUT_MS,
  );

  test(
    'is not that of a message that was received three times',
    async () => {
      await send();
      for (const receives of [1, 2]) {
        await until(`receive ${String(receives)}`, async () => (await receive()).length === 1);
        expect(await oldestArrivalMs()).toBeDefined();
      }
      await until('receive 3', async () => (await receive()).length === 1);
      expect(await oldestArrivalMs()).toBeUndefined();
    },
    TIMEOUT_MS,
  );

  test(
    'is in a dead-letter queue when the message was moved there',
    async () => {
      const deadLetters = QueueUrl;
      const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
      const deadLetterTargetArn = (await sqs.send(asked)).Attributes?.QueueArn;
      QueueUrl = await create({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 }) });
      await send();
      await until('the one receive', async () => (await receive()).length === 1);
      const received = await passTime();
      await until('the move', async () => {
        await receive();
        return oldestArrivalMs(deadLetters);
      });
      expect(await oldestArrivalMs(deadLetters)).toBeGreaterThanOrEqual(received);
    },
    TIMEOUT_MS,
  );

  test(
    'is told to nobody who asks for all attributes',
    async () => {
      await send();
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      );
      expect(Object.keys(Attributes ?? {})).not.toContain(OLDEST_ARRIVAL);
    },
    TIMEOUT_MS,
  );
});

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
test(
  'a message that becomes visible again is in one count or the other at every moment',
  async () => {
    QueueUrl = await create({ VisibilityTimeout: '1' });
    const messages = 40;
    await Promise.all(Array.from({ length: messages }, send));
    // Some at a time: the first must not be visible again before the last is taken.
    while ((await receive(10)).length > 0);
    const AttributeNames: QueueAttributeName[] = [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible',
    ];
    const sums = new Set<number>();
    await until('all to be visible again', async () => {
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
      const [visible = 0, notVisible = 0] = AttributeNames.map((name) => Number(Attributes[name]));
      sums.add(visible + notVisible);
      return visible === messages;
    });
    expect([...sums]).toEqual([messages]);
  },
  TIMEOUT_MS,
);
