/** Faults put between a client and its service, and between EventBridge and a queue. */
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Interception, Interceptor, SeenRequest } from '../../../local/gateway/index.ts';
import { ACCOUNT, allow, REGION, startTestEndpoint, type TestEndpoint } from '../../helpers/aws-endpoint.ts';
import { until } from '../../helpers/until.ts';

const BUCKET = 'lake';
/** More than sockets hold by themselves. */
const LARGE = 16 * 1024 * 1024;
const QUEUE_ARN = `arn:aws:sqs:${REGION}:${ACCOUNT}:changes`;
let endpoint: TestEndpoint;
let s3: S3Client;
let sqs: SQSClient;
let queueUrl: string;
const installed: Interceptor[] = [];

beforeAll(async () => {
  endpoint = await startTestEndpoint();
  s3 = new S3Client(endpoint.as());
  sqs = new SQSClient(endpoint.as());
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'changes' }));
  queueUrl = QueueUrl;
  endpoint.gateway.setBucketEventBridge(BUCKET, true);
  endpoint.gateway.putQueuePolicy(QUEUE_ARN, {
    Statement: { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: QUEUE_ARN },
  });
  endpoint.gateway.putEventRule({
    name: 'changes',
    arn: `arn:aws:events:${REGION}:${ACCOUNT}:rule/changes`,
    eventPattern: { source: ['aws.s3'], detail: { object: { key: [{ prefix: 'told/' }] } } },
    targets: [{ id: 'queue', arn: QUEUE_ARN }],
  });
}, 90_000);

afterEach(() => {
  for (const interceptor of installed.splice(0)) interceptor.remove();
});

afterAll(async () => {
  await endpoint.stop();
}, 30_000);

function intercept(...args: Parameters<TestEndpoint['gateway']['intercept']>): Interceptor {
  const interceptor = endpoint.gateway.intercept(...args);
  installed.push(interceptor);
  return interceptor;
}

function interceptEvents(...args: Parameters<TestEndpoint['gateway']['interceptEvents']>): Interceptor {
  const interceptor = endpoint.gateway.interceptEvents(...args);
  installed.push(interceptor);
  return interceptor;
}

const putsOf =
  (wanted: string) =>
  ({ operation, key }: SeenRequest): boolean =>
    operation === 'PutObject' && key === wanted;

const put = (Key: string, options: { abortSignal?: AbortSignal } = {}, Body = 'bytes') =>
  s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }), options);

const newOnly = (Key: string): PutObjectCommandInput => ({
  Bucket: BUCKET,
  Key,
  Body: 'x',
  IfNoneMatch: '*',
});

async function stored(Key: string): Promise<string | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    return await Body?.transformToString();
  } catch {
    return undefined;
  }
}

/** Keys that the queue tells of, in its order; the messages stay hidden. */
async function told(count: number): Promise<string[]> {
  const keys: string[] = [];
  await until(`${count} events`, async () => {
    const receive = new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 });
    const { Messages = [] } = await sqs.send(receive);
    for (const { Body = '' } of Messages)
      keys.push((JSON.parse(Body) as { detail: { object: { key: string } } }).detail.object.key);
    return keys.length >= count;
  });
  return keys;
}

