import { beforeEach, describe, expect, test } from '@jest/globals';
import type { DerivedSender } from '../../../adapters/derived-producer.ts';
import { TickerlakeError } from '../../../core/errors.ts';
import { answerBatch } from '../../../core/kafka-batch-response.ts';
import type { DeliveredPartition } from '../../../core/kafka-event.ts';
import { parseWatchlist } from '../../../core/watchlist.ts';
import { loadConfig } from '../../../lambdas/filter-quotes/config.ts';
import {
  BEGIN_RESERVE_MS,
  END_RESERVE_MS,
  type Filtering,
  type FilterOptions,
  type FilterPorts,
  filterQuotes,
} from '../../../lambdas/filter-quotes/filter-quotes.ts';
import { DerivedTopic, quotesOf, readerOfQuotes, senderOf } from '../../helpers/filter-stand.ts';
import { base64, LOG, LOG_ID, makeRecord, quoteRecord } from '../../helpers/records.ts';

const watchlist = parseWatchlist('{"symbols":["AAPL","MSFT"]}');

let topic: DerivedTopic;
let sender: ReturnType<typeof senderOf>;

beforeEach(() => {
  topic = new DerivedTopic();
  sender = senderOf(topic);
});

async function filter(
  delivered: readonly DeliveredPartition[],
  ports: Partial<FilterPorts> = {},
  options: Partial<FilterOptions> = {},
): Promise<Filtering> {
  return filterQuotes({ reader: readerOfQuotes(), sender, remainingMs: () => 60_000, ...ports }, delivered, {
    sourceTopic: 'quotes',
    watchlist,
    ...options,
  });
}

/** Fails the sends of these numbers, counted from 0. */
function failing(error: Error, ...numbers: readonly number[]): DerivedSender {
  let count = -1;
  return {
    send: (records, options) => {
      count += 1;
      return numbers.includes(count) ? Promise.reject(error) : sender.send(records, options);
    },
  };
}

const ONE_A_SEND = { limits: { records: 1, bytes: 1_000_000 } };

describe('the filter', () => {
  test('keeps what is watched, each in the partition and order that it comes from', async () => {
    const filtering = await filter([
      quotesOf(2, ['MSFT', 'ZM', 'AAPL', 'MSFT'], 40),
      quotesOf(0, ['ZM', 'AAPL'], 7),
      quotesOf(1, ['ZM']),
    ]);
    expect(topic.sources).toEqual({ 2: ['2/40', '2/42', '2/43'], 0: ['0/8'] });
    expect(sender.sends).toHaveLength(1);
    expect(filtering).toMatchObject({
      examined: 7,
      unreadable: 0,
      filtered: [
        { partition: 0, records: 1, firstOffset: '0', lastOffset: '0' },
        { partition: 2, records: 3, firstOffset: '0', lastOffset: '2' },
      ],
    });
    expect(answerBatch(filtering.partitions, true)).toEqual({ batchItemFailures: [] });
  });

  test('repeats key, value and timestamp, and names the source in headers alone', async () => {
    const headers = [{ name: 'trace', value: Buffer.from('1') }];
    const source = quoteRecord(12, { symbol: 'AAPL' }, { key: base64('another key'), headers });
    const withoutKey = quoteRecord(13, { symbol: 'AAPL' }, { key: null });
    await filter([{ ...LOG, records: [source, withoutKey] }]);
    const [first, second] = sender.sends[0] ?? [];
    expect(first?.value.toString('base64')).toBe(source.value);
    expect(first).toMatchObject({ key: Buffer.from('another key'), timestampMs: source.timestamp });
    expect(second?.key).toBeNull();
    expect(first?.headers).toEqual({
      'tickerlake-source-log-id': LOG_ID,
      'tickerlake-source-topic': 'quotes',
      'tickerlake-source-partition': '3',
      'tickerlake-source-offset': '12',
    });
  });

  test('passes over records that the lake quarantines, and counts them', async () => {
    const records = [
      makeRecord(0),
      makeRecord(1, { value: null }),
      quoteRecord(2, { symbol: 'AAPL', latestPrice: -1 }),
      quoteRecord(3, { symbol: 'AAPL' }),
    ];
    const filtering = await filter([{ ...LOG, records }]);
    expect(topic.sources).toEqual({ 3: ['3/3'] });
    expect(filtering).toMatchObject({ examined: 4, unreadable: 3 });
  });

  test('sends nothing, and connects to no broker, where nothing is watched', async () => {
    const filtering = await filter([quotesOf(0, ['ZM'])]);
    expect(sender.sends).toEqual([]);
    expect(answerBatch(filtering.partitions, false)).toEqual({ batchItemFailures: [] });
  });

  test('refuses records of another topic', async () => {
    const other = { ...quotesOf(0, ['AAPL']), topic: 'quotes_filtered' };
    await expect(filter([quotesOf(1, ['AAPL']), other])).rejects.toMatchObject({ code: 'EVENT_MALFORMED' });
    expect(sender.sends).toEqual([]);
  });

  test('sends nothing where the registry does not answer', async () => {
    const reader = { read: () => Promise.reject(new Error('registry is down')) };
    await expect(filter([quotesOf(0, ['AAPL'])], { reader })).rejects.toThrow('registry is down');
    expect(sender.sends).toEqual([]);
  });
});

