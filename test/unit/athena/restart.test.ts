/** The engine outlives its translator. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestEngine, type TestEngine } from './engine.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
}, 60_000);
afterAll(async () => {
  await engine.stop();
});

test('nothing is started before the first query, and one translator then', async () => {
  expect(engine.translators).toHaveLength(0);
  expect(await Promise.all([engine.value('SELECT 1'), engine.value('SELECT 2')])).toEqual(['1', '2']);
  expect(engine.translators).toHaveLength(1);
});

test('a translator that was killed is started anew by a later query', async () => {
  engine.translators[0]?.kill('SIGKILL');
  await engine.translators[0]?.exited;
  // The end of the connection may be seen only by the query that uses it next.
  await engine.failure('SELECT 1');
  expect(await engine.value('SELECT 3')).toBe('3');
  expect(engine.translators).toHaveLength(2);
});