describe('requests', () => {
  test('an interceptor sees who asks for what', async () => {
    const seen: SeenRequest[] = [];
    intercept(
      ({ service }) => service === 's3',
      ({ request, forward }) => {
        seen.push(request);
        void forward();
      },
    );
    const client = new S3Client(endpoint.role('reader', [allow('s3:*', '*')]));
    await client.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: 'who/a b+ü', Body: 'x', IfNoneMatch: '*' }),
    );
    await client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    expect(seen).toMatchObject([
      {
        service: 's3',
        operation: 'PutObject',
        role: 'reader',
        session: 'reader',
        bucket: BUCKET,
        key: 'who/a b+ü',
        headers: { 'if-none-match': '*' },
      },
      { operation: 'ListObjectsV2', bucket: BUCKET, key: undefined },
    ]);
  });

  test('an answer in the place of S3 reaches the client, and nothing is stored', async () => {
    const interceptor = intercept(putsOf('refused'), ({ respond }) => {
      respond({
        status: 503,
        headers: { 'content-type': 'application/xml' },
        body: '<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>',
      });
    });
    await expect(put('refused')).rejects.toMatchObject({
      name: 'SlowDown',
      $metadata: { httpStatusCode: 503 },
    });
    expect(await stored('refused')).toBeUndefined();
    expect(interceptor.fired).toBe(1);
  });

  test('an answer in the place of another service reaches the client', async () => {
    intercept(
      ({ service, operation }) => service === 'sts' && operation === 'GetCallerIdentity',
      ({ respond }) => {
        respond({
          status: 400,
          headers: { 'content-type': 'text/xml' },
          body: '<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>',
        });
      },
    );
    const sts = new STSClient(endpoint.as());
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'Throttling' });
  });

  test('what is forwarded is answered as the service does', async () => {
    await put('there');
    intercept(
      () => true,
      async ({ forward }) => {
        await forward();
      },
    );
    expect(await stored('there')).toBe('bytes');
    const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'there' }));
    expect(ContentLength).toBe(5);
    const { Deleted } = await s3.send(
      new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects: [{ Key: 'there' }] } }),
    );
    expect(Deleted).toEqual([{ Key: 'there' }]);
    await expect(s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'there' }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
  });

  test('a service’s refusal is what forward tells', async () => {
    await put('taken');
    const statuses: number[] = [];
    intercept(putsOf('taken'), async ({ forward }) => {
      statuses.push((await forward()).status);
    });
    await expect(s3.send(new PutObjectCommand(newOnly('taken')))).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    expect(statuses).toEqual([412]);
  });

  test('what is forwarded twice is done once', async () => {
    const statuses: number[] = [];
    intercept(putsOf('once'), async ({ forward }) => {
      statuses.push((await forward()).status, (await forward()).status);
    });
    await s3.send(new PutObjectCommand(newOnly('once')));
    expect(statuses).toEqual([200, 200]);
  });

  test('a reset after forwarding leaves the object, and the client without an answer', async () => {
    intercept(putsOf('unheard'), async ({ forward, reset }) => {
      expect((await forward()).status).toBe(200);
      reset();
    });
    await expect(put('unheard')).rejects.toThrow('socket hang up');
    expect(await stored('unheard')).toBe('bytes');
  });

  test('another answer after forwarding is the one that the client gets', async () => {
    const warned = endpoint.warnings.length;
    intercept(putsOf('unsure'), async ({ forward, respond }) => {
      await forward();
      respond({ status: 500, body: '<Error><Code>InternalError</Code></Error>' });
    });
    await expect(put('unsure')).rejects.toMatchObject({ name: 'InternalError' });
    expect(await stored('unsure')).toBe('bytes');
    expect(endpoint.warnings.slice(warned)).toEqual([]);
  });

  test('a request that is held is answered when it is forwarded later', async () => {
    const held: Interception[] = [];
    intercept(putsOf('held'), (interception) => {
      held.push(interception);
    });
    let answered = false;
    const call = put('held').then(() => {
      answered = true;
    });
    const interception = await until('the request', () => held[0]);
    expect(await stored('held')).toBeUndefined();
    expect(answered).toBe(false);
    await interception.forward();
    await call;
    expect(await stored('held')).toBe('bytes');
  });

  test('a held PUT whose client is gone is stored when it is forwarded, and told', async () => {
    const held: Interception[] = [];
    intercept(putsOf('told/late'), (interception) => {
      held.push(interception);
    });
    const client = new AbortController();
    const call = put('told/late', { abortSignal: client.signal }, 'x'.repeat(LARGE));
    const interception = await until('the request', () => held[0]);
    client.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(await interception.forward()).toMatchObject({ status: 200 });
    expect((await stored('told/late'))?.length).toBe(LARGE);
    expect(await told(1)).toEqual(['told/late']);
  });

  test('the newest that matches handles a request, and after its removal the one before', async () => {
    const older = intercept(putsOf('layers'), ({ respond }) => {
      respond({ status: 500 });
    });
    const other = intercept(putsOf('elsewhere'), ({ respond }) => {
      respond({ status: 500 });
    });
    const newer = intercept(putsOf('layers'), ({ respond }) => {
      respond({ status: 503 });
    });
    await expect(put('layers')).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    newer.remove();
    await expect(put('layers')).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
    older.remove();
    await put('layers');
    expect([older.fired, other.fired, newer.fired]).toEqual([1, 0, 1]);
  });

  test('what the caller may not do never gets to an interceptor', async () => {
    const interceptor = intercept(
      () => true,
      ({ respond }) => {
        respond({ status: 200 });
      },
    );
    const stranger = new S3Client(endpoint.role('stranger', []));
    await expect(
      stranger.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'x', Body: 'x' })),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(interceptor.fired).toBe(0);
  });

  test('an interceptor that fails is told, and so is its client', async () => {
    intercept(putsOf('broken'), () => {
      throw new Error('expected another key');
    });
    await expect(put('broken')).rejects.toMatchObject({ name: 'InternalError' });
    expect(endpoint.warnings.at(-1)).toBe('PUT /lake/broken: expected another key');
  });

  test('while the endpoint is cut nobody is answered, and after its return on the same port everybody', async () => {
    const held: Interception[] = [];
    intercept(putsOf('cut'), (interception) => {
      held.push(interception);
    });
    const waiting = put('cut');
    waiting.catch(() => undefined);
    await until('the request', () => held.length > 0);
    const { reopen } = await endpoint.gateway.cut();
    await expect(waiting).rejects.toThrow('socket hang up');
    await expect(stored('cut')).resolves.toBeUndefined();
    await expect(put('elsewhere')).rejects.toThrow('ECONNREFUSED');
    await reopen();
    await put('elsewhere');
    expect(await stored('elsewhere')).toBe('bytes');
  });
});

