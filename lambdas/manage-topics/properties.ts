import type { NewTopic } from '../../adapters/kafka-topics.ts';
import { TickerlakeError } from '../../core/errors.ts';

/** Properties of a Custom::KafkaTopics resource. CloudFormation turns numbers and booleans into text on their way here. */
export interface KafkaTopicsProperties {
  readonly clusterArn: string;
  readonly topics: readonly NewTopic[];
}

/** https://kafka.apache.org/39/javadoc/org/apache/kafka/common/internals/Topic.html */
const TOPIC_NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/;
const MOST_PARTITIONS = 10_000;

/** @throws TickerlakeError CONFIG_INVALID naming the property, what was given and what is allowed */
export function readProperties(properties: Readonly<Record<string, unknown>>): KafkaTopicsProperties {
  const { ClusterArn: clusterArn, Topics: topics } = properties;
  if (typeof clusterArn !== 'string' || !clusterArn.startsWith('arn:')) {
    throw invalid('ClusterArn', clusterArn, 'the ARN of an MSK cluster');
  }
  if (!Array.isArray(topics) || topics.length === 0)
    throw invalid('Topics', topics, 'a list of at least one topic');
  const read = topics.map((topic: unknown, index) => readTopic(`Topics[${index}]`, topic));
  const twice = read.find(({ name }, index) => read.findIndex((each) => each.name === name) !== index);
  if (twice !== undefined) throw invalid('Topics', twice.name, 'a list that names a topic once');
  return { clusterArn, topics: read };
}

function readTopic(path: string, value: unknown): NewTopic {
  if (typeof value !== 'object' || value === null) throw invalid(path, value, 'an object');
  const { name, partitions, replicationFactor = -1, config = {} } = value as Record<string, unknown>;
  if (typeof name !== 'string' || !TOPIC_NAME.test(name)) {
    throw invalid(`${path}.name`, name, 'up to 249 letters, digits, dots, underscores and hyphens');
  }
  if (typeof config !== 'object' || config === null) throw invalid(`${path}.config`, config, 'an object');
  return {
    name,
    partitions: whole(`${path}.partitions`, partitions, 1, MOST_PARTITIONS),
    replicationFactor: whole(`${path}.replicationFactor`, replicationFactor, -1, 32_767),
    config: Object.fromEntries(Object.entries(config).map(([key, text]) => [key, String(text)])),
  };
}

function whole(path: string, value: unknown, least: number, most: number): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most)
    return number;
  throw invalid(path, value, `a whole number from ${least} to ${most}`);
}

function invalid(path: string, value: unknown, allowed: string): TickerlakeError {
  return new TickerlakeError(
    'CONFIG_INVALID',
    `${path} is ${JSON.stringify(value)}; it has to be ${allowed}`,
  );
}
