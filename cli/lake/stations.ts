import { TOPICS } from '../../core/topics.ts';
import { type LakeConnection, outputOf } from './connection.ts';

export type TopicName = (typeof TOPICS)[keyof typeof TOPICS]['name'];

/** Every topic that a command can be asked about, the one that most are about first. */
export const TOPIC_NAMES: readonly TopicName[] = Object.values(TOPICS).map(({ name }) => name);

/** What a topic's records pass on their way into SQL, as the lake's stacks named it. */
export interface Stations {
  readonly topic: string;
  readonly landFunction: string;
  readonly curateFunction: string;
  readonly requestFunction: string;
  /** Raw objects that wait for curation. */
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
}

export function stationsOf(lake: LakeConnection, topic: TopicName = TOPICS.quotes.name): Stations {
  const [name, prefix] = OUTPUTS[topic];
  return {
    topic: outputOf(lake, 'stream', name),
    landFunction: outputOf(lake, 'pipeline', `Land${prefix}FunctionName`),
    curateFunction: outputOf(lake, 'pipeline', `Curate${prefix}FunctionName`),
    requestFunction: outputOf(
      lake,
      'pipeline',
      prefix === 'Quotes' ? 'RequestCurationFunctionName' : 'RequestCurationFilteredFunctionName',
    ),
    queueUrl: outputOf(lake, 'pipeline', `Curate${prefix}QueueUrl`),
    deadLetterQueueUrl: outputOf(lake, 'pipeline', `Curate${prefix}DeadLetterQueueUrl`),
  };
}

/** How outputs spell a topic. */
const OUTPUTS = {
  quotes: ['QuotesTopicName', 'Quotes'],
  quotes_filtered: ['QuotesFilteredTopicName', 'QuotesFiltered'],
} as const satisfies Readonly<Record<TopicName, readonly [string, string]>>;