describe('events', () => {
  test('an event that is not delivered is lost', async () => {
    const interceptor = interceptEvents(({ key }, deliver) => (key === 'told/lost' ? undefined : deliver()));
    await put('told/lost');
    await put('told/kept');
    expect(await told(1)).toEqual(['told/kept']);
    expect(interceptor.fired).toBe(2);
  });

  test('an event that is delivered twice arrives twice, with its queue and body seen before', async () => {
    interceptEvents(async ({ key, queueArn, body }, deliver) => {
      expect({ key, queueArn }).toEqual({ key: 'told/twice', queueArn: QUEUE_ARN });
      expect(JSON.parse(body)).toMatchObject({ detail: { object: { key } } });
      await deliver();
      await deliver();
    });
    await put('told/twice');
    expect(await told(2)).toEqual(['told/twice', 'told/twice']);
  });

  test('events can be held, and delivered in another order', async () => {
    const held: (() => Promise<void>)[] = [];
    interceptEvents((_event, deliver) => {
      held.unshift(deliver);
    });
    for (const key of ['told/1', 'told/2', 'told/3']) await put(key);
    await endpoint.gateway.eventsSettled();
    for (const deliver of held) await deliver();
    expect(await told(3)).toEqual(['told/3', 'told/2', 'told/1']);
  });

  test('an interceptor of events that fails is told', async () => {
    interceptEvents(() => {
      throw new Error('expected another key');
    });
    await put('told/broken');
    expect(endpoint.warnings.at(-1)).toBe(
      'rule changes: the interceptor of its events failed: Error: expected another key',
    );
  });
});
