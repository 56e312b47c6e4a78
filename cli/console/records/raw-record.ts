/** What a consumer reads, as landing would keep it and curation takes it. */
import type { IHeaders, KafkaMessage } from 'kafkajs';
import { boundTimestamp } from '../../../core/kafka-event.ts';
import type { RawRecord } from '../../../core/raw-file.ts';

/** A raw record, and which partition it is of. */
export interface PartitionRecord extends RawRecord {
  readonly partition: number;
}

export function toRawRecord({ offset, timestamp, key, value, headers }: KafkaMessage): RawRecord {
  return {
    offset: Number(offset),
    timestamp: boundTimestamp(Number(timestamp)),
    timestampType: 'CREATE_TIME',
    key,
    value,
    headers: headersOf(headers),
  };
}

function headersOf(headers: IHeaders | undefined): RawRecord['headers'] {
  return Object.entries(headers ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each) => ({
      name,
      value: each === undefined ? null : Buffer.from(each),
    })),
  );
}
