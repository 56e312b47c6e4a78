/** The store in memory is what S3 is to the lake; the same suite runs on the adapter in test/local/object-store.test.ts. */
import { expect, test } from '@jest/globals';
import { MemoryObjectStore } from '../../helpers/memory-object-store.ts';
import { describeObjectStore } from '../../helpers/object-store-conformance.ts';

describeObjectStore('the store in memory', () => new MemoryObjectStore());

test('a call that waits has not taken effect; one whose answer is lost has', async () => {
  const waiting = Promise.withResolvers<undefined>();
  const store = new MemoryObjectStore();
  const slow = store.through({ before: () => waiting.promise });
  const deaf = store.through({
    after: () => {
      throw new Error('connection reset');
    },
  });
  const object = { body: Buffer.from('x'), contentType: 'text/plain' };
  const put = slow.putIfAbsent('slow', object);
  await expect(deaf.putIfAbsent('deaf', object)).rejects.toThrow('connection reset');
  expect(store.keys()).toEqual(['deaf']);
  waiting.resolve(undefined);
  expect(await put).toBe('created');
});
