/** A Kafka topic as stacks create it and handlers use it. */
export interface TopicDefinition {
  /** Topic name; also the first path segment of everything it becomes in the lake. */
  readonly name: string;
  /** Partition count. It can rise, never fall: keys would move and offsets would vanish. */
  readonly partitions: number;
  /** Topic configuration, Kafka's own names: https://kafka.apache.org/39/documentation.html#topicconfigs */
  readonly config: Readonly<Record<string, string>>;
  /**
   * Topic whose records it repeats a choice of, partition p to partition p. Each names its source in headers, and is the same
   * record as every other of that source: who writes a derived topic may write a record twice.
   */
  readonly derivedFrom?: string;
}

/**
 * Kafka's own default, said so that nobody raises it unawares. Lambda hands over no event above 6 MB, and a record that fits
 * in none blocks its partition where pollers have no destination to divert it to. Bytes of keys and values become 4/3 as many
 * in an event, those of headers up to five times as many (a list of numbers): a record of this size always fits. One that its
 * producer compressed may still be larger once unpacked, since the broker measures it as it comes.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
 */
const MAX_MESSAGE_BYTES = 1_048_588;

const SEVEN_DAYS_MS = 7 * 24 * 60 * 60 * 1000;

const QUOTES = {
  name: 'quotes',
  partitions: 4,
  config: { 'retention.ms': String(SEVEN_DAYS_MS), 'max.message.bytes': String(MAX_MESSAGE_BYTES) },
} as const satisfies TopicDefinition;

/** Every topic of the lake, by what it carries. */
export const TOPICS = {
  quotes: QUOTES,
  quotesFiltered: { ...QUOTES, name: 'quotes_filtered', derivedFrom: QUOTES.name },
} as const satisfies Record<string, TopicDefinition>;

/** The definition of a topic by its name, undefined if the lake has none. */
export function findTopic(name: string): TopicDefinition | undefined {
  return Object.values<TopicDefinition>(TOPICS).find((topic) => topic.name === name);
}
