/** Lets a lake do everything that its functions can do, good and bad, so that each of their calls is made at least once. */
import { randomUUID } from 'node:crypto';
import { CreatePartitionCommand } from '@aws-sdk/client-glue';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { createMessageQueue } from '../../adapters/queue.ts';
import { dirtyListing } from '../../cli/demo/dirty-listing.ts';
import { poisonRecords } from '../../cli/produce/poison-records.ts';
import type { CurationRequestResult, CurationSelection } from '../../core/curation-request.ts';
import { locations, parseRawKey } from '../../core/layout.ts';
import { lastSessionOpenedAt } from '../../core/market-calendar.ts';
import { functionName } from '../../core/names.ts';
import { QUOTE_FIELDS } from '../../core/quote.ts';
import { decodeRawFile } from '../../core/raw-file.ts';
import type { Receipt } from '../../core/receipt.ts';
import { TOPICS } from '../../core/topics.ts';
import type { LakeClient } from './lake-client.ts';
import { PLANTED } from './planted.ts';
import { until } from './until.ts';
import { runBatches } from './whole-run/batch.ts';
import {
  crawlDatabase,
  updateAndReplaceViews,
  updateDatabase,
  updateTopics,
} from './whole-run/deployments.ts';

const LISTING = 'reference/nasdaq_listed/nasdaqlisted.csv';
const TAPE = 'tapes/one.ndjson';
/** A day whose partition somebody else registers first. */
const FOREIGN_DAY = '2026-10-05';

/** How a topic's outputs are told from those of the other, and who reads it; each one after that which it is derived from. */
const LAKE_TOPICS = [
  { topic: TOPICS.quotes.name, kind: '', readers: ['land-quotes', 'filter-quotes'] },
  { topic: TOPICS.quotesFiltered.name, kind: 'Filtered', readers: ['land-quotes', 'serve-quotes'] },
] as const;
type LakeTopic = (typeof LAKE_TOPICS)[number];

/** Resolves when all that was produced is filtered, served, and curated or quarantined, and nothing is under way. */
export async function runEverything(client: LakeClient): Promise<void> {
  await produceFromEverySource(client);
  await fireSchedules(client);
  await untilSettled(client);
  // In a session, whenever this runs: outside of one the probe asks nothing. And once there are
  // partitions to list, which curation registers.
  const time = new Date(lastSessionOpenedAt(Date.now()).openMs + 60_000).toISOString();
  await client.invoke(client.output('operations', 'ProbeFreshnessFunctionName'), { time });
  for (const each of LAKE_TOPICS) {
    await deliverAgain(client, each);
    await untilSettled(client);
  }
  for (const each of LAKE_TOPICS) {
    await curateAgain(client, each);
    await requestCuration(client, each);
  }
  await crawlDatabase(client);
  await updateTopics(client);
  await updateDatabase(client);
  await updateAndReplaceViews(client);
  await runBatches(client);
  await client.lake.gateway.eventsSettled();
}

async function produceFromEverySource(client: LakeClient): Promise<void> {
  const Bucket = client.output('lake', 'LakeBucketName');
  const produce = client.output('pipeline', 'ProduceQuotesFunctionName');
  const quote = Object.fromEntries(QUOTE_FIELDS.map(({ name }) => [name, null]));
  const tape = `${JSON.stringify({ ...quote, symbol: 'AAPL', companyName: PLANTED, latestPrice: 1, latestUpdate: 1_795_000_000_000 })}\n`;
  const { text: listing } = dirtyListing(10, new Date());
  await client.s3.send(new PutObjectCommand({ Bucket, Key: LISTING, Body: listing }));
  await client.s3.send(new PutObjectCommand({ Bucket, Key: TAPE, Body: tape }));
  await registerForeignDay(client);

  await client.produce(500);
  const simulator = { start: `${FOREIGN_DAY}T14:30:00Z`, intervalMs: 60_000, fromTick: 0, records: 20 };
  await client.invoke(produce, { source: 'simulator', simulator, listingKey: LISTING });
  await client.invoke(produce, { source: 'tape', tape: { key: TAPE } });
  const absent = client.invoke(produce, { source: 'tape', tape: { key: 'tapes/absent.ndjson' } });
  await absent.then(
    () => {
      throw new Error('a tape that is not there was produced');
    },
    () => undefined,
  );
  await producePoison(client);
}