describe('a send that fails', () => {
  const down = new TickerlakeError('KAFKA_UNAVAILABLE', 'not acknowledged');

  test('fails each partition from its first watched record on that was not acknowledged, and sends no more', async () => {
    const delivered = [
      quotesOf(0, ['AAPL', 'ZM', 'AAPL', 'ZM', 'AAPL'], 10),
      quotesOf(1, ['ZM', 'MSFT'], 20),
      quotesOf(2, ['ZM'], 30),
    ];
    const { partitions } = await filter(delivered, { sender: failing(down, 1) }, ONE_A_SEND);
    expect(topic.sources).toEqual({ 0: ['0/10'], 1: ['1/21'] });
    expect(partitions.map(({ failure }) => failure)).toEqual([
      { error: down, fromOffset: 12 },
      undefined,
      undefined,
    ]);
    expect(answerBatch(partitions, true).batchItemFailures).toEqual(
      [12, 13, 14].map((offset) => ({ itemIdentifier: { partition: 'quotes-0', offset } })),
    );
    expect(() => answerBatch(partitions, false)).toThrow('not acknowledged');
  });

  test('at first is the error of the event, also where partial answers are taken', async () => {
    const { partitions } = await filter([quotesOf(0, ['AAPL'])], { sender: failing(down, 0) });
    expect(() => answerBatch(partitions, true)).toThrow('not acknowledged');
  });

  test('is not begun when too little time is left for it', async () => {
    const times = [BEGIN_RESERVE_MS, BEGIN_RESERVE_MS, BEGIN_RESERVE_MS - 1];
    const remainingMs = (): number => times.shift() ?? 0;
    const { partitions } = await filter([quotesOf(0, ['AAPL', 'AAPL'])], { remainingMs }, ONE_A_SEND);
    expect(topic.sources).toEqual({ 0: ['0/0'] });
    expect(partitions[0]?.failure).toMatchObject({ error: { code: 'KAFKA_UNAVAILABLE' }, fromOffset: 1 });
  });

  test('is waited for until shortly before the time is up', async () => {
    const patience: number[] = [];
    const asked: DerivedSender = {
      send: (records, options) => {
        patience.push(options.patienceMs);
        return sender.send(records, options);
      },
    };
    await filter([quotesOf(0, ['AAPL'])], { sender: asked, remainingMs: () => 10_000 });
    expect(patience).toEqual([10_000 - END_RESERVE_MS]);
  });
});

describe('a record too large for a batch', () => {
  const tooLarge = new TickerlakeError('RECORD_TOO_LARGE', 'too large');
  const limits = { records: 100, bytes: 400 };
  const large = quoteRecord(1, { symbol: 'AAPL', companyName: 'x'.repeat(400) });
  const delivered: DeliveredPartition[] = [
    { ...LOG, records: [quoteRecord(0), large, quoteRecord(2)] },
    quotesOf(1, ['AAPL']),
  ];

  test('is sent alone and compressed', async () => {
    const compressed: boolean[] = [];
    const asked: DerivedSender = {
      send: (records, options) => {
        compressed.push(options.isCompressed ?? false);
        return sender.send(records, options);
      },
    };
    await filter(delivered, { sender: asked }, { limits });
    expect(topic.sources).toEqual({ 3: ['3/0', '3/1', '3/2'], 1: ['1/0'] });
    expect(compressed).toEqual([false, true, false]);
  });

  test('is passed over where the topic does not take it even so, and holds up nothing', async () => {
    const filtering = await filter(delivered, { sender: failing(tooLarge, 1) }, { limits });
    expect(topic.sources).toEqual({ 3: ['3/0', '3/2'], 1: ['1/0'] });
    expect(filtering.tooLarge).toEqual([{ partition: 3, offset: 1 }]);
    expect(answerBatch(filtering.partitions, false)).toEqual({ batchItemFailures: [] });
  });

  test('is not what an ordinary batch is taken for: that fails', async () => {
    const { partitions } = await filter(delivered, { sender: failing(tooLarge, 0) }, { limits });
    expect(() => answerBatch(partitions, false)).toThrow('too large');
  });
});

describe('configuration', () => {
  const env = {
    AWS_LAMBDA_FUNCTION_NAME: 'filter',
    CLUSTER_ARN: 'arn:aws:kafka:x',
    SOURCE_TOPIC: 'quotes',
    TOPIC: 'quotes_filtered',
    WATCHLIST_PARAMETER: '/tickerlake/dev/watchlist',
    REGISTRY_NAME: 'tickerlake-dev',
    SCHEMA_NAME: 'quotes',
    RAW_BUCKET: 'raw',
    LAKE_START: '2000-01-01',
  };

  test('is read once', () => {
    expect(loadConfig(env)).toEqual({
      functionName: 'filter',
      clusterArn: 'arn:aws:kafka:x',
      sourceTopic: 'quotes',
      topic: 'quotes_filtered',
      watchlistParameter: '/tickerlake/dev/watchlist',
      registryName: 'tickerlake-dev',
      schemaName: 'quotes',
      rawBucket: 'raw',
      lakeStartMs: Date.parse('2000-01-01'),
      partialBatchResponse: false,
    });
  });

  test.each([
    [{ WATCHLIST_PARAMETER: undefined }, /WATCHLIST_PARAMETER is not set/],
    [{ SOURCE_TOPIC: '' }, /SOURCE_TOPIC is not set/],
    [{ LAKE_START: '1990' }, /LAKE_START is "1990"/],
    [{ PARTIAL_BATCH_RESPONSE: 'yes' }, /PARTIAL_BATCH_RESPONSE is "yes"/],
  ])('names the bad variable of %j', (bad, message) => {
    expect(() => loadConfig({ ...env, ...bad })).toThrow(message);
  });
});
