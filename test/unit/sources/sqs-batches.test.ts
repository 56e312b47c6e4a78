import { describe, expect, test } from '@jest/globals';
import { concurrentBatches, succeededMessages } from '../../../local/sources/sqs-batches.ts';

const ids = ['a', 'b', 'c'];
const response = (...failed: unknown[]): Buffer =>
  Buffer.from(JSON.stringify({ batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }));

describe('messages to delete', () => {
  test('are all when the mapping does not ask for item failures', () => {
    expect(succeededMessages(ids, response('a'), false)).toEqual(ids);
  });

  test('are those that the response does not name', () => {
    expect(succeededMessages(ids, response('b'), true)).toEqual(['a', 'c']);
  });

  test('are all for null, empty and no failures', () => {
    for (const payload of ['null', '', '{}', '{"batchItemFailures":[]}']) {
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