async function registerForeignDay(client: LakeClient): Promise<void> {
  const table = { DatabaseName: client.output('lake', 'DatabaseName'), TableName: 'quotes_curated' };
  const Location = `s3://${client.output('lake', 'LakeBucketName')}/curated/quotes/dt=${FOREIGN_DAY}/`;
  const PartitionInput = { Values: [FOREIGN_DAY], StorageDescriptor: { Location } };
  await client.glue.send(new CreatePartitionCommand({ ...table, PartitionInput }));
}

/** Through the runner's own door to the broker, so that no role is seen to do it. */
async function producePoison({ lake }: LakeClient): Promise<void> {
  const kafka = new Kafka({ brokers: [lake.broker.bootstrapAdmin], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  const messages = poisonRecords(randomUUID(), Date.now()).map(({ key, value }) => ({ key, value }));
  const value = Buffer.from(PLANTED);
  const planted = { key: `AAPL ${PLANTED}`, value, headers: { [PLANTED]: PLANTED } };
  for (const { topic } of LAKE_TOPICS) await producer.send({ topic, messages: [...messages, planted] });
  await producer.disconnect();
}

/** Fires the schedules of functions now instead of in minutes, and waits until each has invoked its own. */
async function fireSchedules({ lake }: LakeClient): Promise<void> {
  const schedules = [...lake.schedules.all].filter((schedule) => 'targetArn' in schedule);
  for (const schedule of schedules) {
    let isFired = false;
    const once = (afterMs: number): number | undefined => {
      if (isFired) return undefined;
      isFired = true;
      return afterMs + 1;
    };
    lake.schedules.add({ ...schedule, expression: { next: once } });
  }
  const invoked = (): number =>
    lake.gateway.calls.all().filter(({ action }) => action === 'lambda:InvokeFunction').length;
  lake.schedules.start();
  await until('the schedules to invoke their functions', () => invoked() >= schedules.length);
  lake.schedules.stop();
}

async function untilSettled(client: LakeClient): Promise<void> {
  const kafka = new Kafka({ brokers: [client.lake.broker.bootstrapAdmin], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    for (const each of LAKE_TOPICS) {
      await until(`all of ${each.topic} to be read`, () => isRead(client, admin, each), 90_000);
      const records = await endOf(admin, each.topic);
      const hasReceipts = async (): Promise<boolean> =>
        (await client.recordsWithReceipt(each.topic)) === records;
      await until(`a receipt for every record of ${each.topic}`, hasReceipts, 90_000);
    }
  } finally {
    await admin.disconnect();
  }
}

/** Whether every reader of the topic has committed its end: what it derives from it is there by then. */
async function isRead({ lake }: LakeClient, admin: Admin, { topic, readers }: LakeTopic): Promise<boolean> {
  const end = await endOf(admin, topic);
  for (const reader of readers) {
    const groupId = functionName(lake.stage, reader, reader === 'land-quotes' ? topic : undefined);
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const read = (committed?.partitions ?? []).reduce(
      (sum, { offset }) => sum + Math.max(0, Number(offset)),
      0,
    );
    if (read < end) return false;
  }
  return true;
}

/** Offsets of all partitions together. */
async function endOf(admin: Admin, topic: string): Promise<number> {
  const ends = await admin.fetchTopicOffsets(topic);
  return ends.reduce((sum, { high }) => sum + Number(high), 0);
}

/** What is done already, as by a poller that died before its commit: each reader looks what is there, or repeats what it did. */
async function deliverAgain(client: LakeClient, { topic, kind, readers }: LakeTopic): Promise<void> {
  const bucket = client.output('lake', 'RawBucketName');
  const records: Record<string, object[]> = {};
  for (const key of await client.keys(bucket, locations.raw(topic))) {
    const { partition = 0 } = parseRawKey(key) ?? {};
    const { Body } = await client.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const file = decodeRawFile(key, Buffer.from((await Body?.transformToByteArray()) ?? []));
    records[`${topic}-${partition}`] ??= file.records.slice(0, 5).map((record) => ({
      ...{ ...record, topic, partition },
      key: record.key?.toString('base64') ?? null,
      value: record.value?.toString('base64') ?? null,
      headers: record.headers.map(({ name, value }) => ({ [name]: [...(value ?? [])] })),
    }));
  }
  const event = { eventSource: 'aws:kafka', eventSourceArn: client.output('stream', 'ClusterArn'), records };
  for (const reader of readers) await client.invoke(functionOf(client, reader, kind), event);
}

/** By the stack's outputs. */
function functionOf(
  client: LakeClient,
  part: 'land-quotes' | 'filter-quotes' | 'serve-quotes',
  kind: LakeTopic['kind'],
): string {
  const names = {
    'land-quotes': `LandQuotes${kind}FunctionName`,
    'filter-quotes': 'FilterQuotesFunctionName',
    'serve-quotes': 'ServeQuotesFunctionName',
  } as const;
  return client.output('pipeline', names[part]);
}

/** As after a new version of the code that comes to fewer outputs than the receipt of the old names; and for an object that is gone. */
async function curateAgain(client: LakeClient, { topic, kind }: LakeTopic): Promise<void> {
  const [raw, lake] = [client.output('lake', 'RawBucketName'), client.output('lake', 'LakeBucketName')];
  for (const Key of await client.keys(lake, locations.receipts(topic))) {
    const receipt = JSON.parse(await client.text(lake, Key)) as Receipt;
    const older = {
      ...receipt,
      curationVersion: 0,
      curated: receipt.curated.map(({ key, rows }) => ({
        key: key.replace(/dt=[\d-]+/, 'dt=1999-12-31'),
        rows,
      })),
      quarantined: receipt.quarantined.map((record, index) => ({ ...record, offset: 1_000_000_000 + index })),
    };
    await client.s3.send(new PutObjectCommand({ Bucket: lake, Key, Body: JSON.stringify(older) }));
  }
  const keys = await client.keys(raw, locations.raw(topic));
  const absent = keys[0]?.replace(/\d{20}/, '9'.repeat(15).padStart(20, '0'));
  const message = (key = '', index = 0): object => ({
    messageId: String(index),
    body: JSON.stringify({ detail: { bucket: { name: raw }, object: { key } } }),
    attributes: { ApproximateReceiveCount: '2' },
  });
  const Records = [...keys, absent].map(message);
  const answer = await client.invoke(client.output('pipeline', `CurateQuotes${kind}FunctionName`), {
    Records,
  });
  if (JSON.stringify(answer) !== '{"batchItemFailures":[]}') throw new Error(JSON.stringify(answer));
}

/** As people do who repaired something: what is quarantined, and everything there is. */
async function requestCuration(client: LakeClient, { topic, kind }: LakeTopic): Promise<void> {
  const name = client.output('pipeline', `RequestCuration${kind}FunctionName`);
  for (const action of ['redrive', 'replay'] as const) {
    const selection: CurationSelection = { action };
    const { requested } = (await client.invoke(name, selection)) as CurationRequestResult;
    if (requested === 0) throw new Error(`nothing to ${action} of ${topic}`);
  }
  const queue = client.output('pipeline', `CurateQuotes${kind}QueueUrl`);
  const sqs = new SQSClient({
    endpoint: client.lake.endpoint,
    region: client.lake.region,
    credentials: client.lake.operator,
  });
  const messages = createMessageQueue(sqs, queue);
  await until('the requests to be worked off', async () => (await messages.count()) === 0, 90_000);
  sqs.destroy();
}
