import { describe, expect, test } from '@jest/globals';
import { concurrentBatches, cutBatches, succeededMessages } from '../../../local/sources/sqs-batches.ts';

const ids = ['a', 'b', 'c'];
const response = (...failed: unknown[]): Buffer =>
  Buffer.from(JSON.stringify({ batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }));

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting */
describe('messages to delete', () => {
  test('are all when the mapping does not ask for item failures', () => {
    expect(succeededMessages(ids, response('a'), false)).toEqual(ids);
  });

  test('are those that the response does not name', () => {
    expect(succeededMessages(ids, response('b'), true)).toEqual(['a', 'c']);
  });

  test('are all for null, empty and no failures', () => {
    for (const payload of [
      'null',
      '',
      '""',
      '{}',
      '{"batchItemFailures":null}',
      '{"batchItemFailures":[]}',
    ]) {
      expect(succeededMessages(ids, Buffer.from(payload), true)).toEqual(ids);
    }
  });

  test('are none for malformed or unknown identifiers', () => {
    for (const payload of [
      response(''),
      response(null),
      response('x'),
      response('a', 'x'),
      Buffer.from('oops'),
      Buffer.from('{"batchItemFailures":[{"wrongKey":"a"}]}'),
    ]) {
      expect(succeededMessages(ids, payload, true)).toEqual([]);
    }
  });
});

test('concurrency is held to the lowest limit and never below one', () => {
  expect(concurrentBatches({ processors: 8 })).toBe(5);
  expect(concurrentBatches({ processors: 2, maximumConcurrency: 10 })).toBe(2);
  expect(concurrentBatches({ processors: 8, maximumConcurrency: 10, reservedConcurrency: 3 })).toBe(3);
  expect(concurrentBatches({ processors: 8, reservedConcurrency: 0 })).toBe(1);
});

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB of payload. */
describe('messages are cut into events', () => {
  const record = (bytes: number): { json: string } => ({ json: 'x'.repeat(bytes) });

  test('that stay below the payload limit, in their order', () => {
    const records = [record(40), record(40), record(30), record(90)];
    expect(cutBatches(records, 120)).toEqual([records.slice(0, 2), records.slice(2, 3), records.slice(3)]);
    for (const batch of cutBatches(records, 120)) {
      const event = `{"Records":[${batch.map(({ json }) => json).join(',')}]}`;
      expect(event.length).toBeLessThanOrEqual(120);
    }
  });

  test('and go alone where one passes it', () => {
    const records = [record(10), record(500), record(10)];
    expect(cutBatches(records, 120)).toEqual([[records[0]], [records[1]], [records[2]]]);
  });

  test('counted as UTF-8', () => {
    const records = [{ json: 'ü'.repeat(30) }, { json: 'ü'.repeat(30) }];
    expect(cutBatches(records, 120)).toHaveLength(2);
  });
});
