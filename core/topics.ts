/** A Kafka topic as stacks create it and handlers use it. */
export interface TopicDefinition {
  /** Topic name; also the first path segment of everything it becomes in the lake. */
  readonly name: string;
  /** Partition count. It can rise, never fall: keys would move and offsets would vanish. */
  readonly partitions: number;
  /** Topic configuration, Kafka's own names: https://kafka.apache.org/39/documentation.html#topicconfigs */
  readonly config: Readonly<Record<string, string>>;
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

/** Every topic of the lake, by what it carries. */
export const TOPICS = {
  quotes: {
    name: 'quotes',
    partitions: 4,
    config: { 'retention.ms': String(SEVEN_DAYS_MS), 'max.message.bytes': String(MAX_MESSAGE_BYTES) },
  },
} as const satisfies Record<string, TopicDefinition>;
