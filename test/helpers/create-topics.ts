import type { Admin, ITopicConfig } from 'kafkajs';
import { until } from './until.ts';

/**
 * Creates topics and waits until the broker knows them. kafkajs' own wait asks once, 100 ms later, and fails where the broker has not
 * heard of the topic yet.
 */
export async function createTopics(admin: Admin, topics: readonly ITopicConfig[]): Promise<void> {
  await admin.createTopics({ topics: [...topics], waitForLeaders: false });
  await until(`topics ${topics.map(({ topic }) => topic).join(', ')} to be there`, async () => {
    const names = await admin.listTopics();
    return topics.every(({ topic }) => names.includes(topic));
  });
}
