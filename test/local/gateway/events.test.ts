/** S3 events to queues: https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html */

import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EventRule, PolicyDocument } from '../../../local/gateway/index.ts';
import { ACCOUNT, allow, REGION, startTestEndpoint, type TestEndpoint } from '../../helpers/aws-endpoint.ts';

let endpoint: TestEndpoint;
let s3: S3Client;
let sqs: SQSClient;

beforeAll(async () => {
  endpoint = await startTestEndpoint();
  s3 = new S3Client(endpoint.as());
  sqs = new SQSClient(endpoint.as());
}, 90_000);

afterAll(async () => {
  await endpoint.stop();
}, 30_000);

const queueArn = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
const ruleArn = (name: string): string => `arn:aws:events:${REGION}:${ACCOUNT}:rule/${name}`;

/** A bucket that tells EventBridge, a rule for its raw/ keys and the queue the events go to. */
async function wire(
  name: string,
  options: { policy?: boolean; rule?: Partial<EventRule> } = {},
): Promise<string> {
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  endpoint.gateway.setBucketEventBridge(name, true);
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  if (options.policy !== false) endpoint.gateway.putQueuePolicy(queueArn(name), letIn(name));
  endpoint.gateway.putEventRule({
    name,
    arn: ruleArn(name),
    eventPattern: {
      source: ['aws.s3'],
      detail: { bucket: { name: [name] }, object: { key: [{ prefix: 'raw/' }] } },
    },
    targets: [{ id: 'queue', arn: queueArn(name) }],
    ...options.rule,
  });
  return QueueUrl;
}

const letIn = (name: string): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: queueArn(name),
    Condition: { ArnEquals: { 'aws:SourceArn': ruleArn(name) } },
  },
});

async function received(QueueUrl: string): Promise<unknown[]> {
  await endpoint.gateway.eventsSettled();
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return Messages.map(({ Body = '' }) => JSON.parse(Body) as unknown);
}

const put = (Bucket: string, Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));

test('a write that the pattern fits arrives in the queue as S3 would tell it', async () => {
  const url = await wire('told');
  await put('told', 'raw/log_id=x/0 +ü.avro');
  await put('told', 'curated/0.parquet');
  expect(await received(url)).toEqual([
    {
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Object Created',
      source: 'aws.s3',
      account: ACCOUNT,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: REGION,
      resources: ['arn:aws:s3:::told'],
      detail: {
        version: '0',
        bucket: { name: 'told' },
        object: {
          key: 'raw/log_id=x/0 +ü.avro',
          size: 5,
          etag: '5d41402abc4b2a76b9719d911017c592',
          sequencer: expect.stringMatching(/^[0-9A-F]+$/),
        },
        'request-id': expect.any(String),
        requester: ACCOUNT,
        'source-ip-address': '127.0.0.1',
        reason: 'PutObject',
      },
    },
  ]);
});

test('copies and deletions are told too, and in order', async () => {
  const url = await wire('changes');
  await put('changes', 'raw/a');
  await s3.send(new CopyObjectCommand({ Bucket: 'changes', Key: 'raw/b', CopySource: 'changes/raw/a' }));
  await s3.send(new DeleteObjectCommand({ Bucket: 'changes', Key: 'raw/a' }));
  const events = (await received(url)) as {
    detail: { reason: string; object: { size?: number; sequencer: string } };
  }[];
  expect(events.map(({ detail }) => [detail.reason, detail.object.size])).toEqual([
    ['PutObject', 5],
    ['CopyObject', 5],
    ['DeleteObject', undefined],
  ]);
  const sequencers = events.map(({ detail }) => detail.object.sequencer);
  expect([...sequencers].sort()).toEqual(sequencers);
});

test('a write that fails tells nothing', async () => {
  const url = await wire('failing');
  await put('failing', 'raw/a');
  const again = new PutObjectCommand({ Bucket: 'failing', Key: 'raw/a', Body: 'x', IfNoneMatch: '*' });
  await expect(s3.send(again)).rejects.toThrow();
  expect(await received(url)).toHaveLength(1);
});

test('a bucket with EventBridge off tells nothing', async () => {
  const url = await wire('silent');
  endpoint.gateway.setBucketEventBridge('silent', false);
  await put('silent', 'raw/a');
  expect(await received(url)).toEqual([]);
});

test('a disabled rule delivers nothing', async () => {
  const url = await wire('disabled', { rule: { state: 'DISABLED' } });
  await put('disabled', 'raw/a');
  expect(await received(url)).toEqual([]);
});

