/** The producer of derived topics against a real broker. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConfigResourceTypes, Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import { connectDerived, type DerivedRecord, WarmDerivedSender } from '../../adapters/derived-producer.ts';
import { TickerlakeError } from '../../core/errors.ts';
import { parseSourceHeaders } from '../../core/source-coordinates.ts';
import { parseWatchlist } from '../../core/watchlist.ts';
import { filterQuotes } from '../../lambdas/filter-quotes/filter-quotes.ts';
import { quotesOf, readerOfQuotes } from '../helpers/filter-stand.ts';
import { KafkaStand } from '../helpers/kafka-stand.ts';
import { LOG_ID } from '../helpers/records.ts';
import { until } from '../helpers/until.ts';

let stand: KafkaStand;
let kafka: Kafka;

beforeAll(async () => {
  stand = await KafkaStand.start();
  kafka = new Kafka({
    brokers: [stand.broker.bootstrapAdmin],
    logLevel: logLevel.NOTHING,
    retry: { retries: 2, initialRetryTime: 100 },
  });
}, 120_000);

afterAll(async () => {
  await (stand as KafkaStand | undefined)?.stop();
}, 60_000);

const PATIENCE = { patienceMs: 20_000 };
const SEVERAL_DIGITS_MS = [1_795_000_000_000, 999_999_999_999, 1_795_000_000_001];

function record(partition: number, fields: Partial<DerivedRecord> = {}): DerivedRecord {
  const headers = { first: 'A', second: 'Ä' };
  return { partition, key: Buffer.from('AAPL'), value: randomBytes(30), timestampMs: 1, headers, ...fields };
}

const senderTo = (topic: string): WarmDerivedSender =>
  new WarmDerivedSender(() => connectDerived(kafka, topic));

/** Everything in a topic, by partition. */
async function contentOf(topic: string, count: number): Promise<Record<number, KafkaMessage[]>> {
  const content: Record<number, KafkaMessage[]> = {};
  let seen = 0;
  const consumer = kafka.consumer({ groupId: `reader-${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ partition, message }) => {
      (content[partition] ??= []).push(message);
      seen += 1;
      return Promise.resolve();
    },
  });
  await until('the records to be read', () => Promise.resolve(seen >= count));
  await consumer.disconnect();
  return content;
}

test('bytes, headers and timestamps arrive in the partitions named, in order', async () => {
  const topic = await stand.createTopic(3);
  const sent = [
    record(2, { timestampMs: SEVERAL_DIGITS_MS[0] ?? 0 }),
    record(0, { key: null }),
    record(2, { timestampMs: SEVERAL_DIGITS_MS[1] ?? 0, key: Buffer.from([0, 255, 128]) }),
    record(2, { timestampMs: SEVERAL_DIGITS_MS[2] ?? 0 }),
  ];
  const sender = senderTo(topic);
  const acks = await sender.send(sent, PATIENCE);
  expect(acks.toSorted((a, b) => a.partition - b.partition)).toEqual([
    { partition: 0, firstOffset: 0n, records: 1 },
    { partition: 2, firstOffset: 0n, records: 3 },
  ]);
  expect(await sender.send(sent.slice(0, 1), PATIENCE)).toEqual([
    { partition: 2, firstOffset: 3n, records: 1 },
  ]);
  const content = await contentOf(topic, 5);
  const of2 = sent.filter(({ partition }) => partition === 2);
  expect(content[1]).toBeUndefined();
  expect(content[0]?.[0]?.key).toBeNull();
  expect(content[2]?.slice(0, 3).map(({ key, value, timestamp }) => ({ key, value, timestamp }))).toEqual(
    of2.map(({ key, value, timestampMs }) => ({ key, value, timestamp: String(timestampMs) })),
  );
  expect(Object.entries(content[2]?.[0]?.headers ?? {})).toEqual([
    ['first', Buffer.from('A')],
    ['second', Buffer.from('Ä')],
  ]);
}, 60_000);

test('a filtered record names its source as readers expect it', async () => {
  const topic = await stand.createTopic(2);
  const watchlist = parseWatchlist('{"symbols":["AAPL"]}');
  const ports = { reader: readerOfQuotes(), sender: senderTo(topic), remainingMs: () => 60_000 };
  const delivered = [quotesOf(1, ['ZM', 'AAPL'], 41)];
  const { filtered } = await filterQuotes(ports, delivered, { sourceTopic: 'quotes', watchlist });
  expect(filtered).toEqual([{ partition: 1, records: 1, firstOffset: '0', lastOffset: '0' }]);
  const [message] = (await contentOf(topic, 1))[1] ?? [];
  const headers = Object.entries(message?.headers ?? {}).map(([name, value]) => ({
    name,
    value: value as Buffer,
  }));
  expect(parseSourceHeaders(headers, 'quotes')).toEqual({
    logId: LOG_ID,
    topic: 'quotes',
    partition: 1,
    offset: 42,
  });
}, 60_000);

test('records of a partition that the topic lacks are an error, never dropped in silence', async () => {
  const topic = await stand.createTopic(2);
  const sending = senderTo(topic).send([record(0), record(2)], PATIENCE);
  await expect(sending).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', coordinates: { partition: 2 } });
}, 60_000);

test('a record above the topic’s limit goes in compressed, or is an error of its own, after which others go in', async () => {
  const topic = await stand.createTopic(1);
  await stand.admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: [{ name: 'max.message.bytes', value: '100000' }],
      },
    ],
  });
  const sender = senderTo(topic);
  const repetitive = record(0, { value: Buffer.alloc(300_000, 'quote ') });
  const isCompressed = true;
  await until('the limit to be in force', async () => {
    const sending = sender.send([record(0, { value: randomBytes(300_000) })], { ...PATIENCE, isCompressed });
    return sending.then(
      () => false,
      (error: unknown) => error instanceof TickerlakeError && error.code === 'RECORD_TOO_LARGE',
    );
  });
  await expect(sender.send([repetitive], PATIENCE)).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE' });
  expect(await sender.send([repetitive], { ...PATIENCE, isCompressed })).toHaveLength(1);
  expect(await sender.send([record(0)], PATIENCE)).toHaveLength(1);
}, 60_000);

test('a topic that is not there is an error, and is not created', async () => {
  await expect(senderTo('absent').send([record(0)], PATIENCE)).rejects.toMatchObject({
    code: 'KAFKA_UNAVAILABLE',
  });
  expect(await stand.admin.listTopics()).not.toContain('absent');
}, 60_000);
