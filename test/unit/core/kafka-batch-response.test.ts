import { describe, expect, test } from '@jest/globals';
import { answerBatch, type ConsumedPartition } from '../../../core/kafka-batch-response.ts';
import { delivery, range } from '../../helpers/records.ts';

const error = new Error('down');
const done = (partition: number): ConsumedPartition => ({
  delivered: { ...delivery(range(0, 3)), partition },
});
const failedFrom = (partition: number, fromOffset: number): ConsumedPartition => ({
  ...done(partition),
  failure: { error, fromOffset },
});
const named = (partition: number, offsets: readonly number[]): object[] =>
  offsets.map((offset) => ({ itemIdentifier: { partition: `quotes-${partition}`, offset } }));

describe('the answer to a Kafka event source', () => {
  test('names the first record that failed and everything after it, of each partition', () => {
    expect(answerBatch([failedFrom(0, 2), done(1), failedFrom(2, 0)], true)).toEqual({
      batchItemFailures: [...named(0, [2, 3]), ...named(2, [0, 1, 2, 3])],
    });
  });

  test('is partial where some records of every partition are done', () => {
    expect(answerBatch([failedFrom(0, 3), failedFrom(1, 0)], true)).toEqual({
      batchItemFailures: [...named(0, [3]), ...named(1, [0, 1, 2, 3])],
    });
  });

  test('is the error where nothing is done, and where a partial answer would count as success', () => {
    expect(() => answerBatch([failedFrom(0, 0), failedFrom(1, 0)], true)).toThrow('down');
    expect(() => answerBatch([failedFrom(0, 3), done(1)], false)).toThrow('down');
  });

  test('is empty where all is done', () => {
    expect(answerBatch([done(0), done(1)], false)).toEqual({ batchItemFailures: [] });
    expect(answerBatch([], true)).toEqual({ batchItemFailures: [] });
  });
});
