import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeEvent, encodeRecord, PartitionQueues } from '../../../local/sources/kafka-records.ts';
import { names, run } from './records.ts';

const limits = { maxRecords: 4, maxBytes: 6 * 1024 * 1024, windowMs: 1000 };

function queuesOf(...partitions: ReturnType<typeof run>[]): PartitionQueues {
  const queues = new PartitionQueues();
  for (const record of partitions.flat()) queues.add(record, 0);
  return queues;
}

describe('a batch is due', () => {
  test('when there are as many records as it takes', () => {
    expect(queuesOf(run(0, 0, 3)).isDue(limits, 0)).toBe(false);
    expect(queuesOf(run(0, 0, 4)).isDue(limits, 0)).toBe(true);
  });

  test('when the window of its oldest record ends', () => {
    const queues = queuesOf(run(0, 0, 1));
    expect(queues.isDue(limits, 999)).toBe(false);
    expect(queues.isDue(limits, 1000)).toBe(true);
  });

  test('when 6 MB are waiting', () => {
    expect(queuesOf(run(0, 0, 3, 2_100_000)).isDue(limits, 0)).toBe(true);
  });

  test('never when nothing waits', () => {
    expect(new PartitionQueues().isDue(limits, 1e9)).toBe(false);
  });
});

describe('a batch takes', () => {
  test('from several partitions, each in order', () => {
    const queues = queuesOf(run(0, 7, 5), run(1, 3, 1));
    expect(names(queues.take(limits))).toEqual(['p0@7', 'p0@8', 'p0@9', 'p1@3']);
    expect(names(queues.take(limits))).toEqual(['p0@10', 'p0@11']);
    expect(queues.records).toBe(0);
  });

  test('what fits into 6 MB', () => {
    const queues = queuesOf(run(0, 0, 4, 2_000_000));
    expect(names(queues.take(limits))).toEqual(['p0@0', 'p0@1', 'p0@2']);
  });

  test('a record alone that is larger than 6 MB', () => {
    const queues = queuesOf(run(0, 0, 2, 7_000_000));
    expect(names(queues.take(limits))).toEqual(['p0@0']);
  });

  test('every record once and in the order of its partition, whatever the limits', () => {
    const arbitrary = fc.record({
      partitions: fc.array(fc.array(fc.nat(50), { maxLength: 20 }), { maxLength: 5 }),
      maxRecords: fc.integer({ min: 1, max: 10 }),
      maxBytes: fc.integer({ min: 2049, max: 2200 }),
    });
    fc.assert(
      fc.property(arbitrary, ({ partitions, maxRecords, maxBytes }) => {
        const all = partitions.map((sizes, partition) =>
          sizes.flatMap((size, index) => run(partition, index, 1, size)),
        );
        const queues = queuesOf(...all);
        const taken: ReturnType<typeof run>[] = [];
        while (queues.records > 0) taken.push(queues.take({ maxRecords, maxBytes, windowMs: 0 }));
        for (const batch of taken) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(maxRecords);
          const bytes = batch.reduce((sum, { json }) => sum + json.length + 1, 2048);
          if (batch.length > 1) expect(bytes).toBeLessThanOrEqual(maxBytes);
        }
        for (const [partition, records] of all.entries()) {
          const delivered = taken.flat().filter((record) => record.partition === partition);
          expect(names(delivered)).toEqual(names(records));
        }
        expect(queues.bytes).toBe(0);
      }),
    );
  });
});

describe('an event', () => {
  test('has the form of the Lambda developer guide', () => {
    const record = (
      partition: number,
      key: Buffer | null,
      value: Buffer | null,
    ): ReturnType<typeof encodeRecord> =>
      encodeRecord({
        topic: 'quotes',
        partition,
        offset: 15,
        timestampMs: 1_545_084_650_987,
        key,
        value,
        headers: [['trace', Buffer.from([1, 2])]],
      });
    const source = { clusterArn: 'arn:cluster', bootstrapServers: 'b-1:9098', topic: 'quotes' };
    const records = [record(0, Buffer.from('AAPL'), Buffer.from('v')), record(1, null, null)];
    const shared = {
      topic: 'quotes',
      offset: 15,
      timestamp: 1_545_084_650_987,
      timestampType: 'CREATE_TIME',
      headers: [{ trace: [1, 2] }],
    };
    expect(JSON.parse(encodeEvent(source, records).toString())).toEqual({
      eventSource: 'aws:kafka',
      eventSourceArn: 'arn:cluster',
      bootstrapServers: 'b-1:9098',
      records: {
        'quotes-0': [{ ...shared, partition: 0, key: 'QUFQTA==', value: 'dg==' }],
        'quotes-1': [{ ...shared, partition: 1 }],
      },
    });
  });
});
