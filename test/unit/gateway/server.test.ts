/** The running endpoint over an emulator that misbehaves. */
import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, expect, test } from '@jest/globals';
import { type Gateway, startGateway } from '../../../local/gateway/index.ts';

const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function listen(handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function gatewayOver(
  motoEndpoint: string,
): Promise<{ gateway: Gateway; s3: S3Client; warnings: string[] }> {
  const warnings: string[] = [];
  const gateway = await startGateway({
    motoEndpoint,
    account: '123456789012',
    region: 'us-east-1',
    onWarning: (line) => warnings.push(line),
  });
  stops.push(() => gateway.stop());
  const s3 = new S3Client({
    endpoint: gateway.endpoint,
    region: 'us-east-1',
    credentials: gateway.operator,
    maxAttempts: 1,
  });
  return { gateway, s3, warnings };
}

const EVENT_RULE = {
  name: 'r',
  arn: 'arn:aws:events:us-east-1:123456789012:rule/r',
  eventPattern: { source: ['aws.s3'] },
  targets: [{ id: 't', arn: 'arn:aws:sqs:us-east-1:123456789012:q' }],
};
const OPEN_QUEUE = {
  Statement: { Effect: 'Allow' as const, Principal: '*' as const, Action: 'sqs:*', Resource: '*' },
};

test('an emulator that is gone is an internal error that says where to look', async () => {
  const endpoint = await listen(() => undefined);
  await stops.pop()?.();
  const { s3, warnings } = await gatewayOver(endpoint);
  const call = s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x' }));
  await expect(call).rejects.toMatchObject({
    name: 'InternalError',
    message: 'The local AWS emulator does not answer: see its log.',
  });
  expect(warnings).toEqual(['PUT /b/k: The local AWS emulator does not answer: see its log.']);
});

test('an upload that its client gives up never arrives whole', async () => {
  const begun = Promise.withResolvers<undefined>();
  const closed = Promise.withResolvers<boolean>();
  const endpoint = await listen((request) => {
    request.once('data', () => {
      begun.resolve(undefined);
    });
    request.resume();
    request.once('close', () => {
      closed.resolve(request.complete);
    });
  });
  const { s3 } = await gatewayOver(endpoint);
  const abort = new AbortController();
  const body = async function* () {
    yield Buffer.alloc(400_000);
    await begun.promise;
    abort.abort();
    yield Buffer.alloc(200_000);
  };
  const command = new PutObjectCommand({
    Bucket: 'b',
    Key: 'k',
    Body: Readable.from(body()),
    ContentLength: 600_000,
  });
  await expect(s3.send(command, { abortSignal: abort.signal })).rejects.toThrow();
  expect(await closed.promise).toBe(false);
});

test('an answer that breaks off breaks off for the caller too', async () => {
  const endpoint = await listen((_request, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('x'.repeat(10));
    setImmediate(() => response.destroy());
  });
  const { s3 } = await gatewayOver(endpoint);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }));
  await expect(Body?.transformToByteArray()).rejects.toThrow();
});

test('a queue that fails for a moment gets its events all the same, in order', async () => {
  const received: string[] = [];
  let failures = 2;
  const endpoint = await listen((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (request.headers['x-amz-target'] === undefined) response.end();
      else if (failures-- > 0) response.writeHead(500).end('busy');
      else {
        const { Entries } = JSON.parse(body) as { Entries: { MessageBody: string }[] };
        for (const { MessageBody } of Entries)
          received.push(
            (JSON.parse(MessageBody) as { detail: { object: { key: string } } }).detail.object.key,
          );
        response.end('{}');
      }
    });
  });
  const { gateway, s3 } = await gatewayOver(endpoint);
  gateway.setBucketEventBridge('b', true);
  gateway.putQueuePolicy('arn:aws:sqs:us-east-1:123456789012:q', OPEN_QUEUE);
  gateway.putEventRule(EVENT_RULE);
  for (const Key of ['1', '2', '3']) await s3.send(new PutObjectCommand({ Bucket: 'b', Key, Body: 'x' }));
  await gateway.eventsSettled();
  expect(received).toEqual(['1', '2', '3']);
  expect(gateway.eventDeliveries()).toMatchObject({ matched: 3, delivered: 3, failed: 0 });
});

test('a port that is taken is named, with the next thing to try', async () => {
  const endpoint = await listen(() => undefined);
  const port = Number(new URL(endpoint).port);
  const start = startGateway({ motoEndpoint: endpoint, account: '1', region: 'us-east-1', port });
  await expect(start).rejects.toMatchObject({
    code: 'ENGINE_FAILED',
    message: `cannot listen on 127.0.0.1:${port}: another program listens there`,
    hint: 'stop that program or choose another port',
  });
});

test('a role whose policy is not modelled is refused whole and changes nothing', async () => {
  const { gateway } = await gatewayOver('http://127.0.0.1:9');
  const role = { name: 'r', arn: 'arn:aws:iam::123456789012:role/r', trust: { Statement: [] }, policies: [] };
  gateway.putRole(role);
  const Condition = { StringEquals: { 'aws:PrincipalOrgID': 'o' } };
  const document = {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow' as const, Action: '*', Resource: '*', Condition },
  };
  expect(() => {
    gateway.putRole({ ...role, policies: [{ name: 'wide', document }] });
  }).toThrow(
    'policy statement wide/#0: condition key aws:PrincipalOrgID is not modelled by the local gateway',
  );
  expect(gateway.checkRole('r', 's3:GetObject', 'arn:aws:s3:::b/k')).toContain(
    'is not authorized to perform',
  );
  expect(() => gateway.issueCredentials('nobody')).toThrow('role nobody is not registered');
  expect(() => {
    gateway.putRole({ ...role, managedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] });
  }).toThrow('managed policy arn:aws:iam::aws:policy/AdministratorAccess is not known');
});
