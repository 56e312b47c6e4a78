/** A topic was made, and the start failed: "This server does not host this topic-partition", where several were made at once. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KafkaAccess } from '../../local/resources/kafka-access.ts';
import { KafkaStand } from '../helpers/kafka-stand.ts';

let stand: KafkaStand;
beforeAll(async () => {
  stand = await KafkaStand.start();
}, 60_000);
afterAll(() => stand.stop(), 30_000);

test('topics that are made at once are all there', async () => {
  const kafka = new KafkaAccess(
    Promise.resolve(stand.broker),
    () => [],
    () => [],
  );
  const names = Array.from({ length: 20 }, (_, index) => `topic-${index}`);
  try {
    await Promise.all(names.map((name) => kafka.createTopic({ name, partitions: 4, config: {} })));
    expect(await stand.admin.listTopics()).toEqual(expect.arrayContaining(names));
  } finally {
    await kafka.stop();
  }
}, 60_000);
