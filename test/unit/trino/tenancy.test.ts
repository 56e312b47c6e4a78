/** Callers that take turns with the one set of catalogs. */
import { expect, test } from '@jest/globals';
import { Tenancy } from '../../../local/trino/tenancy.ts';

/** A tenancy whose changes are told, and a way to let what is due happen. */
function tenancyOf(refused: readonly string[] = []): { tenancy: Tenancy<string>; changes: string[] } {
  const changes: string[] = [];
  const tenancy = new Tenancy<string>(async (tenant) => {
    await Promise.resolve();
    changes.push(tenant);
    if (refused.includes(tenant)) throw new Error(`no catalogs for ${tenant}`);
  });
  return { tenancy, changes };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a promise has come to by now. */
async function stateOf(promise: Promise<unknown>): Promise<'waiting' | 'inside' | 'refused'> {
  await settle();
  return Promise.race([
    promise.then(
      () => 'inside' as const,
      () => 'refused' as const,
    ),
    settle().then(() => 'waiting' as const),
  ]);
}

test('one caller’s queries run side by side, with one change', async () => {
  const { tenancy, changes } = tenancyOf();
  await tenancy.enter('a', 'a');
  expect(await stateOf(tenancy.enter('a', 'a'))).toBe('inside');
  expect(changes).toEqual(['a']);
});

test('another’s wait until all of them have ended', async () => {
  const { tenancy, changes } = tenancyOf();
  const first = await tenancy.enter('a', 'a');
  const second = await tenancy.enter('a', 'a');
  const other = tenancy.enter('b', 'b');
  expect(await stateOf(other)).toBe('waiting');
  first();
  first();
  expect(await stateOf(other)).toBe('waiting');
  second();
  expect(await stateOf(other)).toBe('inside');
  expect(changes).toEqual(['a', 'b']);
});

test('who comes later does not overtake who waits', async () => {
  const { tenancy, changes } = tenancyOf();
  const first = await tenancy.enter('a', 'a');
  const other = tenancy.enter('b', 'b');
  const late = tenancy.enter('a', 'a');
  expect(await stateOf(late)).toBe('waiting');
  first();
  expect(await stateOf(other)).toBe('inside');
  expect(await stateOf(late)).toBe('waiting');
  (await other)();
  expect(await stateOf(late)).toBe('inside');
  expect(changes).toEqual(['a', 'b', 'a']);
});

test('a change that fails refuses its caller alone, and nobody reads with what is left of it', async () => {
  const { tenancy, changes } = tenancyOf(['bad']);
  (await tenancy.enter('a', 'a'))();
  await expect(tenancy.enter('bad', 'bad')).rejects.toThrow('no catalogs for bad');
  expect(await stateOf(tenancy.enter('a', 'a'))).toBe('inside');
  expect(changes).toEqual(['a', 'bad', 'a']);
});

test('who gives up waiting is told so, and keeps nobody waiting', async () => {
  const { tenancy, changes } = tenancyOf();
  await tenancy.enter('a', 'a');
  const stop = new AbortController();
  const other = tenancy.enter('b', 'b', stop.signal);
  const behind = tenancy.enter('a', 'a');
  expect(await stateOf(behind)).toBe('waiting');
  stop.abort(new Error('enough'));
  await expect(other).rejects.toThrow('enough');
  expect(await stateOf(behind)).toBe('inside');
  expect(changes).toEqual(['a']);
});
