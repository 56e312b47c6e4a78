/**
 * What the lake relies on in an object store, as one suite: run on the store in memory that schedules are played on, and on
 * the real adapter against the endpoint, so that the one says something of the other.
 *
 * Sources: strong consistency of reads and listings after every write, and atomic updates of one key,
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel ; conditional writes,
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html ; order and paging of listings,
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ObjectStore, ObjectToPut } from '../../adapters/objects.ts';

const WRITERS = 16;
/** A listing's page holds 1000 keys. */
const MANY = 1005;
/** The endpoint's first answer takes its time. */
const SET_UP_MS = 60_000;

const text = (body: string, metadata?: Record<string, string>): ObjectToPut => ({
  body: Buffer.from(body),
  contentType: 'text/plain',
  ...(metadata === undefined ? {} : { metadata }),
});

async function collect(keys: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const key of keys) found.push(key);
  return found;
}

async function inTurns<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  for (let index = 0; index < items.length; index += WRITERS)
    await Promise.all(items.slice(index, index + WRITERS).map(act));
}

/** @param makeStore an empty store; asked once */
export function describeObjectStore(name: string, makeStore: () => ObjectStore | Promise<ObjectStore>): void {
  describe(name, () => {
    let store: ObjectStore;

    beforeAll(async () => {
      store = await makeStore();
    }, SET_UP_MS);

    const bodyOf = async (key: string): Promise<string | undefined> =>
      (await store.get(key))?.body.toString();
    const etagOf = async (key: string): Promise<string> => (await store.get(key))?.etag ?? '';

    describe('a PUT unless the key exists', () => {
      test('stores the object where there is none', async () => {
        expect(await store.putIfAbsent('absent/new', text('one'))).toBe('created');
        expect(await bodyOf('absent/new')).toBe('one');
      });

      test('changes nothing where there is one, even by the same bytes', async () => {
        await store.putIfAbsent('absent/taken', text('one', { writer: 'first' }));
        expect(await store.putIfAbsent('absent/taken', text('two', { writer: 'second' }))).toBe('exists');
        expect(await store.putIfAbsent('absent/taken', text('one'))).toBe('exists');
        expect(await bodyOf('absent/taken')).toBe('one');
        expect(await store.head('absent/taken')).toMatchObject({ writer: 'first' });
      });

      test('stores the object once more after it was deleted', async () => {
        await store.putIfAbsent('absent/again', text('one'));
        await store.delete('absent/again');
        expect(await store.putIfAbsent('absent/again', text('two'))).toBe('created');
      });

      test(`has exactly one winner among ${WRITERS} at once, and its bytes stay`, async () => {
        const bodies = Array.from({ length: WRITERS }, (_, writer) => `writer ${writer}`);
        const outcomes = await Promise.all(
          bodies.map((body) => store.putIfAbsent('absent/race', text(body))),
        );
        const winners = bodies.filter((_, writer) => outcomes[writer] === 'created');
        expect(winners).toHaveLength(1);
        expect(await bodyOf('absent/race')).toBe(winners[0]);
      });
    });

    describe('a PUT if the object is unchanged', () => {
      test('replaces the object of that ETag, bytes and metadata', async () => {
        await store.put('unchanged/is', text('one', { revision: '1' }));
        const etag = await etagOf('unchanged/is');
        expect(await store.putIfUnchanged('unchanged/is', text('two', { revision: '2' }), etag)).toBe(
          'replaced',
        );
        expect(await bodyOf('unchanged/is')).toBe('two');
        expect(await store.head('unchanged/is')).toMatchObject({ revision: '2' });
      });

      test('changes nothing where somebody replaced it', async () => {
        await store.put('unchanged/not', text('one'));
        const etag = await etagOf('unchanged/not');
        await store.put('unchanged/not', text('two'));
        expect(await store.putIfUnchanged('unchanged/not', text('three'), etag)).toBe('changed');
        expect(await bodyOf('unchanged/not')).toBe('two');
      });

      test('creates nothing where it was deleted', async () => {
        await store.put('unchanged/gone', text('one'));
        const etag = await etagOf('unchanged/gone');
        await store.delete('unchanged/gone');
        expect(await store.putIfUnchanged('unchanged/gone', text('two'), etag)).toBe('changed');
        expect(await store.get('unchanged/gone')).toBeUndefined();
      });

      test(`has exactly one winner among ${WRITERS} at once that read the same object`, async () => {
        await store.put('unchanged/race', text('before'));
        const etag = await etagOf('unchanged/race');
        const bodies = Array.from({ length: WRITERS }, (_, writer) => `writer ${writer}`);
        const outcomes = await Promise.all(
          bodies.map((body) => store.putIfUnchanged('unchanged/race', text(body), etag)),
        );
        const winners = bodies.filter((_, writer) => outcomes[writer] === 'replaced');
        expect(winners).toHaveLength(1);
        expect(await bodyOf('unchanged/race')).toBe(winners[0]);
      });
    });

    describe('an ETag', () => {
      test('changes with the bytes and comes back with them', async () => {
        await store.put('etag', text('one'));
        const one = await etagOf('etag');
        await store.put('etag', text('two'));
        expect(await etagOf('etag')).not.toBe(one);
        await store.put('etag', text('one'));
        expect(await etagOf('etag')).toBe(one);
      });
    });

    describe('a read', () => {
      test('sees each write as soon as it is answered', async () => {
        const seen: (string | undefined)[] = [];
        for (const body of ['one', 'two', 'three']) {
          await store.put('read/after-write', text(body));
          seen.push(await bodyOf('read/after-write'));
        }
        await store.delete('read/after-write');
        expect([...seen, await bodyOf('read/after-write')]).toEqual(['one', 'two', 'three', undefined]);
      });

      test('never sees a mixture of two writes', async () => {
        const bodies = ['a', 'b'].map((letter) => letter.repeat(20_000));
        await store.put('read/atomic', text(bodies[0] ?? ''));
        const writes = Array.from({ length: WRITERS }, (_, index) =>
          store.put('read/atomic', text(bodies[index % 2] ?? '')),
        );
        const reads = await Promise.all(Array.from({ length: WRITERS }, () => bodyOf('read/atomic')));
        await Promise.all(writes);
        expect(reads.filter((body) => !bodies.includes(body ?? ''))).toEqual([]);
      });

      test('gives bytes of any value, and none', async () => {
        const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
        for (const body of [every, Buffer.alloc(0)]) {
          await store.put('read/bytes', { body, contentType: 'application/octet-stream' });
          expect((await store.get('read/bytes'))?.body.equals(body)).toBe(true);
        }
      });

      test('gives the metadata, with the bytes and without', async () => {
        const metadata = { first: '0', held: '0-4,7' };
        await store.put('read/metadata', text('x', metadata));
        expect(await store.head('read/metadata')).toEqual(metadata);
        expect((await store.get('read/metadata'))?.metadata).toEqual(metadata);
      });

      test('of what is absent gives nothing', async () => {
        expect(await store.get('read/absent')).toBeUndefined();
        expect(await store.head('read/absent')).toBeUndefined();
      });
    });

    test('a delete takes the object away, and is fine where there is none', async () => {
      await store.put('delete/me', text('x'));
      await store.delete('delete/me');
      await store.delete('delete/me');
      expect(await store.get('delete/me')).toBeUndefined();
      expect(await collect(store.list('delete/'))).toEqual([]);
    });

    describe('a listing', () => {
      const keys = ['list/0001.avro', 'list/0002.avro', 'list/0010.avro', 'list/fill/0005.avro', 'list/é'];

      beforeAll(async () => {
        await inTurns([...keys].reverse(), (key) => store.put(key, text(key)));
        await store.put('listed-elsewhere', text('x'));
      }, SET_UP_MS);

      test('gives the keys of a prefix in the order of their bytes', async () => {
        expect(await collect(store.list('list/'))).toEqual(keys);
      });

      test('starts behind a key, whether there is such a key or not', async () => {
        expect(await collect(store.list('list/', 'list/0002.avro'))).toEqual(keys.slice(2));
        expect(await collect(store.list('list/', 'list/0003'))).toEqual(keys.slice(2));
        expect(await collect(store.list('list/', 'a'))).toEqual(keys);
        expect(await collect(store.list('list/', 'm'))).toEqual([]);
      });

      test('shows a new key at once and a deleted one no more', async () => {
        await store.putIfAbsent('list-now/b', text('x'));
        await store.putIfAbsent('list-now/a', text('x'));
        expect(await collect(store.list('list-now/'))).toEqual(['list-now/a', 'list-now/b']);
        await store.delete('list-now/a');
        expect(await collect(store.list('list-now/'))).toEqual(['list-now/b']);
      });

      test('gives when each was written, to the second', async () => {
        const beforeMs = Date.now() - 1000;
        await store.put('list-written/a', text('x'));
        const found: { key: string; writtenMs: number }[] = [];
        for await (const listed of store.listWritten('list-written/')) found.push(listed);
        expect(found.map(({ key }) => key)).toEqual(['list-written/a']);
        expect(found[0]?.writtenMs).toBeGreaterThanOrEqual(beforeMs);
        expect(found[0]?.writtenMs).toBeLessThanOrEqual(Date.now());
      });

      test('of folders gives each once, without what lies beside them', async () => {
        for (const key of ['tree/b/1', 'tree/b/2', 'tree/a/x/1', 'tree/c']) await store.put(key, text('x'));
        expect(await collect(store.listFolders('tree/'))).toEqual(['tree/a/', 'tree/b/']);
      });

      test(`goes through all pages of ${MANY} keys, from where it is told`, async () => {
        const many = Array.from({ length: MANY }, (_, index) => `many/${String(index).padStart(5, '0')}`);
        await inTurns(many, (key) => store.put(key, text('')));
        expect(await collect(store.list('many/'))).toEqual(many);
        expect(await collect(store.list('many/', many[2]))).toEqual(many.slice(3));
      }, 180_000);
    });
  });
}
