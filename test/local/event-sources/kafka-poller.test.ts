/** The Kafka poller on a real broker: https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { SourceRecord } from '../../../local/sources/kafka-records.ts';
import type { BatchOutcome } from '../../../local/sources/kafka-retry.ts';
import { expectAllDone } from '../../helpers/expect-all-done.ts';
import {
  failing,
  KafkaStand,
  names,
  provisioned,
  recordsOf,
  ScriptedFunction,
  success,
} from '../../helpers/kafka-stand.ts';
import { until } from '../../helpers/until.ts';

let stand: KafkaStand;

beforeAll(async () => {
  stand = await KafkaStand.start();
}, 120_000);

afterEach(async () => {
  await stand.stopPollers();
}, 60_000);

afterAll(async () => {
  await (stand as KafkaStand | undefined)?.stop();
}, 60_000);

const DEADLINE_MS = { done: 60_000, committed: 30_000 };

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching */
describe('batches', () => {
  test('take records of several partitions, each in order, never more than the batch size', async () => {
    const topic = await stand.createTopic(3);
    await stand.produce(topic, [0, 1, 2], 12);
    const land = new ScriptedFunction();
    await stand.poller({ topic, limits: { windowMs: 1000 } }, land).start();
    await expectAllDone(stand, land, topic, [12, 12, 12], DEADLINE_MS);
    expect(land.events.every(({ length }) => length <= 10)).toBe(true);
    expect(new Set(land.events[0]?.map((name) => name.slice(0, 2))).size).toBeGreaterThan(1);
  }, 60_000);

  test('gather for a window', async () => {
    const topic = await stand.createTopic(1);
    const land = new ScriptedFunction();
    await stand.poller({ topic, limits: { windowMs: 3000 } }, land).start();
    await stand.produce(topic, [0], 1);
    await stand.produce(topic, [0], 1);
    await expectAllDone(stand, land, topic, [2], DEADLINE_MS);
    expect(land.events).toEqual([['p0@0', 'p0@1']]);
  }, 60_000);

  test('are cut before they pass 6 MB', async () => {
    const topic = await stand.createTopic(1);
    for (let i = 0; i < 3; i++) await stand.produce(topic, [0], 1, 1_600_000);
    const land = new ScriptedFunction();
    await stand.poller({ topic, limits: { windowMs: 3000 } }, land).start();
    await expectAllDone(stand, land, topic, [3], DEADLINE_MS);
    expect(land.events).toEqual([['p0@0', 'p0@1'], ['p0@2']]);
  }, 60_000);
});

