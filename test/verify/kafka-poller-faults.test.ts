/** What may happen to a Kafka poller: nothing is lost, each partition stays in order, and the poller never ends by itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { expectAllDone, upTo } from '../helpers/expect-all-done.ts';
import { KafkaStand, ScriptedFunction, success } from '../helpers/kafka-stand.ts';
import { until } from '../helpers/until.ts';

let stand: KafkaStand;

beforeAll(async () => {
  stand = await KafkaStand.start();
}, 120_000);

afterEach(async () => {
  stand.admits = true;
  await stand.stopPollers();
}, 60_000);

afterAll(async () => {
  await (stand as KafkaStand | undefined)?.stop();
}, 60_000);

const DEADLINE_MS = { done: 90_000, committed: 60_000 };

test('a poller killed before its commit: another delivers again, in other batches', async () => {
  const topic = await stand.createTopic(1);
  await stand.produce(topic, [0], 20);
  const program = join(import.meta.dirname, 'doomed-poller.ts');
  const child = spawn(process.execPath, ['--no-warnings', program, JSON.stringify(stand.address), topic], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (part: Buffer) => (output += part.toString()));
  const ended = once(child, 'exit');
  await until('the third invocation', () => output.split('\n').length > 3, 30_000);
  child.kill('SIGKILL');
  await ended;
  expect(output).toBe('4\n4\n4\n');
  expect(await stand.committed(topic)).toEqual([8]);
  const land = new ScriptedFunction();
  await stand.poller({ topic, limits: { maxRecords: 7 } }, land).start();
  await until('the rest', () => land.doneCount === 12, 30_000);
  expect(land.done.get(0)).toEqual(upTo(12, 8));
  expect(land.events[0]).toHaveLength(7);
}, 90_000);

describe('a broker', () => {
  test('that is killed and comes back while the function works', async () => {
    const topic = await stand.createTopic(2);
    await stand.produce(topic, [0, 1], 10);
    const running = Promise.withResolvers<undefined>();
    const mayEnd = Promise.withResolvers<undefined>();
    const land = new ScriptedFunction(async (_, invocation) => {
      if (invocation === 2) {
        running.resolve(undefined);
        await mayEnd.promise;
      }
      return success;
    });
    await stand.poller({ topic, limits: { maxRecords: 4 } }, land).start();
    await running.promise;
    await stand.broker.restart();
    mayEnd.resolve(undefined);
    await stand.produce(topic, [0, 1], 10);
    await expectAllDone(stand, land, topic, [20, 20], DEADLINE_MS);
  }, 120_000);

  test('that turns the poller away for a while', async () => {
    const topic = await stand.createTopic(1);
    await stand.produce(topic, [0], 10);
    const land = new ScriptedFunction();
    await stand.poller({ topic }, land).start();
    await expectAllDone(stand, land, topic, [10], DEADLINE_MS);
    const told = stand.warnings.length;
    stand.admits = false;
    await stand.broker.restart({ signal: 'SIGTERM' });
    await until('a warning', () => stand.warnings.length >= told + 2, 60_000);
    expect(stand.warnings.at(-1)).toContain('it is connected anew');
    stand.admits = true;
    await stand.produce(topic, [0], 10);
    await expectAllDone(stand, land, topic, [20], DEADLINE_MS);
  }, 120_000);
});

test('pollers that come and go share the partitions, and each partition stays in order', async () => {
  const topic = await stand.createTopic(4);
  await stand.produce(topic, [0, 1, 2, 3], 15);
  const land = new ScriptedFunction();
  const options = { topic, limits: { maxRecords: 5 } };
  const [first, second] = [stand.poller(options, land), stand.poller(options, land)];
  await first.start();
  await second.start();
  await until('both', async () => (await stand.members(topic)) === 2);
  await stand.produce(topic, [0, 1, 2, 3], 15);
  await until('some records', () => land.doneCount > 60);
  await first.stop();
  await stand.produce(topic, [0, 1, 2, 3], 15);
  await expectAllDone(stand, land, topic, [45, 45, 45, 45], DEADLINE_MS);
}, 90_000);

describe('a topic', () => {
  test('that is deleted, and created again later, is read from its beginning', async () => {
    const topic = await stand.createTopic(2);
    await stand.produce(topic, [0, 1], 20);
    const before = new ScriptedFunction();
    const poller = stand.poller({ topic }, before);
    await poller.start();
    await expectAllDone(stand, before, topic, [20, 20], DEADLINE_MS);
    const told = stand.warnings.length;
    await stand.admin.deleteTopics({ topics: [topic] });
    await until('a warning', () => stand.warnings.length > told, 60_000);
    const events = before.events.length;
    await stand.createTopic(2, topic);
    await stand.produce(topic, [0, 1], 5);
    await until('its records', () => before.events.slice(events).flat().length >= 10, 60_000);
    const again = before.events.slice(events).flat();
    expect(again.filter((name) => name.startsWith('p0'))).toEqual(upTo(5).map((offset) => `p0@${offset}`));
    expect(again.filter((name) => name.startsWith('p1'))).toEqual(upTo(5).map((offset) => `p1@${offset}`));
    await until('the commit', async () => String(await stand.committed(topic)) === '5,5', 30_000);
  }, 180_000);

  test('that is deleted and created again at once is read from its beginning, too', async () => {
    const topic = await stand.createTopic(1);
    await stand.produce(topic, [0], 20);
    const land = new ScriptedFunction();
    await stand.poller({ topic }, land).start();
    await expectAllDone(stand, land, topic, [20], DEADLINE_MS);
    const events = land.events.length;
    const told = stand.warnings.length;
    await stand.admin.deleteTopics({ topics: [topic] });
    await stand.createTopic(1, topic);
    await stand.produce(topic, [0], 5);
    await until('its records', () => land.events.slice(events).flat().length >= 5, 60_000);
    expect(land.events.slice(events).flat()).toEqual(upTo(5).map((offset) => `p0@${offset}`));
    expect(stand.warnings.length).toBeGreaterThan(told);
    await until('the commit', async () => String(await stand.committed(topic)) === '5', 30_000);
  }, 180_000);

  test('whose committed offset is beyond its end is read from its beginning, with a warning', async () => {
    const topic = await stand.createTopic(1);
    await stand.produce(topic, [0], 5);
    const partitions = [{ partition: 0, offset: '1000' }];
    await stand.admin.setOffsets({ groupId: `group-${topic}`, topic, partitions });
    const land = new ScriptedFunction();
    await stand.poller({ topic }, land).start();
    await expectAllDone(stand, land, topic, [5], DEADLINE_MS);
    expect(stand.warnings.at(-1)).toContain('read from TRIM_HORIZON again');
  }, 60_000);
});
