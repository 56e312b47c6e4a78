import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { windowEndMs } from '../../../local/sources/batching-window.ts';
import { encodeEvent, type SourceRecord } from '../../../local/sources/kafka-records.ts';
import { PartitionQueues } from '../../../local/sources/partition-queues.ts';
import { names, one, run } from './records.ts';

const limits = { maxRecords: 4, maxBytes: 6 * 1024 * 1024, windowMs: 1000 };

function queuesOf(...partitions: ReturnType<typeof run>[]): PartitionQueues {
  const queues = new PartitionQueues();
  for (const record of partitions.flat()) queues.add(record, 0);
  return queues;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching */
describe('a batching window', () => {
  const end = (arrivedMs: number, openedMs: number): number => windowEndMs(arrivedMs, openedMs, 1000);

  test('begins as soon as the previous invocation has completed', () => {
    expect(end(100, 5000)).toBe(6000);
    expect(end(5000, 5000)).toBe(6000);
  });

  test('that ended without a record is followed by the next', () => {
    expect(end(5999, 5000)).toBe(6000);
    expect(end(6000, 5000)).toBe(7000);
    expect(end(9100, 5000)).toBe(10_000);
  });

  test('of 0 seconds sends what is there', () => {
    expect(windowEndMs(7000, 5000, 0)).toBe(7000);
  });
});

/** The same page: batch size, window and 6 MB, whichever comes first. */
describe('a batch is due', () => {
  test('when there are as many records as it takes', () => {
    expect(queuesOf(run(0, 0, 3)).isDue(limits, 0, 0)).toBe(false);
    expect(queuesOf(run(0, 0, 4)).isDue(limits, 0, 0)).toBe(true);
  });

  test('when the window of its oldest record ends', () => {
    const queues = queuesOf(run(0, 0, 1));
    expect(queues.isDue(limits, 0, 999)).toBe(false);
    expect(queues.isDue(limits, 0, 1000)).toBe(true);
  });

  test('when 6 MB are waiting', () => {
    expect(queuesOf(run(0, 0, 3, 2_100_000)).isDue(limits, 0, 0)).toBe(true);
  });

  test('by the window that was opened last', () => {
    const queues = queuesOf(run(0, 0, 1));
    expect(queues.isDue(limits, 500, 1499)).toBe(false);
    expect(queues.isDue(limits, 500, 1500)).toBe(true);
  });

  test('never when nothing waits', () => {
    expect(new PartitionQueues().isDue(limits, 0, 1e9)).toBe(false);
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

  test('what fits into 6 MB as UTF-8, whatever the letters', () => {
    const record = (offset: number): SourceRecord => ({ ...one(0, offset), json: 'ü'.repeat(1_400_000) });
    const queues = queuesOf([record(0), record(1), record(2)]);
    expect(names(queues.take(limits))).toEqual(['p0@0', 'p0@1']);
  });

  test('every record once and in the order of its partition, never past the limits', () => {
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
          const source = { clusterArn: 'arn:cluster', bootstrapServers: 'b-1:9098' };
          if (batch.length > 1) expect(encodeEvent(source, batch).length).toBeLessThanOrEqual(maxBytes);
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
