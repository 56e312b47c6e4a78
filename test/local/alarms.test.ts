/** The alarms of stage dev on a running lake, whose clock for metrics is moved on instead of waited for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PurgeQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { STACKS, stackName } from '../../core/names.ts';
import type { AlarmStatus, CompositeStatus } from '../../local/cloudwatch/index.ts';
import type { Lake } from '../../local/lake.ts';
import { LakeClient } from '../helpers/lake-client.ts';
import { assemblyOf, type EditableTemplate, startTestLake, TestFolders } from '../helpers/local-lake.ts';
import { until } from '../helpers/until.ts';

const MINUTE_MS = 60_000;
/** Longer than an alarm of one period goes on with its last datapoint: three periods. */
const LONG_ENOUGH_MINUTES = 16;

const folders = new TestFolders();
const warnings: string[] = [];
let movedMs = 0;
let assembly: string;
let lake: Lake;
let client: LakeClient;
let sqs: SQSClient;

beforeAll(async () => {
  assembly = await assemblyOf('dev');
  lake = await startTestLake(folders, 'dev', assembly, {
    now: () => Date.now() + movedMs,
    onWarning: (line) => warnings.push(line),
  });
  client = new LakeClient(lake);
  sqs = new SQSClient({ endpoint: lake.endpoint, region: lake.region, credentials: lake.operator });
}, 120_000);

afterAll(async () => {
  (sqs as SQSClient | undefined)?.destroy();
  (client as LakeClient | undefined)?.close();
  await (lake as Lake | undefined)?.stop();
  folders.remove();
}, 60_000);

const pass = (minutes: number): void => void (movedMs += minutes * MINUTE_MS);

/** The one whose logical id begins so, but for CDK's hash. */
function alarm(name: string): AlarmStatus {
  const found = lake.alarms.all().find(({ logicalId }) => logicalId.slice(0, -8) === name);
  if (found === undefined) throw new Error(`there is no alarm ${name}`);
  return found;
}

