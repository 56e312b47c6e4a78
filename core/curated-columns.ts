/** Columns of what a topic becomes. Curated files, the table over them and the view follow from here. */
import { CURATED_COLUMNS, DT_COLUMN, type LakeColumn } from './quote.ts';
import { SOURCE_COLUMNS } from './source-coordinates.ts';
import { findTopic } from './topics.ts';

/** The topic that a topic repeats records of, undefined if it is none that is derived. */
export function sourceTopicOf(topic: string): string | undefined {
  return findTopic(topic)?.derivedFrom;
}

/** Columns of a topic's curated files, without the partition key; those of a derived topic also name what each row repeats. */
export function curatedColumns(topic: string): readonly LakeColumn[] {
  return sourceTopicOf(topic) === undefined ? CURATED_COLUMNS : [...CURATED_COLUMNS, ...SOURCE_COLUMNS];
}

/** Columns of a topic's view, in its order. */
export function viewColumns(topic: string): readonly LakeColumn[] {
  return [...curatedColumns(topic), DT_COLUMN];
}
