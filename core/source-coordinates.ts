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
  // A literal, and no loop over the names: one for every record that a derived topic gets.
  return {
    [SOURCE_HEADERS.logId]: source.logId,
    [SOURCE_HEADERS.topic]: source.topic,
    [SOURCE_HEADERS.partition]: String(source.partition),
    [SOURCE_HEADERS.offset]: String(source.offset),
  };
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
  let logId = NO_BYTES;
  let sourceTopic = NO_BYTES;
  let partitionDigits = NO_BYTES;
  let offsetDigits = NO_BYTES;
  for (const { name, value } of headers) {
    if (name === SOURCE_HEADERS.logId) logId = value ?? NO_BYTES;
    else if (name === SOURCE_HEADERS.topic) sourceTopic = value ?? NO_BYTES;
    else if (name === SOURCE_HEADERS.partition) partitionDigits = value ?? NO_BYTES;
    else if (name === SOURCE_HEADERS.offset) offsetDigits = value ?? NO_BYTES;
  }
  const partition = wholeNumber(partitionDigits);
  const offset = wholeNumber(offsetDigits);
  if (partition === undefined || partition > MAX_PARTITION || offset === undefined) return undefined;
  const log = textOf(logId);
  if (textOf(sourceTopic) !== topic || !/^[\w.-]{1,128}$/.test(log)) return undefined;
  return { logId: log, topic, partition, offset };
}

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** All that `sourceHeaders` writes is ASCII, and what is not stays different from it; the bytes are not copied. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Columns hold partitions as 32-bit numbers. */
const MAX_PARTITION = 2 ** 31 - 1;
/** Of the largest whole number that a double holds. */
const MAX_DIGITS = 16;
const ZERO = 0x30;

/** Decimal digits as `String` writes a number, read without making a text of them: there are two for each record. */
function wholeNumber(digits: Uint8Array): number | undefined {
  const isPadded = digits.length > 1 && digits[0] === ZERO;
  if (digits.length === 0 || digits.length > MAX_DIGITS || isPadded) return undefined;
  let number = 0;
  for (const byte of digits) {
    const digit = byte - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return Number.isSafeInteger(number) ? number : undefined;
}
