import { encodeQuote } from '../../core/codec.ts';
import type { QualityCode } from '../../core/quality.ts';
import { QUOTE_FIELDS, type Quote } from '../../core/quote.ts';
import { encodeFrame, HEADER_BYTES } from '../../core/wire.ts';

/** A record that breaks one quality rule, as some other producer might write it. */
export interface PoisonRecord {
  readonly code: QualityCode;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

const DAY_MS = 86_400_000;
/** No registry has a version of this id. */
const UNKNOWN_VERSION_ID = '00000000-dead-4bad-8bad-000000000000';
const AFTER_YEAR_9999_MS = 253_402_300_800_000;

/**
 * One record for every quality rule that topic `quotes` knows, made from a good quote by the one thing that is wrong with it.
 * @param schemaVersionId the version that good records are framed with
 * @param nowMs the records' timestamp, epoch ms
 */
export function poisonRecords(schemaVersionId: string, nowMs: number): readonly PoisonRecord[] {
  const good = goodQuote(nowMs);
  const body = encodeQuote(good);
  const frame = encodeFrame(schemaVersionId, body);
  const framed = (change: Partial<Quote>): Buffer =>
    encodeFrame(schemaVersionId, encodeQuote({ ...good, ...change }));
  const values: Readonly<Record<Exclude<QualityCode, 'source_missing'>, Buffer | null>> = {
    value_missing: null,
    framing_undecodable: Buffer.from('{"symbol":"POISON","latestPrice":1}'),
    schema_unknown: encodeFrame(UNKNOWN_VERSION_ID, body),
    body_undecodable: frame.subarray(0, HEADER_BYTES + Math.floor(body.length / 2)),
    body_trailing_bytes: Buffer.concat([frame, Buffer.from('more')]),
    symbol_empty: framed({ symbol: '' }),
    price_invalid: framed({ latestPrice: -1 }),
    volume_invalid: framed({ latestVolume: Number.POSITIVE_INFINITY }),
    event_time_out_of_range: framed({ latestUpdate: nowMs + 2 * DAY_MS }),
    time_out_of_range: framed({ closeTime: AFTER_YEAR_9999_MS }),
  };
  return Object.entries(values).map(([code, value], index) => ({
    code: code as QualityCode,
    // Keys may lack as well.
    key: index % 5 === 0 ? null : Buffer.from(`POISON${index}`),
    value,
  }));
}

function goodQuote(latestUpdate: number): Quote {
  const nothing = Object.fromEntries(QUOTE_FIELDS.map(({ name }) => [name, null]));
  return { ...nothing, symbol: 'POISON', latestPrice: 1, latestVolume: 1, latestUpdate } as Quote;
}
