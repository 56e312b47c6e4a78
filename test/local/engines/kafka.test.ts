/** The broker itself: who gets in, what each may do, what is logged, and what is said when it does not start. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  type Admin,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import { readDecisions } from '../../../local/engines/kafka/authorizer-log.ts';
import { type Broker, startBroker } from '../../../local/engines/kafka.ts';
import { type Guard, startGuard } from '../../../local/supervisor/index.ts';
import { toolPaths } from '../../../local/tools.ts';
import { processIdentity } from '../../../scripts/setup/process.mjs';
import { createTopics } from '../../helpers/create-topics.ts';
import { until } from '../../helpers/until.ts';

/** What the verifier answers to a token: the role in it, for as long as it says; anything else is refused. */
const acceptRole = (token: string, lifetimeMs = 600_000): { status: number; body: object } =>
  token.startsWith('role.')
    ? { status: 200, body: { principal: token.slice(5), lifetimeMs: Date.now() + lifetimeMs } }
    : { status: 403, body: { message: 'no such role' } };
let verifyToken: (token: string) => { status: number; body: object } = acceptRole;

afterEach(() => {
  verifyToken = acceptRole;
});

let folder: string;
let guard: Guard;
let verifier: Server;
let verifyUrl: string;
let broker: Broker;
let admin: Admin;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerlake broker ü '));
  verifier = createServer((request, response) => {
    let token = '';
    request.on('data', (part: Buffer) => (token += part.toString()));
    request.on('end', () => {
      const { status, body } = verifyToken(token);
      response.writeHead(status).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => verifier.listen(0, '127.0.0.1', resolve));
  verifyUrl = `http://127.0.0.1:${String((verifier.address() as AddressInfo).port)}/token`;
  guard = await startGuard();
  broker = await startBroker(guard, { dir: join(folder, 'broker'), verifyUrl });
  admin = new Kafka({ brokers: [broker.bootstrapAdmin], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await createTopics(admin, [
    { topic: 'quotes', numPartitions: 4 },
    { topic: 'others', numPartitions: 1 },
  ]);
  await admin.createAcls({
    acl: [AclOperationTypes.WRITE, AclOperationTypes.READ].map((operation) => ({
      resourceType: AclResourceTypes.TOPIC,
      resourceName: 'quotes',
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: 'User:writer',
      host: '*',
      operation,
      permissionType: AclPermissionTypes.ALLOW,
    })),
  });
}, 120_000);

afterAll(async () => {
  await admin.disconnect();
  await guard.stopAll();
  verifier.closeAllConnections();
  verifier.close();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

async function client(token: string, ssl?: object): Promise<Kafka> {
  return new Kafka({
    brokers: [broker.bootstrapIam],
    ssl: ssl ?? { ca: [await readFile(broker.caFile)] },
    sasl: { mechanism: 'oauthbearer', oauthBearerProvider: () => Promise.resolve({ value: token }) },
    // Asked anew at the end of a token's life, not already 10 s before.
    reauthenticationThreshold: 0,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  });
}

/** Connects as the bearer of a token and lists what it may see. */
async function listTopics(token: string, ssl?: object): Promise<string[]> {
  const bearer = (await client(token, ssl)).admin();
  try {
    await bearer.connect();
    return await bearer.listTopics();
  } finally {
    await bearer.disconnect();
  }
}

/** The client learns nothing but that it is refused; the reason is in the broker's log. */
async function expectRefused(token: string, reason: string): Promise<void> {
  const before = await readFile(broker.logFile, 'utf8');
  await expect(listTopics(token)).rejects.toThrow();
  await until(reason, async () =>
    (await readFile(broker.logFile, 'utf8')).slice(before.length).includes(reason),
  );
}

async function produce(token: string, topic: string): Promise<unknown> {
  const producer = (await client(token)).producer();
  try {
    await producer.connect();
    return await producer.send({ topic, messages: [{ key: 'AAPL', value: 'a quote' }] });
  } finally {
    await producer.disconnect();
  }
}

describe('the IAM listener', () => {
  test('lets in whom the verifier names, with what its ACLs allow', async () => {
    expect(await listTopics('role.writer')).toEqual(['quotes']);
  });

  test('shows nothing to a principal without ACLs', async () => {
    expect(await listTopics('role.stranger')).toEqual([]);
  });

  test('refuses what the verifier refuses', async () => {
    await expectRefused('forged', 'token refused (403): no such role');
  });

  test.each([
    ['names no principal', 200, { lifetimeMs: Date.now() + 600_000 }],
    ['says 200 to an expired token', 200, { principal: 'writer', lifetimeMs: 1 }],
    ['fails', 500, { principal: 'writer', lifetimeMs: Date.now() + 600_000, message: 'no luck' }],
  ])('refuses everybody when the verifier %s', async (_case, status, body) => {
    verifyToken = () => ({ status, body });
    await expectRefused('role.writer', `token refused (${String(status)})`);
  });

  test('keeps nobody longer than the lifetime that the verifier gave', async () => {
    verifyToken = (token) => acceptRole(token, 1500);
    const bearer = (await client('role.writer')).admin();
    await bearer.connect();
    expect(await bearer.listTopics()).toEqual(['quotes']);
    verifyToken = () => ({ status: 403, body: { message: 'the role is gone' } });
    await until('the client is out', () =>
      bearer.listTopics().then(
        () => false,
        () => true,
      ),
    );
    await bearer.disconnect();
  }, 30_000);

  test('has a certificate that only its own PEM vouches for', async () => {
    await expect(listTopics('role.writer', { ca: [...rootCertificates] })).rejects.toThrow(
      /self-signed certificate/,
    );
  });

  test('has a certificate for localhost too', async () => {
    const ssl = { ca: [await readFile(broker.caFile)], servername: 'localhost' };
    expect(await listTopics('role.writer', ssl)).toEqual(['quotes']);
  });
});

describe('authorization', () => {
  test('lets a role write its topic', async () => {
    await expect(produce('role.writer', 'quotes')).resolves.toMatchObject([
      { topicName: 'quotes', errorCode: 0 },
    ]);
  });

  test('refuses a role another topic', async () => {
    await expect(produce('role.writer', 'others')).rejects.toThrow('Topic authorization failed');
  });

  test('never creates a topic because somebody names it', async () => {
    const producer = new Kafka({
      brokers: [broker.bootstrapAdmin],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
    }).producer({ allowAutoTopicCreation: true });
    await producer.connect();
    await expect(producer.send({ topic: 'typo', messages: [{ value: 'x' }] })).rejects.toThrow(
      'does not host this topic-partition',
    );
    await producer.disconnect();
    expect((await admin.listTopics()).sort()).toEqual(['others', 'quotes']);
  });

  test('leaves each decision in a log, with the ACL that made it', async () => {
    const decisions = await until('the decisions of this file', async () => {
      const all = await readDecisions(broker.authorizerLog);
      return all.some(({ isAllowed, operation }) => isAllowed && operation === 'WRITE') ? all : undefined;
    });
    expect(decisions).toContainEqual({
      principal: 'writer',
      isAllowed: true,
      operation: 'WRITE',
      resourceType: 'TOPIC',
      resourceName: 'quotes',
      request: 'Produce',
      acl: { resourceType: 'TOPIC', resourceName: 'quotes', patternType: 'LITERAL', operation: 'WRITE' },
    });
    expect(decisions).toContainEqual(
      expect.objectContaining({
        principal: 'writer',
        isAllowed: false,
        resourceName: 'others',
        acl: undefined,
      }),
    );
    expect(decisions.map(({ principal }) => principal)).not.toContain('ANONYMOUS');
  });
});

describe('a start', () => {
  test('refuses everybody when the verifier cannot be reached, and is the same cluster on the same folder', async () => {
    const dir = join(folder, 'second');
    const unreachable = { dir, verifyUrl: 'http://127.0.0.1:1/token' };
    const first = await startBroker(guard, unreachable);
    const bearer = new Kafka({
      brokers: [first.bootstrapIam],
      ssl: { ca: [await readFile(first.caFile)] },
      sasl: {
        mechanism: 'oauthbearer',
        oauthBearerProvider: () => Promise.resolve({ value: 'role.writer' }),
      },
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
    }).admin();
    await bearer.connect().catch(() => undefined); // kafkajs hides this refusal until the first request
    await expect(bearer.listTopics()).rejects.toThrow();
    await bearer.disconnect();
    expect(await readFile(first.logFile, 'utf8')).toContain('token not verified: java.net.ConnectException');
    await first.stop();
    expect(processIdentity(first.pid)).toBeUndefined();

    const again = await startBroker(guard, unreachable);
    expect(again.clusterId).toBe(first.clusterId);
    await again.stop();
    expect(first.clusterId).not.toBe(broker.clusterId);
  }, 60_000);

  test('on a port that is taken is an error which says so', async () => {
    const squatter = createTcpServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as AddressInfo;
    try {
      await expect(startBroker(guard, { dir: join(folder, 'busy'), verifyUrl, port })).rejects.toMatchObject({
        code: 'ENGINE_FAILED',
        message: expect.stringContaining('a port is already in use') as unknown,
      });
    } finally {
      squatter.close();
    }
  }, 60_000);

  test('that fails is an error with the reason and the log', async () => {
    const dir = join(folder, 'failing');
    const tools = { ...toolPaths(), kafkaClasspath: join(folder, 'nothing') };
    await expect(startBroker(guard, { dir, verifyUrl, tools })).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringMatching(
        /^the Kafka broker ended at its start \(exit code 1\): Error: Could not find or load main class/,
      ) as unknown,
      hint: `see ${join(dir, 'broker.log')}`,
    });
  });
});

test('a broker that is abandoned is gone at once', async () => {
  const own = await startBroker(guard, { dir: join(folder, 'abandoned'), verifyUrl });
  await own.abandon();
  expect(processIdentity(own.pid)).toBeUndefined();
  await expect(own.exited).resolves.toMatchObject({ signal: 'SIGKILL' });
}, 60_000);

describe('a restart', () => {
  /** Every value in the topic, in order, once that many different ones are read. */
  async function valuesIn(bootstrap: string, topic: string, count: number): Promise<string[]> {
    const consumer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).consumer({
      groupId: `reader-${topic}`,
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const values: string[] = [];
    await consumer.run({
      eachMessage: ({ message }) => {
        values.push(String(message.value));
        return Promise.resolve();
      },
    });
    await until(`${count} records`, () => new Set(values).size >= count);
    await consumer.disconnect();
    return values;
  }

  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'by %s keeps every acknowledged record, the ports and the cluster, and is no end',
    async (signal) => {
      const own = await startBroker(guard, { dir: join(folder, `restarted-${signal}`), verifyUrl });
      const { pid, clusterId, bootstrapAdmin, bootstrapIam } = own;
      let ended = false;
      void own.exited.then(() => {
        ended = true;
      });
      // Patient enough for a start on a busy machine.
      const retry = { retries: 200, maxRetryTime: 500 };
      const kafka = new Kafka({ brokers: [bootstrapAdmin], logLevel: logLevel.NOTHING, retry });
      const creator = kafka.admin();
      await creator.connect();
      await createTopics(creator, [{ topic: 'kept', numPartitions: 1 }]);
      await creator.disconnect();
      const producer = kafka.producer({ maxInFlightRequests: 1 });
      await producer.connect();
      const acknowledged: string[] = [];
      const produceUntil = async (done: () => boolean): Promise<void> => {
        while (!done()) {
          const value = String(acknowledged.length);
          await producer.send({ topic: 'kept', acks: -1, messages: [{ value }] });
          acknowledged.push(value);
        }
      };
      await produceUntil(() => acknowledged.length === 200);
      let restarted = false;
      const going = produceUntil(() => restarted);
      await own.restart({ signal });
      restarted = true;
      await going;
      await producer.disconnect();

      // One whose acknowledgement was lost may be there twice.
      const values = await valuesIn(bootstrapAdmin, 'kept', acknowledged.length);
      expect([...new Set(values)]).toEqual(acknowledged);
      expect(own).toMatchObject({ clusterId, bootstrapAdmin, bootstrapIam });
      expect(own.pid).not.toBe(pid);
      expect(processIdentity(pid)).toBeUndefined();
      expect(ended).toBe(false);
      process.kill(own.pid, 'SIGKILL');
      expect(await own.exited).toMatchObject({ signal: 'SIGKILL' });
    },
    90_000,
  );

  test('that fails ends the broker for whoever watches it', async () => {
    const tools = { ...toolPaths() };
    const own = await startBroker(guard, { dir: join(folder, 'lost'), verifyUrl, tools });
    tools.kafkaClasspath = join(folder, 'nothing');
    await expect(own.restart()).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    expect(await own.exited).toMatchObject({ signal: 'SIGKILL' });
  }, 60_000);
});
