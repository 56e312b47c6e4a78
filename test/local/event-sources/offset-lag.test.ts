/** How far a consumer group is behind, on a real broker: OffsetLag of https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { KafkaAccess } from '../../../local/resources/kafka-access.ts';
import { KafkaStand, ScriptedFunction } from '../../helpers/kafka-stand.ts';
import { until } from '../../helpers/until.ts';

let stand: KafkaStand;
let access: KafkaAccess;

beforeAll(async () => {
  stand = await KafkaStand.start();
  access = new KafkaAccess(
    Promise.resolve(stand.broker),
    () => [],
    () => [],
  );
}, 120_000);

afterEach(async () => {
  await stand.stopPollers();
}, 60_000);

afterAll(async () => {
  await (access as KafkaAccess | undefined)?.stop();
  await (stand as KafkaStand | undefined)?.stop();
}, 60_000);

const lagOf = (topic: string, fromBeginning = true): Promise<number> =>
  access.lagOf(topic, `group-${topic}`, fromBeginning);

test('a group that has begun nowhere has everything before it, or nothing where it begins at the end', async () => {
  const topic = await stand.createTopic(2);
  await stand.produce(topic, [0], 3);
  await stand.produce(topic, [1], 7);
  // A new broker takes a moment to know who coordinates its first group.
  expect(await until('the coordinator', () => lagOf(topic).catch(() => undefined))).toBe(7);
  expect(await lagOf(topic, false)).toBe(0);
}, 60_000);

test('a group is as far behind as in the partition where it is furthest behind', async () => {
  const topic = await stand.createTopic(2);
  await stand.produce(topic, [0, 1], 5);
  const poller = stand.poller({ topic }, new ScriptedFunction());
  await poller.start();
  await until('all to be committed', async () => (await lagOf(topic)) === 0, 30_000);
  await poller.stop();
  await stand.produce(topic, [0], 2);
  await stand.produce(topic, [1], 9);
  expect(await lagOf(topic)).toBe(9);
}, 60_000);

test('records that have expired are no longer before a group', async () => {
  const topic = await stand.createTopic(1);
  await stand.produce(topic, [0], 6);
  await stand.admin.setOffsets({
    groupId: `group-${topic}`,
    topic,
    partitions: [{ partition: 0, offset: '1' }],
  });
  expect(await lagOf(topic)).toBe(5);
  await stand.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] });
  expect(await lagOf(topic)).toBe(2);
}, 60_000);
