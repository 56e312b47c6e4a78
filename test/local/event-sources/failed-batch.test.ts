/** A batch that is given up, from a real topic into a bucket: https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startMoto } from '../../../local/engines/moto.ts';
import { AwsApi } from '../../../local/resources/aws-api.ts';
import { Destinations } from '../../../local/sources/destinations.ts';
import type { KafkaPollerPorts } from '../../../local/sources/kafka-session.ts';
import { type Guard, startGuard } from '../../../local/supervisor/index.ts';
import { KafkaStand, provisioned } from '../../helpers/kafka-stand.ts';
import { until } from '../../helpers/until.ts';

let stand: KafkaStand;
let folder: string;
let guard: Guard;
let api: AwsApi;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-failed-batch-'));
  guard = await startGuard();
  const [moto, broker] = await Promise.all([startMoto(guard, { dir: folder }), KafkaStand.start()]);
  stand = broker;
  api = new AwsApi(moto.endpoint, 'us-east-1', () => ({
    accessKeyId: 'AKIAEXAMPLE',
    secretAccessKey: 'secret',
    sessionToken: 'session',
  }));
  await api.rest('s3', 'PUT', '/failed');
}, 120_000);

afterAll(async () => {
  await (stand as KafkaStand | undefined)?.stop();
  await (guard as Guard | undefined)?.stopAll();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function keysOf(bucket: string): Promise<string[]> {
  const listing = await api.rest('s3', 'GET', `/${bucket}?list-type=2`);
  return [...listing.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key = '']) => key);
}

test('its document in the bucket holds the whole event, as the function got it', async () => {
  const topic = await stand.createTopic(2);
  await stand.produce(topic, [0, 1], 3);
  const events: string[] = [];
  const destinations = new Destinations(() => api);
  const divert: KafkaPollerPorts['divert'] = (payload, records, condition, attempts) =>
    destinations.sendBatchFailure('arn:aws:s3:::failed', 'land-role', {
      mappingId: 'm-1',
      functionArn: 'arn:aws:lambda:us-east-1:1:function:land',
      clusterArn: 'arn:cluster',
      bootstrapServers: stand.address.bootstrapServers,
      topic,
      condition,
      attempts,
      records,
      payload,
      atMs: Date.now(),
    });
  const invoke = (payload: Buffer): Promise<{ kind: 'failed' }> => {
    events.push(payload.toString());
    return Promise.resolve({ kind: 'failed' });
  };
  const retry = { ...provisioned, maximumRetryAttempts: 2, hasDestination: true };
  await stand.poller({ topic, retry, limits: { windowMs: 2000 } }, { invoke, divert }).start();
  await until('the commit', async () => String(await stand.committed(topic)) === '3,3', 30_000);
  // One attempt and two retries, all with the same records.
  expect(events).toHaveLength(3);
  expect(new Set(events).size).toBe(1);
  const keys = await keysOf('failed');
  expect(keys).toHaveLength(1);
  const document = JSON.parse(await api.rest('s3', 'GET', `/failed/${keys[0] ?? ''}`)) as Record<
    string,
    unknown
  >;
  expect(document).toMatchObject({
    requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
    KafkaBatchInfo: {
      batchSize: 6,
      payloadSize: events[0]?.length,
      recordsInfo: {
        [`${topic}-0`]: { firstRecordOffset: '0', lastRecordOffset: '2' },
        [`${topic}-1`]: { firstRecordOffset: '0', lastRecordOffset: '2' },
      },
    },
    payload: events[0],
  });
}, 60_000);