describe('a function that fails', () => {
  test('at random still does every record of each partition, in order', async () => {
    const topic = await stand.createTopic(3);
    await stand.produce(topic, [0, 1, 2], 40);
    let state = 391;
    const random = (): number => (state = (state * 48_271 + 11) % 2_147_483_647) / 2_147_483_647;
    const land = new ScriptedFunction((records): BatchOutcome => {
      const chance = random();
      const record = records[Math.floor(random() * records.length)];
      if (chance < 0.2) return { kind: 'failed' };
      if (chance < 0.3) return { kind: 'refused' };
      return chance < 0.6 && record !== undefined ? failing(record) : success;
    });
    const retry = { ...provisioned, reportBatchItemFailures: true, bisectBatchOnFunctionError: true };
    await stand.poller({ topic, retry }, land).start();
    await expectAllDone(stand, land, topic, [40, 40, 40], { ...DEADLINE_MS, done: 150_000 });
  }, 200_000);

  test('without provisioned pollers is tried with the whole batch until it succeeds', async () => {
    const topic = await stand.createTopic(1);
    await stand.produce(topic, [0], 4);
    const land = new ScriptedFunction((_, invocation) => (invocation <= 3 ? { kind: 'failed' } : success));
    const retry = { ...provisioned, provisioned: false, reportBatchItemFailures: true };
    await stand.poller({ topic, retry, limits: { windowMs: 1000 } }, land).start();
    await expectAllDone(stand, land, topic, [4], DEADLINE_MS);
    expect(land.events).toEqual(Array.from({ length: 4 }, () => ['p0@0', 'p0@1', 'p0@2', 'p0@3']));
  }, 60_000);

  /** https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html#kafka-partial-batch-response */
  test('in part gets the first failed record of the partition and what follows it', async () => {
    const topic = await stand.createTopic(2);
    await stand.produce(topic, [0, 1], 3);
    const land = new ScriptedFunction((records, invocation) =>
      invocation === 1 ? failing(...records.filter((r) => r.partition === 0 && r.offset === 1)) : success,
    );
    const retry = { ...provisioned, reportBatchItemFailures: true };
    await stand.poller({ topic, retry, limits: { windowMs: 2000 } }, land).start();
    await expectAllDone(stand, land, topic, [3, 3], DEADLINE_MS);
    expect(land.events[0]).toHaveLength(6);
    expect(land.events[1]).toEqual(['p0@1', 'p0@2']);
  }, 60_000);
});

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html: throttles do not count toward retry attempts. */
test('a function without concurrency is asked again and again, and loses nothing', async () => {
  const topic = await stand.createTopic(2);
  await stand.produce(topic, [0, 1], 5);
  let concurrency = 0;
  const land = new ScriptedFunction(() => (concurrency === 0 ? { kind: 'refused' } : success));
  const retry = { ...provisioned, maximumRetryAttempts: 0, hasDestination: true };
  await stand.poller({ topic, retry }, land).start();
  await until('four throttles', () => land.events.length >= 4);
  expect(land.doneCount).toBe(0);
  concurrency = 1;
  await expectAllDone(stand, land, topic, [5, 5], DEADLINE_MS);
}, 60_000);

/** https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html */
describe('what is given up', () => {
  interface Diverted {
    readonly payload: Buffer;
    readonly records: readonly SourceRecord[];
    readonly condition: string;
  }

  function divertInto(
    list: Diverted[],
  ): (...args: [Buffer, readonly SourceRecord[], string]) => Promise<void> {
    return (payload, records, condition) => {
      list.push({ payload, records, condition });
      return Promise.resolve();
    };
  }

  test('is the poison alone where batches are split', async () => {
    const topic = await stand.createTopic(1);
    await stand.produce(topic, [0], 8);
    const diverted: Diverted[] = [];
    const land = new ScriptedFunction((records) =>
      records.some(({ offset }) => offset === 5) ? { kind: 'failed' } : success,
    );
    const retry = {
      ...provisioned,
      bisectBatchOnFunctionError: true,
      maximumRetryAttempts: 1,
      hasDestination: true,
    };
    const limits = { windowMs: 1000 };
    await stand
      .poller({ topic, retry, limits }, { invoke: land.invoke, divert: divertInto(diverted) })
      .start();
    await until('the commit', async () => (await stand.committed(topic))[0] === 8);
    expect(diverted.map(({ records, condition }) => [names(records), condition])).toEqual([
      [['p0@5'], 'RetryAttemptsExhausted'],
    ]);
    expect(recordsOf(diverted[0]?.payload ?? Buffer.from('{"records":{}}'))).toMatchObject([
      { topic, partition: 0, offset: 5 },
    ]);
    expect(land.done.get(0)).toEqual([0, 1, 2, 3, 4, 6, 7]);
  }, 60_000);

  test('is a record over 6 MB', async () => {
    const topic = await stand.createTopic(1);
    await stand.produce(topic, [0], 1);
    await stand.produce(topic, [0], 1, 4_800_000);
    await stand.produce(topic, [0], 1);
    const diverted: Diverted[] = [];
    const land = new ScriptedFunction();
    const retry = { ...provisioned, hasDestination: true };
    await stand.poller({ topic, retry }, { invoke: land.invoke, divert: divertInto(diverted) }).start();
    await until('the commit', async () => (await stand.committed(topic))[0] === 3);
    expect(diverted.map(({ records, condition }) => [names(records), condition])).toEqual([
      [['p0@1'], 'MaximumPayloadSizeExceeded'],
    ]);
    expect(land.done.get(0)).toEqual([0, 2]);
  }, 60_000);

  test('is not committed before it has arrived at its destination', async () => {
    const topic = await stand.createTopic(1);
    await stand.produce(topic, [0], 1);
    const committed: number[][] = [];
    const retry = { ...provisioned, maximumRetryAttempts: 0, hasDestination: true };
    const divert = async (): Promise<void> => {
      committed.push(await stand.committed(topic));
      if (committed.length < 3) throw new Error('the bucket is gone');
    };
    const invoke = (): Promise<BatchOutcome> => Promise.resolve({ kind: 'failed' });
    await stand.poller({ topic, retry }, { invoke, divert }).start();
    await until('the commit', async () => (await stand.committed(topic))[0] === 1);
    expect(committed).toEqual([[-1], [-1], [-1]]);
    expect(stand.warnings.at(-1)).toContain('could not be sent to its destination');
  }, 60_000);

  test('is delivered again where the poller is stopped before it has arrived', async () => {
    const topic = await stand.createTopic(1);
    await stand.produce(topic, [0], 1);
    const retry = { ...provisioned, maximumRetryAttempts: 0, hasDestination: true };
    let diversions = 0;
    const divert = (): Promise<void> => {
      diversions += 1;
      return Promise.reject(new Error('the bucket is gone'));
    };
    const invoke = (): Promise<BatchOutcome> => Promise.resolve({ kind: 'failed' });
    const poller = stand.poller({ topic, retry }, { invoke, divert });
    await poller.start();
    await until('a diversion', () => diversions > 0);
    await poller.stop();
    expect(await stand.committed(topic)).toEqual([-1]);
    const land = new ScriptedFunction();
    await stand.poller({ topic, retry }, land).start();
    await expectAllDone(stand, land, topic, [1], DEADLINE_MS);
  }, 60_000);
});

