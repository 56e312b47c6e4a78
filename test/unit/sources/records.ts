import type { SourceRecord } from '../../../local/sources/kafka-records.ts';

/** Records `p0@3`, `p0@4`, … of one partition. */
export function run(partition: number, first: number, count: number, bytes = 100): SourceRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    partition,
    offset: first + index,
    timestampMs: 1000,
    json: 'x'.repeat(bytes),
  }));
}

export function names(records: readonly SourceRecord[]): string[] {
  return records.map(({ partition, offset }) => `p${partition}@${offset}`);
}
