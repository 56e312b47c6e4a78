import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ListedStore } from '../../../../bench/growth/listed-store.ts';
import { MemoryObjectStore } from '../../../helpers/memory-object-store.ts';

async function all(listing: AsyncIterable<string>): Promise<string[]> {
  const keys: string[] = [];
  for await (const each of listing) keys.push(each);
  return keys;
}

const key = fc.stringMatching(/^[ab]\/[ab]{1,2}\/\d{1,2}$/);

test('lists what the plain store lists, whatever the prefix and where it starts', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(key, { maxLength: 30 }),
      fc.oneof(fc.constantFrom('', 'a/', 'a/b', 'c'), key),
      fc.option(fc.oneof(fc.constantFrom('', 'a', 'b/'), key), { nil: undefined }),
      async (keys, prefix, startAfter) => {
        const [listed, plain] = [new ListedStore(() => undefined), new MemoryObjectStore()];
        for (const store of [listed, plain]) {
          for (const each of keys) await store.put(each, { body: Buffer.of(), contentType: 'text/plain' });
        }
        expect(await all(listed.list(prefix, startAfter))).toEqual(await all(plain.list(prefix, startAfter)));
        expect(await all(listed.listFolders(prefix))).toEqual(await all(plain.listFolders(prefix)));
      },
    ),
  );
});

test('tells of each page of a listing', async () => {
  const calls: string[] = [];
  const store = new ListedStore((action) => calls.push(action));
  for (let index = 0; index < 2500; index += 1) {
    await store.put(String(index).padStart(5, '0'), { body: Buffer.of(), contentType: 'text/plain' });
  }
  expect(await all(store.list(''))).toHaveLength(2500);
  expect(calls.filter((action) => action === 'list')).toHaveLength(3);
});
