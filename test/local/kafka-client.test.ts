/** Our Kafka adapters against a real broker: IAM tokens over TLS, partitions, acknowledgements, topics. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import type { KafkaClient } from '@aws-sdk/client-kafka';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { connectKafka } from '../../adapters/kafka.ts';
import { connectSender, type OutgoingRecord, type RecordSender } from '../../adapters/kafka-producer.ts';
import { connectTopicAdmin, type TopicAdmin } from '../../adapters/kafka-topics.ts';
import { NASDAQ_SYMBOLS } from '../../core/nasdaq-symbols.ts';
import { manageTopics } from '../../lambdas/manage-topics/manage-topics.ts';
import { type Broker, startBroker } from '../../local/engines/kafka.ts';
import { type Guard, startGuard } from '../../local/supervisor/index.ts';
import { toolPaths } from '../../local/tools.ts';
import { until } from '../helpers/until.ts';

let guard: Guard;
let broker: Broker;
let verifier: Server;
let folder: string;
let admin: TopicAdmin;
const tokens: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-kafka-'));
  verifier = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      tokens.push(Buffer.concat(parts).toString());
      response.end(JSON.stringify({ principal: 'operator', lifetimeMs: Date.now() + 600_000 }));
    });
  });
  await new Promise<void>((resolve) => verifier.listen(0, '127.0.0.1', resolve));
  const { port } = verifier.address() as AddressInfo;
  guard = await startGuard();
  broker = await startBroker(guard, { dir: folder, verifyUrl: `http://127.0.0.1:${port}/token` });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), await readFile(broker.caFile, 'utf8')]);
  admin = await connectTopicAdmin(await connect());
}, 120_000);

afterAll(async () => {
  // What did not start is not there to be stopped, and the guard has to go in any case.
  await (admin as TopicAdmin | undefined)?.close();
  await (guard as Guard | undefined)?.stopAll();
  verifier.closeAllConnections();
  verifier.close();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

/** The Kafka API and the credentials of a function, as far as the adapter asks them. */
function clientOf(bootstrap: string | undefined): KafkaClient {
  return {
    config: {
      region: () => Promise.resolve('eu-west-1'),
      credentials: () =>
        Promise.resolve({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' }),
    },
    send: () => Promise.resolve({ BootstrapBrokerStringSaslIam: bootstrap }),
  } as unknown as KafkaClient;
}

async function connect(): Promise<Kafka> {
  return connectKafka({
    client: clientOf(broker.bootstrapIam),
    clusterArn: 'arn:aws:kafka:x',
    clientId: 'test',
  });
}

async function createTopic(partitions: number): Promise<string> {
  const name = `t-${randomBytes(6).toString('hex')}`;
  const options = { signal: AbortSignal.timeout(30_000), wait };
  await manageTopics(admin, [{ name, partitions, replicationFactor: -1, config: {} }], options);
  return name;
}

async function wait(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

function records(keys: readonly Buffer[]): OutgoingRecord[] {
  return keys.map((key) => ({ key, value: Buffer.from('value'), timestampMs: 1_795_000_000_000 }));
}

async function endOffsets(topic: string): Promise<Record<number, string>> {
  const plain = new Kafka({ brokers: [broker.bootstrapAdmin], logLevel: logLevel.NOTHING }).admin();
  await plain.connect();
  try {
    const offsets = await plain.fetchTopicOffsets(topic);
    return Object.fromEntries(offsets.map(({ partition, high }) => [partition, high]));
  } finally {
    await plain.disconnect();
  }
}

async function withSender<T>(topic: string, use: (sender: RecordSender) => Promise<T>): Promise<T> {
  const sender = await connectSender(await connect(), topic);
  try {
    return await use(sender);
  } finally {
    await sender.close();
  }
}

test('a token is a presigned call of kafka-cluster:Connect in the client’s region', () => {
  const url = new URL(Buffer.from(tokens.at(-1) ?? '', 'base64url').toString());
  expect(url.hostname).toBe('kafka.eu-west-1.amazonaws.com');
  expect(url.searchParams.get('Action')).toBe('kafka-cluster:Connect');
  expect(url.searchParams.get('X-Amz-Credential')).toMatch(
    /^AKIAEXAMPLE\/\d{8}\/eu-west-1\/kafka-cluster\/aws4_request$/,
  );
});

test('a cluster without an IAM listener is a clear error', async () => {
  const options = { client: clientOf(undefined), clusterArn: 'arn:aws:kafka:x', clientId: 'test' };
  await expect(connectKafka(options)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
});

describe('sender', () => {
  test('reports offsets without gap, of each partition, as the broker has them', async () => {
    const topic = await createTopic(4);
    const keys = NASDAQ_SYMBOLS.map(({ symbol }) => Buffer.from(symbol));
    const placed = new Map<string, number>();
    await withSender(topic, async (sender) => {
      const next = [0n, 0n, 0n, 0n];
      for (let batch = 0; batch < 5; batch += 1) {
        const seen = new Set<number>();
        for (const { partition, firstOffset, positions } of await sender.send(records(keys))) {
          expect(firstOffset).toBe(next[partition]);
          next[partition] = firstOffset + BigInt(positions.length);
          for (const position of positions) {
            seen.add(position);
            placed.set(String(keys[position]), partition);
          }
        }
        expect(seen.size).toBe(keys.length);
      }
      expect(await endOffsets(topic)).toEqual(
        Object.fromEntries(next.map((end, partition) => [partition, String(end)])),
      );
    });
    expect(placed.size).toBe(keys.length);
  });

  test('a topic that is not there is an error, and is not created', async () => {
    const sending = withSender('absent', async (sender) => sender.send(records([Buffer.from('A')])));
    await expect(sending).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
    expect(await admin.describe('absent')).toBeUndefined();
  }, 60_000);

  test.each([4, 7])(
    'puts 10,000 keys into the partitions that the Java client puts them into, of %i',
    async (count) => {
      const keys = [
        ...NASDAQ_SYMBOLS.map(({ symbol }) => Buffer.from(symbol)),
        Buffer.alloc(0),
        Buffer.from('BRK.Ä'),
        ...Array.from({ length: 9_840 }, (_, i) => randomBytes(1 + (i % 23))),
      ];
      const [ours, javas] = [await createTopic(count), await createTopic(count)];
      const partitions: (number | undefined)[] = [];
      await withSender(ours, async (sender) => {
        for (let at = 0; at < keys.length; at += 1000) {
          for (const { partition, positions } of await sender.send(records(keys.slice(at, at + 1000)))) {
            for (const position of positions) partitions[at + position] = partition;
          }
        }
      });
      expect(keys.length).toBeGreaterThanOrEqual(10_000);
      expect(await javaPartitions(javas, keys)).toEqual(partitions);
      expect(new Set(partitions).size).toBe(count);
    },
    120_000,
  );
});

async function javaPartitions(topic: string, keys: readonly Buffer[]): Promise<number[]> {
  const { java, kafkaClasspath } = toolPaths();
  const program = join(import.meta.dirname, 'java/Partitions.java');
  const child = spawn(java, ['-cp', kafkaClasspath, program, broker.bootstrapAdmin, topic]);
  child.stdin.end(keys.map((key) => `${key.toString('hex')}\n`).join(''));
  const [output, errors]: [string[], string[]] = [[], []];
  child.stdout.on('data', (part: Buffer) => output.push(part.toString()));
  child.stderr.on('data', (part: Buffer) => errors.push(part.toString()));
  const status = await new Promise((resolve) => child.on('close', resolve));
  if (status !== 0) throw new Error(`java ended with ${String(status)}: ${errors.join('').slice(-2000)}`);
  return output.join('').trim().split('\n').map(Number);
}

describe('topics', () => {
  const options = () => ({ signal: AbortSignal.timeout(60_000), wait });

  test('are created, raised and configured, and what others set stays', async () => {
    const name = `t-${randomBytes(6).toString('hex')}`;
    const topic = { name, partitions: 2, replicationFactor: -1, config: { 'retention.ms': '3600000' } };
    await manageTopics(admin, [topic], options());
    expect(await admin.describe(name)).toEqual({ partitions: 2, config: topic.config });

    await admin.replaceConfig(name, { ...topic.config, 'max.message.bytes': '2000000' });
    // The controller has acknowledged; the broker that is asked hears of it a little later.
    await until(
      'the broker to know',
      async () => (await admin.describe(name))?.config['max.message.bytes'] === '2000000',
    );
    await manageTopics(
      admin,
      [{ ...topic, partitions: 3, config: { 'retention.ms': '7200000' } }],
      options(),
    );
    expect(await admin.describe(name)).toEqual({
      partitions: 3,
      config: { 'retention.ms': '7200000', 'max.message.bytes': '2000000' },
    });
    expect(await manageTopics(admin, [{ ...topic, partitions: 3, config: {} }], options())).toEqual(
      new Map([[name, 'none']]),
    );
  });

  test('are not lowered', async () => {
    const name = await createTopic(3);
    const lowered = manageTopics(
      admin,
      [{ name, partitions: 2, replicationFactor: -1, config: {} }],
      options(),
    );
    await expect(lowered).rejects.toMatchObject({ code: 'TOPIC_PARTITIONS_LOWERED' });
    expect((await admin.describe(name))?.partitions).toBe(3);
  });

  test('a configuration that the broker refuses is told in its words', async () => {
    const bad = {
      name: 'bad-config',
      partitions: 1,
      replicationFactor: -1,
      config: { 'retention.ms': 'long' },
    };
    await expect(manageTopics(admin, [bad], options())).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      message: expect.stringMatching(/create topic bad-config.*configuration/i),
    });
  });
});
