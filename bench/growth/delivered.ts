import type { DeliveredRecord } from '../../core/kafka-event.ts';
import type { BenchRecord } from '../data/records.ts';

/** A record as an event source hands it over. */
export function delivered({ offset, timestamp, key, value }: BenchRecord): DeliveredRecord {
  return {
    offset,
    timestamp,
    timestampType: 'CREATE_TIME',
    key: key.toString('base64'),
    value: value.toString('base64'),
    headers: [],
  };
}
