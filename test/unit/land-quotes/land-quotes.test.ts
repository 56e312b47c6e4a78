import { describe, expect, test } from '@jest/globals';
import { parseKafkaEvent } from '../../../core/kafka-event.ts';
import { rawKey } from '../../../core/layout.ts';
import { loadConfig } from '../../../lambdas/land-quotes/config.ts';
import { answer, QuoteLander, summarize } from '../../../lambdas/land-quotes/land-quotes.ts';
import { MemoryObjectStore } from '../../helpers/memory-object-store.ts';
import { CLUSTER_ARN, LOG_ID, makeRecord, range } from '../../helpers/records.ts';

function makeEvent(offsetsByPartition: Record<number, number[]>): unknown {
  const records = Object.entries(offsetsByPartition).map(([partition, offsets]) => [
    `quotes-${partition}`,
    offsets.map((offset) => ({ topic: 'quotes', partition: Number(partition), ...makeRecord(offset) })),
  ]);
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: CLUSTER_ARN,
    records: Object.fromEntries(records) as unknown,
  };
}

const failingOn = (partition: string): MemoryObjectStore =>
  new MemoryObjectStore({
    gate: {
      before: ({ action, key }) => {
        if (action === 'putIfAbsent' && key.includes(partition)) throw new Error('S3 is down');
      },
    },
  });

describe('landing an event', () => {
  test('lands each partition on its own', async () => {
    const store = new MemoryObjectStore();
    const outcomes = await new QuoteLander(store, 'quotes').land(
      parseKafkaEvent(makeEvent({ 0: [0, 1], 3: [7] })),
    );
    expect(store.keys()).toEqual(
      [0, 3].map((partition) => rawKey({ topic: 'quotes', logId: LOG_ID, partition }, 0)),
    );
    expect(summarize(outcomes)).toMatchObject({ records: 3, landed: 3, trimmed: 0, filled: 0 });
    expect(answer(outcomes, false)).toEqual({ batchItemFailures: [] });
  });

  test('remembers where each chain ends', async () => {
    const store = new MemoryObjectStore();
    const lander = new QuoteLander(store, 'quotes');
    await lander.land(parseKafkaEvent(makeEvent({ 0: [0], 1: [0] })));
    store.calls.length = 0;
    await lander.land(parseKafkaEvent(makeEvent({ 0: [1], 1: [1] })));
    expect(store.calls.map(({ action }) => action)).toEqual(['putIfAbsent', 'putIfAbsent']);
  });

  test('goes on with the other partitions when one fails', async () => {
    const store = failingOn('kafka_partition=0001');
    const outcomes = await new QuoteLander(store, 'quotes').land(
      parseKafkaEvent(makeEvent({ 0: [0], 1: [0, 1], 2: [0] })),
    );
    expect(store.objects.size).toBe(2);
    expect(summarize(outcomes)).toMatchObject({ records: 4, landed: 2 });
  });

  test('refuses records of another topic', async () => {
    await expect(
      new QuoteLander(new MemoryObjectStore(), 'trades').land(parseKafkaEvent(makeEvent({ 0: [0] }))),
    ).rejects.toMatchObject({
      code: 'EVENT_MALFORMED',
    });
  });
});

describe('the answer to the event source', () => {
  const land = async (): Promise<Awaited<ReturnType<QuoteLander['land']>>> =>
    new QuoteLander(failingOn('kafka_partition=0001'), 'quotes').land(
      parseKafkaEvent(makeEvent({ 0: [0], 1: range(5, 7) })),
    );

  test('is the error itself where partial answers would count as success', async () => {
    const outcomes = await land();
    expect(() => answer(outcomes, false)).toThrow('S3 is down');
  });

  test('names the failed partition’s first record and everything after it where they are understood', async () => {
    expect(answer(await land(), true)).toEqual({
      batchItemFailures: range(5, 7).map((offset) => ({ itemIdentifier: { partition: 'quotes-1', offset } })),
    });
  });

  test('is the error itself when nothing was landed', async () => {
    const outcomes = await new QuoteLander(failingOn('quotes'), 'quotes').land(
      parseKafkaEvent(makeEvent({ 0: [0] })),
    );
    expect(() => answer(outcomes, true)).toThrow('S3 is down');
  });
});

describe('configuration', () => {
  const env = { AWS_LAMBDA_FUNCTION_NAME: 'land', RAW_BUCKET: 'raw', TOPIC: 'quotes' };

  test('is read once', () => {
    expect(loadConfig(env)).toEqual({
      functionName: 'land',
      rawBucket: 'raw',
      topic: 'quotes',
      partialBatchResponse: false,
    });
  });

  test.each([
    [{ RAW_BUCKET: undefined }, /RAW_BUCKET is not set/],
    [{ TOPIC: '' }, /TOPIC is not set/],
    [{ PARTIAL_BATCH_RESPONSE: 'yes' }, /PARTIAL_BATCH_RESPONSE is "yes"/],
  ])('names the bad variable of %j', (bad, message) => {
    expect(() => loadConfig({ ...env, ...bad })).toThrow(message);
  });
});