function composite(name: string): CompositeStatus {
  const found = lake.alarms.composites().find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no composite alarm ${name}`);
  return found;
}

const told = (name: string): string[] => warnings.filter((line) => line.startsWith(`alarm ${name}: `));

/**
 * Waits while the clock runs ahead, tenfold unless said otherwise: what is asked for every few seconds has then a datapoint in
 * each minute still.
 */
async function passing(what: string, isSo: () => boolean, stepMs = 200): Promise<void> {
  await until(
    what,
    () => {
      movedMs += stepMs;
      return isSo();
    },
    90_000,
  );
}

function urlOf(name: string): string {
  const queue = lake.resources.find(
    ({ type, physicalId }) => type === 'AWS::SQS::Queue' && physicalId.endsWith(`/${name}`),
  );
  if (queue === undefined) throw new Error(`there is no queue ${name}`);
  return queue.physicalId;
}

describe('after the start', () => {
  test('every alarm of the templates is there, by the name of its resource', () => {
    const declared = STACKS.filter((part) => part !== 'dashboard').flatMap((part) => {
      const file = join(assembly, `${stackName('dev', part)}.template.json`);
      const { Resources } = JSON.parse(readFileSync(file, 'utf8')) as EditableTemplate;
      return Object.keys(Resources).filter((id) => Resources[id]?.Type === 'AWS::CloudWatch::Alarm');
    });
    const alarms = lake.alarms.all();
    expect(alarms.map(({ logicalId }) => logicalId).toSorted()).toEqual(declared.toSorted());
    const physicalIds = lake.resources
      .filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
      .map(({ physicalId }) => physicalId);
    expect(alarms.map(({ name }) => name).toSorted()).toEqual(physicalIds.toSorted());
  });

  test('all is well, but for the database, of which nothing local emits a metric', () => {
    const unseen = lake.alarms.all().filter(({ isObserved }) => !isObserved);
    expect(new Set(unseen.map(({ metric }) => metric.namespace))).toEqual(new Set(['AWS/RDS']));
    expect(unseen.map(({ reason }) => reason)).toContain(
      'nothing emits AWS/RDS CPUUtilization by DBInstanceIdentifier locally',
    );
    const seen = lake.alarms.all().filter(({ isObserved }) => isObserved);
    expect(seen.filter(({ state }) => state !== 'OK')).toEqual([]);
    expect(warnings.filter((line) => line.startsWith('alarm '))).toEqual([]);
  });

  test('nobody is needed', () => {
    const states = lake.alarms.composites().map(({ name, state }) => [name, state]);
    expect(states).toEqual([
      ['tickerlake-dev-freshness-burning', 'OK'],
      ['tickerlake-dev-needs-somebody-now', 'OK'],
      ['tickerlake-dev-needs-somebody-soon', 'OK'],
    ]);
  });
});

describe('an alarm goes off and is well again', () => {
  test('on a hundred quarantined records, which the function counts in its log', async () => {
    const kafka = new Kafka({ brokers: [lake.broker.bootstrapAdmin], logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    const messages = Array.from({ length: 100 }, () => ({ value: 'poison' }));
    await producer.send({ topic: 'quotes', messages });
    await producer.disconnect();
    await until(
      'a receipt for every one',
      async () => (await client.recordsWithReceipt()) === messages.length,
      60_000,
    );
    pass(1);
    await until('the alarm', () => alarm('QuotesCurationQuarantined').state === 'ALARM');
    expect(alarm('QuotesCurationQuarantined').datapoints.at(-1)?.value).toBe(messages.length);
    expect(told('QuotesCurationQuarantined')).toEqual([
      expect.stringMatching(
        /^alarm QuotesCurationQuarantined: ALARM — Sum of RecordsQuarantined in 5 min: 100 at \d\d:\d\d; 1 of 1 at or above 100; docs\/runbook\.md#quarantined-records$/,
      ),
    ]);
    expect(alarm('QuotesCurationQuarantineRate')).toMatchObject({
      state: 'ALARM',
      reason: expect.stringMatching(/^Value of percent quarantined in 15 min: 100 at .* at or above 5$/),
    });
    expect(composite('tickerlake-dev-needs-somebody-soon')).toMatchObject({
      state: 'ALARM',
      tells: true,
      reason: expect.stringContaining(alarm('QuotesCurationQuarantined').name),
    });
    expect(composite('tickerlake-dev-needs-somebody-now').state).toBe('OK');
    pass(LONG_ENOUGH_MINUTES);
    expect(alarm('QuotesCurationQuarantined').state).toBe('OK');
    pass(3 * LONG_ENOUGH_MINUTES);
    expect(alarm('QuotesCurationQuarantineRate').state).toBe('OK');
    expect(composite('tickerlake-dev-needs-somebody-soon').state).toBe('OK');
  }, 120_000);

  test('on a message in a dead-letter queue', async () => {
    const name = 'QuotesCurationDeadLettersArrived';
    const QueueUrl = urlOf(alarm(name).metric.dimensions['QueueName'] ?? '');
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));
    await passing('the alarm', () => alarm(name).state === 'ALARM');
    expect(told(name)).toHaveLength(1);
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
    await passing('an empty queue', () => alarm(name).datapoints.at(-1)?.value === 0);
    expect(alarm(name).state).toBe('OK');
  }, 120_000);

  test('on a function that fails in three periods, until it succeeds', async () => {
    const name = 'QuoteProducerProduceQuotesErrors';
    const functionName = client.output('pipeline', 'ProduceQuotesFunctionName');
    for (let period = 0; period < 3; period++) {
      expect(alarm(name).state).toBe('OK');
      await expect(client.invoke(functionName, { source: 'nowhere' })).rejects.toThrow();
      pass(5);
    }
    expect(alarm(name)).toMatchObject({
      state: 'ALARM',
      reason: expect.stringContaining('3 of 3 at or above 1 (3 make an alarm)'),
    });
    await client.produce(1);
    pass(5);
    expect(alarm(name).state).toBe('OK');
  }, 60_000);

  test('on messages that wait for half an hour, by their age', async () => {
    const name = 'QuotesCurationBacklog';
    // The queue has a clock of its own, which says when a message arrived.
    movedMs = 0;
    const QueueName = alarm(name).metric.dimensions['QueueName'] ?? '';
    const mapping = lake.sources.all.find(({ source }) => source === `queue ${QueueName}`);
    const poll = (enabled: boolean): unknown => lake.sources.setEnabled(mapping?.id ?? '', enabled);
    await until('the poller to be told', () => poll(false) !== 'busy');
    await until('the poller to end', () => !lake.sources.isEnabled(mapping?.id ?? ''));
    const QueueUrl = urlOf(QueueName);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));
    pass(30);
    await passing('the alarm', () => alarm(name).state === 'ALARM', 4 * 200);
    const ages = alarm(name)
      .datapoints.slice(-3)
      .map(({ value }) => value);
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(1800);
    expect(Math.max(...ages)).toBeLessThan(7200);
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
    pass(3 * LONG_ENOUGH_MINUTES);
    expect(alarm(name).state).toBe('OK');
    await until('the poller to be told', () => poll(true) !== 'busy');
  }, 180_000);
});

test('what consumers have still to process is asked of the broker', async () => {
  for (const name of ['QuotesLandingLag', 'QuoteFilterConsumerLag', 'QuoteServerConsumerLag']) {
    await passing('a datapoint', () => alarm(name).datapoints.at(-1)?.value === 0);
  }
}, 120_000);
