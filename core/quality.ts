/**
 * The one list of reasons to quarantine a record, in the order they are checked. A record ends with the first code that
 * fits. Those up to `body_trailing_bytes` are about its bytes, the rest but `source_missing` about what the quote says.
 */
import { QUOTE_FIELDS, type Quote, type QuoteFieldName } from './quote.ts';

export const QUALITY_RULES = {
  value_missing: 'the record has no value (a tombstone)',
  framing_undecodable: 'the value is not in the Glue Schema Registry wire format',
  schema_unknown: 'the schema id is no version of the topic’s schema, or none that the current one can read',
  body_undecodable: 'the Avro body is cut short or is not what its schema says',
  body_trailing_bytes: 'the Avro body is followed by bytes that belong to nothing',
  /** Of derived topics alone. */
  source_missing: 'the headers name no record of the topic that this one is derived from',
  symbol_empty: 'the symbol is empty text',
  price_invalid: 'a price is negative or not finite',
  volume_invalid: 'the volume is negative or not finite',
  event_time_out_of_range:
    'the event time is before the lake’s start or over a day after the record’s timestamp',
  time_out_of_range: 'a time lies outside the years 1 to 9999, which SQL cannot show',
} as const;

export type QualityCode = keyof typeof QUALITY_RULES;

/** @default of configuration: quotes before it are taken for errors. */
export const DEFAULT_LAKE_START = '1990-01-01';

export const DAY_MS = 86_400_000;
/** What SQL can show, epoch ms. */
export const MIN_TIME_MS = Date.parse('0001-01-01T00:00:00Z');
export const MAX_TIME_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** US dollars. */
export const PRICE_FIELDS = [
  'open',
  'close',
  'high',
  'low',
  'latestPrice',
  'week52High',
  'week52Low',
] as const satisfies readonly QuoteFieldName[];
const AMOUNT_FIELDS: readonly QuoteFieldName[] = [...PRICE_FIELDS, 'latestVolume'];

/** Whether a field is a price or volume, which isBadAmount judges. */
export function isAmountField(name: QuoteFieldName): boolean {
  return AMOUNT_FIELDS.includes(name);
}

export const TIME_FIELDS = QUOTE_FIELDS.filter((field) => field.kind === 'time').map((field) => field.name);

/** A date yyyy-mm-dd as UTC epoch ms, or undefined if it is none. */
export function parseDay(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text ? undefined : ms;
}

/** The event time of a quote, epoch ms: its own, else the record's timestamp. */
export function eventTimeMs(quote: Pick<Quote, 'latestUpdate'>, recordTimestampMs: number): number {
  return quote.latestUpdate ?? recordTimestampMs;
}

/**
 * Judges a decoded quote.
 * @param recordTimestampMs the Kafka record's timestamp, epoch ms
 * @param lakeStart first day of the lake: yyyy-mm-dd, or epoch ms where many are judged
 * @returns the code of the first rule it breaks, or undefined if it is good
 */
export function judge(
  quote: Quote,
  recordTimestampMs: number,
  lakeStart: string | number,
): QualityCode | undefined {
  if (quote.symbol === '') return 'symbol_empty';
  for (const field of PRICE_FIELDS) if (isBadAmount(quote[field])) return 'price_invalid';
  if (isBadAmount(quote.latestVolume)) return 'volume_invalid';
  const startMs = typeof lakeStart === 'number' ? lakeStart : (parseDay(lakeStart) ?? 0);
  const eventMs = eventTimeMs(quote, recordTimestampMs);
  if (!(eventMs >= startMs && eventMs <= recordTimestampMs + DAY_MS)) return 'event_time_out_of_range';
  for (const field of TIME_FIELDS) {
    const ms = quote[field];
    if (ms !== null && !(ms >= MIN_TIME_MS && ms <= MAX_TIME_MS)) return 'time_out_of_range';
  }
  // Where the quote has no time of its own, the record's timestamp says the day it is filed under.
  if (eventMs > MAX_TIME_MS) return 'time_out_of_range';
  return undefined;
}

/** Whether a price or volume is negative or not finite. */
export function isBadAmount(value: number | null): boolean {
  return value !== null && !(value >= 0 && value < Number.POSITIVE_INFINITY);
}
