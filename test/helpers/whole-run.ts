/** Lets a lake do everything that its functions can do, good and bad, so that each of their calls is made at least once. */
import { randomUUID } from 'node:crypto';
import { CreatePartitionCommand, GetTableCommand, UpdateTableCommand } from '@aws-sdk/client-glue';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Kafka, logLevel } from 'kafkajs';
import { createMessageQueue } from '../../adapters/queue.ts';
import { poisonRecords } from '../../cli/demo/poison-records.ts';
import type { CurationRequestResult, CurationSelection } from '../../core/curation-request.ts';
import { parseRawKey } from '../../core/layout.ts';
import { functionName } from '../../core/names.ts';
import { QUOTE_FIELDS } from '../../core/quote.ts';
import { decodeRawFile } from '../../core/raw-file.ts';
import type { Receipt } from '../../core/receipt.ts';
import { TOPICS } from '../../core/topics.ts';
import type { LakeClient } from './lake-client.ts';
import { until } from './until.ts';

const LISTING = 'reference/nasdaq_listed/listing.csv';
const TAPE = 'tapes/one.ndjson';
/** A day whose partition somebody else registers first. */
const FOREIGN_DAY = '2026-10-05';

/** Resolves when all that was produced is curated or quarantined, and nothing is under way. */
export async function runEverything(client: LakeClient): Promise<void> {
  await produceFromEverySource(client);
  await fireSchedules(client);
  await until('a receipt for every record', () => hasAllReceipts(client), 90_000);
  await deliverAgain(client);
  await curateAgain(client);
  await requestCuration(client);
  await updateTopics(client);
  await updateAndDeleteView(client);
  await client.lake.gateway.eventsSettled();
}

async function produceFromEverySource(client: LakeClient): Promise<void> {
  const Bucket = client.output('lake', 'LakeBucketName');
  const produce = client.output('pipeline', 'ProduceQuotesFunctionName');
  const quote = Object.fromEntries(QUOTE_FIELDS.map(({ name }) => [name, null]));
  const tape = `${JSON.stringify({ ...quote, symbol: 'AAPL', latestPrice: 1, latestUpdate: 1_795_000_000_000 })}\n`;
  const listing = 'Symbol,Security Name\nAAPL,Apple Inc. - Common Stock\n';
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
  await producer.send({ topic: TOPICS.quotes.name, messages });
  await producer.disconnect();
}

