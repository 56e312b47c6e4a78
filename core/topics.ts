/** A Kafka topic as stacks create it and handlers use it. */
export interface TopicDefinition {
  /** Topic name; also the first path segment of everything it becomes in the lake. */
  readonly name: string;
  /** Partition count. It can rise, never fall: keys would move and offsets would vanish. */
  readonly partitions: number;
  /** Topic configuration, Kafka's own names: https://kafka.apache.org/39/documentation.html#topicconfigs */
  readonly config: Readonly<Record<string, string>>;
}

const SEVEN_DAYS_MS = 7 * 24 * 60 * 60 * 1000;

/** Every topic of the lake, by what it carries. */
export const TOPICS = {
  quotes: {
    name: 'quotes',
    partitions: 4,
    config: { 'retention.ms': String(SEVEN_DAYS_MS) },
  },
} as const satisfies Record<string, TopicDefinition>;