test('a queue whose policy does not let the rule in gets nothing, and the refusal is told', async () => {
  const url = await wire('closed', { policy: false });
  const { failed } = endpoint.gateway.eventDeliveries();
  await put('closed', 'raw/a');
  expect(await received(url)).toEqual([]);
  expect(endpoint.gateway.eventDeliveries()).toMatchObject({ failed: failed + 1 });
  expect(endpoint.warnings.at(-1)).toBe(
    `rule closed could not deliver to ${queueArn('closed')}: User: events.amazonaws.com is not authorized to perform: sqs:SendMessage on resource: ${queueArn('closed')} because no resource-based policy allows the sqs:SendMessage action`,
  );
});

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
test('a match of a rule counts once, target or not, and a delivery that fails for good as well', async () => {
  const counted: string[] = [];
  endpoint.gateway.registerRuleMetrics((metric, ruleName) => counted.push(`${metric} ${ruleName}`));
  await wire('counted');
  await wire('uncounted', { policy: false });
  await wire('untargeted', { rule: { targets: [] } });
  for (const bucket of ['counted', 'uncounted', 'untargeted']) await put(bucket, 'raw/a');
  await put('counted', 'curated/a');
  await endpoint.gateway.eventsSettled();
  expect(counted.toSorted()).toEqual([
    'FailedInvocations uncounted',
    'TriggeredRules counted',
    'TriggeredRules uncounted',
    'TriggeredRules untargeted',
  ]);
});

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html#compatibility-with-aws-services */
test('an encrypted queue also needs its key to let EventBridge in', async () => {
  const url = await wire('encrypted');
  const key = `arn:aws:kms:${REGION}:${ACCOUNT}:key/q`;
  endpoint.gateway.setQueueKey(queueArn('encrypted'), key);
  await put('encrypted', 'raw/a');
  expect(await received(url)).toEqual([]);
  endpoint.gateway.putKeyPolicy(key, {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com', AWS: `arn:aws:iam::${ACCOUNT}:root` },
      Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
      Resource: '*',
    },
  });
  await put('encrypted', 'raw/b');
  expect(await received(url)).toHaveLength(1);
});

test('what cannot be delivered goes to the dead-letter queue of the target', async () => {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'letters' }));
  await wire('lettered', {
    policy: false,
    rule: { targets: [{ id: 'queue', arn: queueArn('lettered'), deadLetterArn: queueArn('letters') }] },
  });
  endpoint.gateway.putQueuePolicy(queueArn('letters'), {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: '*',
    },
  });
  await put('lettered', 'raw/a');
  expect(await received(QueueUrl)).toMatchObject([{ 'detail-type': 'Object Created' }]);
});

test('thousands of writes are told once each', async () => {
  const url = await wire('many');
  const keys = Array.from({ length: 60 }, (_, index) => `raw/${index}`);
  await Promise.all(keys.map((key) => put('many', key)));
  const seen: string[] = [];
  for (let batch = await received(url); batch.length > 0; batch = await received(url))
    seen.push(...(batch as { detail: { object: { key: string } } }[]).map(({ detail }) => detail.object.key));
  expect(seen.sort()).toEqual(keys.sort());
});

test('events that a function puts reach rules as well', async () => {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'custom' }));
  endpoint.gateway.putQueuePolicy(queueArn('custom'), letIn('custom'));
  endpoint.gateway.putEventRule({
    name: 'custom',
    arn: ruleArn('custom'),
    eventPattern: { source: ['lake'] },
    targets: [{ id: 'q', arn: queueArn('custom'), inputPath: '$.detail' }],
  });
  const bus = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`;
  const sender = new EventBridgeClient(endpoint.role('sender', [allow('events:PutEvents', bus)]));
  const entry = { Source: 'lake', DetailType: 'x', Detail: '{"a":1}' };
  const { FailedEntryCount, Entries } = await sender.send(
    new PutEventsCommand({ Entries: [entry, { ...entry, Detail: 'no' }] }),
  );
  expect({ FailedEntryCount, code: Entries?.[1]?.ErrorCode }).toEqual({
    FailedEntryCount: 1,
    code: 'MalformedDetail',
  });
  expect(await received(QueueUrl)).toEqual([{ a: 1 }]);
});

test('a rule with an operator or a target that is not modelled is refused by name', () => {
  const rule = { name: 'r', arn: ruleArn('r'), targets: [] };
  expect(() => {
    endpoint.gateway.putEventRule({ ...rule, eventPattern: { source: [{ cidr: '10.0.0.0/8' }] } });
  }).toThrow('operator cidr');
  const targets = [{ id: 't', arn: 'arn:aws:sns:us-east-1:123456789012:topic' }];
  expect(() => {
    endpoint.gateway.putEventRule({ ...rule, targets, eventPattern: { source: ['x'] } });
  }).toThrow('rule r: target arn:aws:sns');
});
