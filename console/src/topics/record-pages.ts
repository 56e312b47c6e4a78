import type { Topic, TopicRecord } from '../../api.ts';

export const PAGE_RECORDS = 50;

type Partition = Topic['partitions'][number];

/** Records with the newest first: by time across partitions, by offset within one. */
export function newestFirst(records: readonly TopicRecord[]): readonly TopicRecord[] {
  return records.toSorted((a, b) =>
    a.partition === b.partition
      ? b.offset - a.offset
      : Date.parse(b.timestamp) - Date.parse(a.timestamp) || a.partition - b.partition,
  );
}

/** Offset to ask from for the page of older records, or undefined where the broker holds none. */
export function olderOffset(records: readonly TopicRecord[], partition: Partition): number | undefined {
  const oldest = records.reduce((least, { offset }) => Math.min(least, offset), Infinity);
  if (records.length === 0 || oldest <= partition.startOffset) return undefined;
  return Math.max(oldest - PAGE_RECORDS, partition.startOffset);
}

/** Offset to ask from for the page of newer records, or undefined where there are none. */
export function newerOffset(records: readonly TopicRecord[], partition: Partition): number | undefined {
  const newest = records.reduce((most, { offset }) => Math.max(most, offset), -Infinity);
  if (records.length === 0 || newest + 1 >= partition.endOffset) return undefined;
  return newest + 1;
}

/** Where a record's page is. */
export function recordHref({
  topic,
  partition,
  offset,
}: {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}): string {
  return `/topics/${encodeURIComponent(topic)}/${partition}/${offset}`;
}

/** A decoded value for people: times of epoch milliseconds as UTC, numbers as they are. */
export function fieldText(name: string, value: string | number | null): string {
  if (value === null) return 'null';
  const isTime = /(Time|Update)$/.test(name) && typeof value === 'number';
  const time = isTime ? new Date(value) : undefined;
  return time === undefined || Number.isNaN(time.getTime())
    ? String(value)
    : `${time.toISOString()} (${value})`;
}
