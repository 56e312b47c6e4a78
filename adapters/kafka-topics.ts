/** Topics of a cluster, as far as the lake manages them. */
import kafkajs, { type Admin, type Kafka, type KafkaJSError } from 'kafkajs';
import { TickerlakeError } from '../core/errors.ts';

// Node finds no names for these in kafkajs's CommonJS.
const { ConfigResourceTypes, ConfigSource, KafkaJSAggregateError, KafkaJSProtocolError } = kafkajs;

export interface TopicState {
  readonly partitions: number;
  /** Configuration set on the topic itself; what is left to the broker's default is absent. */
  readonly config: Readonly<Record<string, string>>;
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  /** -1: the broker's default. */
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
}

export interface TopicAdmin {
  /** The topic as the brokers describe it, undefined if there is none. */
  describe(name: string): Promise<TopicState | undefined>;
  /** Creates a topic; one that exists by now is left as it is. */
  create(topic: NewTopic): Promise<void>;
  raisePartitions(name: string, partitions: number): Promise<void>;
  /** Sets the configuration of the topic: what is not given falls back to the broker's default. */
  replaceConfig(name: string, config: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

/** How long a broker may take over a change, ms. */
const CHANGE_TIMEOUT_MS = 15_000;

/** @throws TickerlakeError KAFKA_UNAVAILABLE, here and from every method */
export async function connectTopicAdmin(kafka: Kafka): Promise<TopicAdmin> {
  const admin = kafka.admin();
  await orUnavailable('connect to the brokers', async () => admin.connect());
  return {
    describe: async (name) => orUnavailable(`describe topic ${name}`, async () => describe(admin, name)),
    create: async ({ name, partitions, replicationFactor, config }) =>
      orUnavailable(`create topic ${name}`, async () => {
        await admin.createTopics({
          timeout: CHANGE_TIMEOUT_MS,
          // It gives up on a broker that has not heard of the topic yet. Who creates looks until the topic is described.
          waitForLeaders: false,
          topics: [
            {
              topic: name,
              numPartitions: partitions,
              replicationFactor,
              configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
            },
          ],
        });
      }),
    raisePartitions: async (name, partitions) =>
      orUnavailable(`raise the partitions of topic ${name}`, async () => {
        await admin.createPartitions({
          timeout: CHANGE_TIMEOUT_MS,
          topicPartitions: [{ topic: name, count: partitions }],
        });
      }),
    replaceConfig: async (name, config) =>
      orUnavailable(`configure topic ${name}`, async () => {
        await admin.alterConfigs({
          validateOnly: false,
          resources: [
            {
              type: ConfigResourceTypes.TOPIC,
              name,
              configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
            },
          ],
        });
      }),
    close: async () => admin.disconnect(),
  };
}

async function describe(admin: Admin, name: string): Promise<TopicState | undefined> {
  // Asking for a topic by name would create it where the brokers allow that; the list never does.
  if (!(await admin.listTopics()).includes(name)) return undefined;
  try {
    return await describeListed(admin, name);
  } catch (error) {
    // Asked of another broker, which has not heard of it yet.
    if (error instanceof KafkaJSProtocolError && error.type === 'UNKNOWN_TOPIC_OR_PARTITION')
      return undefined;
    throw error;
  }
}

async function describeListed(admin: Admin, name: string): Promise<TopicState> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name }],
  });
  const own =
    resources[0]?.configEntries.filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG) ??
    [];
  return {
    partitions: topics[0]?.partitions.length ?? 0,
    config: Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue])),
  };
}

async function orUnavailable<T>(action: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new TickerlakeError('KAFKA_UNAVAILABLE', `cannot ${action}: ${reasonOf(error)}`, { cause: error });
  }
}

/** kafkajs keeps the brokers' own words one level down. */
function reasonOf(error: unknown): string {
  if (error instanceof KafkaJSAggregateError) {
    return (error.errors as KafkaJSError[]).map(({ message }) => message).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
