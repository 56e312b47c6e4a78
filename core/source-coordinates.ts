/**
 * Where a record of a derived topic comes from, in its headers: its identity. A redelivered batch may be produced twice, so
 * that the derived record's own offset names a copy, not the record.
 */
import type { RecordHeader } from './kafka-event.ts';
import type { LakeColumn } from './quote.ts';

export interface SourceCoordinates {
  readonly logId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Header names, in the order in which they are written. Values are UTF-8 text, numbers in decimal. */
export const SOURCE_HEADERS = {
  logId: 'tickerlake-source-log-id',
  topic: 'tickerlake-source-topic',
  partition: 'tickerlake-source-partition',
  offset: 'tickerlake-source-offset',
} as const satisfies Record<keyof SourceCoordinates, string>;

/** What a curated row of a derived topic has more than others. */
export const SOURCE_COLUMNS: readonly LakeColumn[] = [
  {
    name: 'source_log_id',
    glueType: 'string',
    comment: 'Identity of the Kafka cluster that the record was filtered from',
  },
  { name: 'source_partition', glueType: 'int', comment: 'Kafka partition in the source topic' },
  { name: 'source_offset', glueType: 'bigint', comment: 'Kafka offset in the source topic' },
];

export function sourceHeaders(source: SourceCoordinates): Record<string, string> {
  return Object.fromEntries(
    Object.entries(SOURCE_HEADERS).map(([field, name]) => [
      name,
      String(source[field as keyof SourceCoordinates]),
    ]),
  );
}

/**
 * Reads them back. Where a header stands twice the last one counts, as in Kafka's `lastHeader`.
 * @param topic the source topic that the derived one is defined by
 * @returns undefined if one is missing, none that `sourceHeaders` writes, or of another topic
 */
export function parseSourceHeaders(
  headers: readonly RecordHeader[],
  topic: string,
): SourceCoordinates | undefined {
  const text = (name: string): string => {
    const value = headers.findLast((header) => header.name === name)?.value;
    return value === undefined || value === null ? '' : Buffer.from(value).toString('utf8');
  };
  const logId = text(SOURCE_HEADERS.logId);
  const partition = wholeNumber(text(SOURCE_HEADERS.partition));
  const offset = wholeNumber(text(SOURCE_HEADERS.offset));
  if (text(SOURCE_HEADERS.topic) !== topic || !/^[\w.-]{1,128}$/.test(logId)) return undefined;
  if (partition === undefined || partition > MAX_PARTITION || offset === undefined) return undefined;
  return { logId, topic, partition, offset };
}

/** Columns hold partitions as 32-bit numbers. */
const MAX_PARTITION = 2 ** 31 - 1;

function wholeNumber(text: string): number | undefined {
  const value = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(value) ? value : undefined;
}