/** Fires the schedules now instead of in minutes, and waits until each has invoked its function. */
async function fireSchedules({ lake }: LakeClient): Promise<void> {
  const schedules = [...lake.schedules.all];
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

async function hasAllReceipts(client: LakeClient): Promise<boolean> {
  const kafka = new Kafka({
    brokers: [client.lake.broker.bootstrapAdmin],
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(TOPICS.quotes.name);
  await admin.disconnect();
  return (await client.recordsWithReceipt()) === ends.reduce((sum, { high }) => sum + Number(high), 0);
}

/** What is landed already, as by a poller that died before its commit: land-quotes looks what is there. */
async function deliverAgain(client: LakeClient): Promise<void> {
  const bucket = client.output('lake', 'RawBucketName');
  const records: Record<string, object[]> = {};
  for (const key of await client.keys(bucket, 'quotes/')) {
    const { topic = '', partition = 0 } = parseRawKey(key) ?? {};
    const { Body } = await client.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const file = decodeRawFile(key, Buffer.from((await Body?.transformToByteArray()) ?? []));
    records[`${topic}-${partition}`] ??= file.records.slice(0, 5).map((record) => ({
      ...{ ...record, topic, partition },
      key: record.key?.toString('base64') ?? null,
      value: record.value?.toString('base64') ?? null,
    }));
  }
  await client.invoke(client.output('pipeline', 'LandQuotesFunctionName'), {
    eventSource: 'aws:kafka',
    eventSourceArn: client.output('stream', 'ClusterArn'),
    records,
  });
}

/** As after a new version of the code that comes to fewer outputs than the receipt of the old names; and for an object that is gone. */
async function curateAgain(client: LakeClient): Promise<void> {
  const [raw, lake] = [client.output('lake', 'RawBucketName'), client.output('lake', 'LakeBucketName')];
  for (const Key of await client.keys(lake, 'receipts/')) {
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
  const keys = await client.keys(raw, 'quotes/');
  const absent = keys[0]?.replace(/\d{20}/, '9'.repeat(15).padStart(20, '0'));
  const message = (key = '', index = 0): object => ({
    messageId: String(index),
    body: JSON.stringify({ detail: { bucket: { name: raw }, object: { key } } }),
    attributes: { ApproximateReceiveCount: '2' },
  });
  const Records = [...keys, absent].map(message);
  const answer = await client.invoke(client.output('pipeline', 'CurateQuotesFunctionName'), { Records });
  if (JSON.stringify(answer) !== '{"batchItemFailures":[]}') throw new Error(JSON.stringify(answer));
}

/** As people do who repaired something: what is quarantined, and everything there is. */
async function requestCuration(client: LakeClient): Promise<void> {
  const name = client.output('pipeline', 'RequestCurationFunctionName');
  for (const action of ['redrive', 'replay'] as const) {
    const selection: CurationSelection = { action };
    const { requested } = (await client.invoke(name, selection)) as CurationRequestResult;
    if (requested === 0) throw new Error(`nothing to ${action}`);
  }
  const queue = client.output('pipeline', 'CurateQuotesQueueUrl');
  const sqs = new SQSClient({
    endpoint: client.lake.endpoint,
    region: client.lake.region,
    credentials: client.lake.operator,
  });
  const messages = createMessageQueue(sqs, queue);
  await until('the requests to be worked off', async () => (await messages.count()) === 0, 90_000);
  sqs.destroy();
}

/** Sends a custom resource's function what CloudFormation would, and waits for its answer. */
async function deploy(
  client: LakeClient,
  name: 'manage-topics' | 'manage-views',
  request: { RequestType: 'Update' | 'Delete'; PhysicalResourceId: string; ResourceProperties: object },
): Promise<void> {
  const { url, response } = client.lake.gateway.addCfnResponseTarget();
  await client.invoke(functionName(client.lake.stage, name), {
    ...request,
    ResponseURL: url,
    StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/update/1',
    RequestId: randomUUID(),
    ResourceType: 'Custom::Update',
    LogicalResourceId: 'Updated',
  });
  const { Status, Reason } = await response;
  if (Status !== 'SUCCESS') throw new Error(`${name}: ${Reason ?? 'no reason'}`);
}

/** One partition more and another retention. */
async function updateTopics(client: LakeClient): Promise<void> {
  const { name, partitions } = TOPICS.quotes;
  const config = { 'retention.ms': String(3 * 86_400_000) };
  await deploy(client, 'manage-topics', {
    RequestType: 'Update',
    PhysicalResourceId: 'topics',
    ResourceProperties: {
      ClusterArn: client.output('stream', 'ClusterArn'),
      Topics: [{ name, partitions: String(partitions + 1), replicationFactor: '-1', config }],
    },
  });
}

/** Brings a view that older code rendered up to date, then deletes it with its stack. */
async function updateAndDeleteView(client: LakeClient): Promise<void> {
  const DatabaseName = client.output('lake', 'DatabaseName');
  const { Table } = await client.glue.send(new GetTableCommand({ DatabaseName, Name: 'quotes' }));
  const { ViewOriginalText = '', Parameters, PartitionKeys, StorageDescriptor, TableType } = Table ?? {};
  const older = ViewOriginalText.replace(/[\w+/]+=* \*\/$/, (encoded) => {
    const view = JSON.parse(Buffer.from(encoded, 'base64').toString()) as { originalSql: string };
    const sql = `${view.originalSql} WHERE true`;
    return `${Buffer.from(JSON.stringify({ ...view, originalSql: sql })).toString('base64')} */`;
  });
  await client.glue.send(
    new UpdateTableCommand({
      DatabaseName,
      TableInput: {
        Name: 'quotes',
        ViewOriginalText: older,
        Parameters,
        PartitionKeys,
        StorageDescriptor,
        TableType,
      },
    }),
  );
  const request = {
    PhysicalResourceId: `${DatabaseName}.quotes`,
    ResourceProperties: { DatabaseName, ViewName: 'quotes' },
  };
  await deploy(client, 'manage-views', { RequestType: 'Update', ...request });
  await deploy(client, 'manage-views', { RequestType: 'Delete', ...request });
}
