import { describe, expect, test } from '@jest/globals';
import type { NewTopic, TopicAdmin, TopicState } from '../../../adapters/kafka-topics.ts';
import { manageTopics, planTopic } from '../../../lambdas/manage-topics/manage-topics.ts';
import { readProperties } from '../../../lambdas/manage-topics/properties.ts';

const quotes: NewTopic = {
  name: 'quotes',
  partitions: 4,
  replicationFactor: 3,
  config: { 'retention.ms': '1000' },
};

/** Brokers that show a change only after a few looks. */
class FakeAdmin implements TopicAdmin {
  readonly calls: string[] = [];
  private readonly shown = new Map<string, TopicState>();
  private readonly real: Map<string, TopicState>;
  private readonly delayLooks: number;
  private looks = 0;

  constructor(topics: Readonly<Record<string, TopicState>> = {}, delayLooks = 0) {
    this.real = new Map(Object.entries(topics));
    this.delayLooks = delayLooks;
    for (const [name, state] of this.real) this.shown.set(name, state);
  }

  describe(name: string): Promise<TopicState | undefined> {
    this.looks += 1;
    const real = this.real.get(name);
    if (real !== undefined && this.looks > this.delayLooks) this.shown.set(name, real);
    return Promise.resolve(this.shown.get(name));
  }

  create({ name, partitions, config }: NewTopic): Promise<void> {
    this.calls.push(`create ${name}`);
    this.real.set(name, { partitions, config });
    return Promise.resolve();
  }

  raisePartitions(name: string, partitions: number): Promise<void> {
    this.calls.push(`raise ${name} ${partitions}`);
    this.real.set(name, { config: {}, ...this.real.get(name), partitions });
    return Promise.resolve();
  }

  replaceConfig(name: string, config: Readonly<Record<string, string>>): Promise<void> {
    this.calls.push(`configure ${name} ${JSON.stringify(config)}`);
    this.real.set(name, { partitions: 0, ...this.real.get(name), config });
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const options = { signal: new AbortController().signal, wait: () => Promise.resolve() };

describe('manageTopics', () => {
  test('creates a topic that is missing and waits until the brokers describe it', async () => {
    const admin = new FakeAdmin({}, 5);
    expect(await manageTopics(admin, [quotes], options)).toEqual(new Map([['quotes', 'create']]));
    expect(admin.calls).toEqual(['create quotes']);
    expect(await admin.describe('quotes')).toEqual({ partitions: 4, config: quotes.config });
  });

  test('raises partitions and sets what differs, keeping what others set', async () => {
    const admin = new FakeAdmin({
      quotes: { partitions: 2, config: { 'retention.ms': '5', 'min.insync.replicas': '2' } },
    });
    await manageTopics(admin, [quotes], options);
    expect(admin.calls).toEqual([
      'raise quotes 4',
      'configure quotes {"retention.ms":"1000","min.insync.replicas":"2"}',
    ]);
  });

  test('changes nothing when all is as wanted', async () => {
    const admin = new FakeAdmin({ quotes: { partitions: 4, config: { 'retention.ms': '1000', x: 'y' } } });
    expect(await manageTopics(admin, [quotes], options)).toEqual(new Map([['quotes', 'none']]));
    expect(admin.calls).toEqual([]);
  });

  test('refuses fewer partitions, and then changes no other topic either', async () => {
    const admin = new FakeAdmin({ quotes: { partitions: 6, config: quotes.config } });
    const topics = [{ ...quotes, name: 'other' }, quotes];
    await expect(manageTopics(admin, topics, options)).rejects.toMatchObject({
      code: 'TOPIC_PARTITIONS_LOWERED',
      message: expect.stringMatching(/quotes has 6 partitions and cannot go down to 4.*Set partitions to 6/),
    });
    expect(admin.calls).toEqual([]);
  });

  test('stops waiting when the time is up', async () => {
    const stop = new AbortController();
    const admin = new FakeAdmin({}, Number.POSITIVE_INFINITY);
    const wait = (): Promise<void> => {
      stop.abort(new Error('time is up'));
      return Promise.resolve();
    };
    await expect(manageTopics(admin, [quotes], { signal: stop.signal, wait })).rejects.toThrow('time is up');
  });
});

test('planTopic leaves the replication factor alone once the topic is there', () => {
  expect(planTopic({ ...quotes, replicationFactor: 1 }, { partitions: 4, config: quotes.config })).toEqual({
    change: 'none',
  });
});

describe('readProperties', () => {
  const given = {
    ServiceToken: 'arn:aws:lambda:x',
    ClusterArn: 'arn:aws:kafka:us-east-1:1:cluster/c/id',
    Topics: [{ name: 'quotes', partitions: '4', replicationFactor: '3', config: { 'retention.ms': '1000' } }],
  };

  test('takes the text that CloudFormation makes of numbers', () => {
    expect(readProperties(given)).toEqual({ clusterArn: given.ClusterArn, topics: [quotes] });
  });

  test('leaves the replication factor to the brokers by default', () => {
    expect(readProperties({ ...given, Topics: [{ name: 'q', partitions: 1 }] }).topics).toEqual([
      { name: 'q', partitions: 1, replicationFactor: -1, config: {} },
    ]);
  });

  test.each([
    [{ ClusterArn: undefined }, 'ClusterArn'],
    [{ Topics: [] }, 'Topics'],
    [{ Topics: [{ name: 'a b', partitions: 1 }] }, 'Topics[0].name'],
    [{ Topics: [{ name: 'a', partitions: '0' }] }, 'Topics[0].partitions'],
    [{ Topics: [{ name: 'a', partitions: 'many' }] }, 'Topics[0].partitions'],
    [
      {
        Topics: [
          { name: 'a', partitions: 1 },
          { name: 'a', partitions: 2 },
        ],
      },
      'names a topic once',
    ],
  ])('refuses %j', (change, named) => {
    expect(() => readProperties({ ...given, ...change })).toThrow(named);
  });
});
