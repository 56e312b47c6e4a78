import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DeliveryLine, OffsetWentBack } from '../../../local/sources/delivery-line.ts';
import type { SourceRecord } from '../../../local/sources/kafka-records.ts';
import type { BatchOutcome, KafkaRetryPolicy } from '../../../local/sources/kafka-retry.ts';
import { names, one, run } from './records.ts';

const limits = { maxRecords: 4, maxBytes: 6 * 1024 * 1024, windowMs: 0 };
const policy: KafkaRetryPolicy = {
  provisioned: true,
  reportBatchItemFailures: true,
  bisectBatchOnFunctionError: false,
  maximumRetryAttempts: -1,
  maximumRecordAgeMs: -1,
  hasDestination: false,
};
const success: BatchOutcome = { kind: 'returned', payload: Buffer.from('null') };

function lineOf(records: readonly SourceRecord[], how: Partial<KafkaRetryPolicy> = {}): DeliveryLine {
  const line = new DeliveryLine(limits, { ...policy, ...how }, 0);
  for (const record of records) line.add(record, 0);
  return line;
}

function failing(...records: readonly SourceRecord[]): BatchOutcome {
  const batchItemFailures = records.map(({ topic, partition, offset }) => ({
    itemIdentifier: { partition: `${topic}-${partition}`, offset },
  }));
  return { kind: 'returned', payload: Buffer.from(JSON.stringify({ batchItemFailures })) };
}

/** Takes the next batch and settles it. */
function step(line: DeliveryLine, outcome: BatchOutcome): { sent: string[]; commit: [number, number][] } {
  const batch = line.next(1e9) ?? { records: [], failures: 0, refusals: 0 };
  return { sent: names(batch.records), commit: [...line.settle(batch, outcome, 1e9).commit] };
}

test('what failed is next, before anything newer', () => {
  const line = lineOf(run(0, 0, 8));
  expect(step(line, { kind: 'failed' })).toEqual({ sent: ['p0@0', 'p0@1', 'p0@2', 'p0@3'], commit: [] });
  expect(step(line, success)).toEqual({ sent: ['p0@0', 'p0@1', 'p0@2', 'p0@3'], commit: [[0, 4]] });
  expect(step(line, success).sent).toEqual(['p0@4', 'p0@5', 'p0@6', 'p0@7']);
});

test('a commit never passes what is still to be tried', () => {
  const records = [...run(0, 0, 2), ...run(1, 5, 2)];
  const line = lineOf(records);
  expect(step(line, failing(one(0, 1)))).toMatchObject({
    commit: [
      [0, 1],
      [1, 7],
    ],
  });
  expect(step(line, success)).toEqual({ sent: ['p0@1'], commit: [[0, 2]] });
});

test('what was diverted ahead of a record that is tried again is committed with it', () => {
  const old = one(0, 1);
  const young = { ...one(0, 0), timestampMs: 1e9 };
  const line = lineOf([young, old], { maximumRecordAgeMs: 60_000 });
  expect(step(line, { kind: 'failed' })).toMatchObject({ commit: [] });
  expect(step(line, success)).toEqual({ sent: ['p0@0'], commit: [[0, 2]] });
});

test('a window is opened by the end of an invocation', () => {
  const line = new DeliveryLine({ ...limits, windowMs: 1000 }, policy, 0);
  for (const record of run(0, 0, 5)) line.add(record, 0);
  const batch = line.next(0);
  line.settle(batch ?? { records: [], failures: 0, refusals: 0 }, success, 7000);
  expect(line.dueAtMs).toBe(8000);
  expect(line.next(7999)).toBeUndefined();
  expect(names(line.next(8000)?.records ?? [])).toEqual(['p0@4']);
});

test('an offset that was read before is a partition that begins again', () => {
  const line = lineOf(run(0, 5, 2));
  expect(() => {
    line.add(one(0, 6), 0);
  }).toThrow(OffsetWentBack);
  line.add(one(0, 9), 0);
  line.add(one(1, 0), 0);
});

describe('over any sequence of outcomes', () => {
  const outcome = fc.oneof(
    fc.constantFrom<BatchOutcome>({ kind: 'failed' }, { kind: 'refused' }, { kind: 'too-large' }, success),
    fc.array(fc.tuple(fc.nat(2), fc.nat(40)), { maxLength: 3 }),
  );
  const how = fc.record({
    provisioned: fc.boolean(),
    reportBatchItemFailures: fc.boolean(),
    bisectBatchOnFunctionError: fc.boolean(),
    maximumRetryAttempts: fc.integer({ min: -1, max: 2 }),
    maximumRecordAgeMs: fc.constantFrom(-1, 60_000),
    hasDestination: fc.boolean(),
  });
  const log = fc.array(fc.record({ partition: fc.nat(2), gap: fc.nat(2), isOld: fc.boolean() }), {
    maxLength: 40,
  });

  test('each partition goes in order, ends once, and is committed up to its first unfinished record', () => {
    fc.assert(
      fc.property(log, how, fc.array(outcome, { maxLength: 60 }), (produced, howTried, outcomes) => {
        const ends = [0, 0, 0];
        const records = produced.map(({ partition, gap, isOld }) => {
          const offset = (ends[partition] ?? 0) + gap;
          ends[partition] = offset + 1;
          return { ...one(partition, offset), timestampMs: isOld ? 0 : 1e9 };
        });
        const line = lineOf(records, howTried);
        const unfinished = new Map(records.map((record) => [names([record])[0] ?? '', record]));
        const lowest = (partition: number): number =>
          Math.min(...[...unfinished.values()].filter((r) => r.partition === partition).map((r) => r.offset));
        const committed = [0, 0, 0];
        for (let round = 0; unfinished.size > 0; round++) {
          const given = outcomes[round] ?? success;
          const batch = line.next(1e9);
          if (batch === undefined) throw new Error('records were left behind');
          for (const [partition, list] of Map.groupBy(batch.records, (record) => record.partition)) {
            const offsets = list.map(({ offset }) => offset);
            // The first is the oldest unfinished, and what follows skips none that is unfinished.
            const due = [...unfinished.values()]
              .filter((r) => r.partition === partition)
              .map((r) => r.offset);
            expect(offsets).toEqual(due.slice(0, offsets.length));
          }
          const said = Array.isArray(given)
            ? failing(...given.map(([partition, offset]) => one(partition, offset)))
            : given;
          const { done, diverted, commit } = line.settle(batch, said, 1e9);
          for (const name of names([...done, ...diverted])) expect(unfinished.delete(name)).toBe(true);
          for (const [partition, point] of commit) {
            expect(point).toBeGreaterThan(committed[partition] ?? 0);
            expect(point).toBeLessThanOrEqual(lowest(partition));
            committed[partition] = point;
          }
        }
        expect(committed).toEqual(ends);
      }),
      { numRuns: 500 },
    );
  });
});
