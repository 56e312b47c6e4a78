import type { SourceRecord } from '../../../local/sources/kafka-records.ts';

/** Records `p0@3`, `p0@4`, … of one partition. */
export function run(partition: number, first: number, count: number, bytes = 100): SourceRecord[] {
  return Array.from({ length: count }, (_, index) => one(partition, first + index, bytes));
}

/** Record `p0@3`. */
export function one(partition: number, offset: number, bytes = 100): SourceRecord {
  return { topic: 'quotes', partition, offset, timestampMs: 1000, json: 'x'.repeat(bytes) };
}

export function names(records: readonly SourceRecord[]): string[] {
  return records.map(({ partition, offset }) => `p${partition}@${offset}`);
}