describe('a poller that is stopped', () => {
  test('ends the invocation under way, commits it, leaves the group, and goes on when it is started again', async () => {
    const topic = await stand.createTopic(2);
    await stand.produce(topic, [0, 1], 10);
    const running = Promise.withResolvers<undefined>();
    const mayEnd = Promise.withResolvers<undefined>();
    const land = new ScriptedFunction(async () => {
      running.resolve(undefined);
      await mayEnd.promise;
      return success;
    });
    const poller = stand.poller({ topic, limits: { maxRecords: 4 } }, land);
    await poller.start();
    await running.promise;
    const stopped = poller.stop();
    mayEnd.resolve(undefined);
    await stopped;
    expect(land.events).toHaveLength(1);
    expect(await stand.members(topic)).toBe(0);
    const committed = (await stand.committed(topic)).reduce((sum, offset) => sum + Math.max(0, offset), 0);
    expect(committed).toBe(land.doneCount);
    await stand.produce(topic, [0, 1], 10);
    await poller.start();
    await expectAllDone(stand, land, topic, [20, 20], DEADLINE_MS);
    // Nothing that was committed came again.
    expect(land.events.flat()).toHaveLength(40);
  }, 60_000);

  test('and started many times does every record in order', async () => {
    const topic = await stand.createTopic(2);
    const land = new ScriptedFunction();
    const poller = stand.poller({ topic, limits: { maxRecords: 3 } }, land);
    for (let round = 1; round <= 4; round++) {
      await stand.produce(topic, [0, 1], 8);
      await poller.start();
      await until('a record', () => land.doneCount > (round - 1) * 8);
      await poller.stop();
    }
    await poller.start();
    await expectAllDone(stand, land, topic, [32, 32], DEADLINE_MS);
  }, 90_000);
});

test('a poller that cannot get in says so when it is started', async () => {
  const poller = stand.poller({ topic: 'absent' }, new ScriptedFunction());
  await expect(poller.start()).rejects.toThrow(/topic-partition/);
}, 60_000);
