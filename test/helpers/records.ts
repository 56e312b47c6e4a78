import { encodeQuote } from '../../core/codec.ts';
import type { DeliveredPartition, DeliveredRecord, RecordHeader } from '../../core/kafka-event.ts';
import type { Quote } from '../../core/quote.ts';
import { QUOTE_FIELDS } from '../../core/quote.ts';
import { type SourceCoordinates, sourceHeaders } from '../../core/source-coordinates.ts';
import { encodeFrame } from '../../core/wire.ts';

export const LOG_ID = '0a1b2c3d-1111-2222-3333-444455556666-1';
export const CLUSTER_ARN = `arn:aws:kafka:us-east-1:123456789012:cluster/tickerlake/${LOG_ID}`;
export const LOG = { topic: 'quotes', logId: LOG_ID, partition: 3 } as const;
export const SCHEMA_ID = '6b86b273-ff34-4ce1-9d6b-804eff5a3f57';

/** 2026-11-20 15:00 UTC, a Friday, 10:00 in New York. */
export const NOON_MS = Date.parse('2026-11-20T15:00:00Z');

/** A quote with every field null but those given. */
export function makeQuote(fields: Partial<Quote> = {}): Quote {
  const nulls = Object.fromEntries(QUOTE_FIELDS.map(({ name }) => [name, null]));
  return { ...nulls, symbol: 'AAPL', latestUpdate: NOON_MS, ...fields } as Quote;
}

export function base64(bytes: Uint8Array | string): string {
  return Buffer.from(bytes as string).toString('base64');
}

export function makeRecord(offset: number, fields: Partial<DeliveredRecord> = {}): DeliveredRecord {
  return {
    offset,
    timestamp: NOON_MS + offset,
    timestampType: 'CREATE_TIME',
    key: base64('AAPL'),
    value: base64(`value ${offset}`),
    headers: [],
    ...fields,
  };
}

/** A record that holds a quote, framed under SCHEMA_ID. */
export function quoteRecord(
  offset: number,
  quote: Partial<Quote> = {},
  fields: Partial<DeliveredRecord> = {},
): DeliveredRecord {
  const whole = makeQuote(quote);
  return makeRecord(offset, {
    key: base64(whole.symbol),
    value: base64(encodeFrame(SCHEMA_ID, encodeQuote(whole))),
    ...fields,
  });
}

/** Headers of a record of a derived topic, as a raw object holds them. */
export function sourceRecordHeaders(source: SourceCoordinates): RecordHeader[] {
  return Object.entries(sourceHeaders(source)).map(([name, value]) => ({ name, value: Buffer.from(value) }));
}

/** Offsets first to last, both included. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

export function delivery(
  offsets: readonly number[],
  make: (offset: number) => DeliveredRecord = makeRecord,
): DeliveredPartition {
  return { ...LOG, records: offsets.map((offset) => make(offset)) };
}
