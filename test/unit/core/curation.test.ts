import { describe, expect, test } from '@jest/globals';
import { createQuoteDecoder, encodeQuote, QUOTE_SCHEMA_TEXT } from '../../../core/codec.ts';
import { type CurationRules, curate, schemaVersionIdsIn } from '../../../core/curation.ts';
import type { DeliveredRecord } from '../../../core/kafka-event.ts';
import { rawKey } from '../../../core/layout.ts';
import { QUALITY_RULES } from '../../../core/quality.ts';
import { formatQuarantined } from '../../../core/quarantine.ts';
import { decodeRawFile, encodeRawFile, type RawRecord } from '../../../core/raw-file.ts';
import { SOURCE_HEADERS, type SourceCoordinates } from '../../../core/source-coordinates.ts';
import { encodeFrame } from '../../../core/wire.ts';
import {
  base64,
  LOG,
  makeQuote,
  makeRecord,
  NOON_MS,
  quoteRecord,
  SCHEMA_ID,
  sourceRecordHeaders,
} from '../../helpers/records.ts';

const decoder = createQuoteDecoder(QUOTE_SCHEMA_TEXT);
const rules: CurationRules = {
  decoderOf: (id) => (id === SCHEMA_ID ? decoder : undefined),
  lakeStartMs: Date.parse('1990-01-01T00:00:00Z'),
};
const OTHER_ID = 'd4735e3a-265e-46ee-a03f-59718b9b5d03';

/** Records as curate reads them: through a raw object. */
function raw(records: readonly DeliveredRecord[]): readonly RawRecord[] {
  const key = rawKey(LOG, 0);
  return decodeRawFile(key, encodeRawFile(key, 0, records).body).records;
}

const frame = (bytes: Buffer): string => base64(encodeFrame(SCHEMA_ID, bytes));

/** One record for every rule of a topic that is not derived. */
const POISON: Record<
  Exclude<keyof typeof QUALITY_RULES, 'source_missing'>,
  (offset: number) => DeliveredRecord
> = {
  value_missing: (offset) => makeRecord(offset, { value: null }),
  framing_undecodable: (offset) => makeRecord(offset, { value: base64('{"symbol":"AAPL"}') }),
  schema_unknown: (offset) =>
    makeRecord(offset, { value: base64(encodeFrame(OTHER_ID, encodeQuote(makeQuote()))) }),
  body_undecodable: (offset) =>
    makeRecord(offset, { value: frame(encodeQuote(makeQuote()).subarray(0, -1)) }),
  body_trailing_bytes: (offset) =>
    makeRecord(offset, { value: frame(Buffer.concat([encodeQuote(makeQuote()), Buffer.of(1)])) }),
  symbol_empty: (offset) => quoteRecord(offset, { symbol: '' }),
  price_invalid: (offset) => quoteRecord(offset, { low: -1 }),
  volume_invalid: (offset) => quoteRecord(offset, { latestVolume: -1 }),
  event_time_out_of_range: (offset) => quoteRecord(offset, { latestUpdate: 0 }),
  time_out_of_range: (offset) => quoteRecord(offset, { openTime: -(2 ** 50) }),
};

describe('curating records', () => {
  test('sorts rows by symbol, event time, offset, and parts them by UTC day', () => {
    const late = Date.parse('2026-11-20T23:59:59.999Z');
    const { days, quarantined } = curate(
      raw([
        quoteRecord(0, { symbol: 'MSFT', latestUpdate: late }),
        quoteRecord(1, { symbol: 'AAPL', latestUpdate: late }),
        quoteRecord(2, { symbol: 'AAPL', latestUpdate: late + 1 }),
        quoteRecord(3, { symbol: 'AAPL', latestUpdate: late - 1 }),
        quoteRecord(4, { symbol: 'AAPL', latestUpdate: late }),
      ]),
      rules,
    );
    expect(quarantined).toEqual([]);
    expect([...days].map(([dt, rows]) => [dt, rows.map(({ offset }) => offset)])).toEqual([
      ['2026-11-20', [3, 1, 4, 0]],
      ['2026-11-21', [2]],
    ]);
  });

  test('takes the record’s timestamp where the quote has no time', () => {
    const { days } = curate(
      raw([quoteRecord(0, { latestUpdate: null }, { timestamp: Date.UTC(2024, 1, 29) })]),
      rules,
    );
    expect([...days.keys()]).toEqual(['2024-02-29']);
  });

  test('accepts a null key', () => {
    expect(curate(raw([quoteRecord(0, {}, { key: null })]), rules).days.size).toBe(1);
  });

  test('accepts zlib framing', () => {
    const value = base64(encodeFrame(SCHEMA_ID, encodeQuote(makeQuote()), 'zlib'));
    expect(curate(raw([makeRecord(0, { value })]), rules).days.size).toBe(1);
  });

  test.each(Object.entries(POISON))('quarantines %s, and good records around it go on', (code, make) => {
    const { days, quarantined } = curate(raw([quoteRecord(0), make(1), quoteRecord(2)]), rules);
    expect(quarantined.map((record) => [record.record.offset, record.code])).toEqual([[1, code]]);
    expect([...days.values()].flat().map(({ offset }) => offset)).toEqual([0, 2]);
  });

  test('passes on an error that is not the record’s', () => {
    const broken: CurationRules = {
      ...rules,
      decoderOf: () => {
        throw new Error('out of memory');
      },
    };
    expect(() => curate(raw([quoteRecord(0)]), broken)).toThrow('out of memory');
  });
});

describe('curating records of a derived topic', () => {
  const derived: CurationRules = { ...rules, sourceTopic: 'quotes' };
  const source: SourceCoordinates = { logId: 'log-1', topic: 'quotes', partition: 2, offset: 2 ** 40 };
  const headers = sourceRecordHeaders(source);

  test('keeps the source of each, doubles included', () => {
    const twice = [quoteRecord(4, {}, { headers }), quoteRecord(9, {}, { headers })];
    const { days, quarantined } = curate(raw(twice), derived);
    expect(quarantined).toEqual([]);
    expect([...days.values()].flat().map((row) => [row.offset, row.source])).toEqual([
      [4, source],
      [9, source],
    ]);
  });

  test.each([
    ['none', []],
    ['one missing', headers.slice(1)],
    ['those of another topic', sourceRecordHeaders({ ...source, topic: 'trades' })],
    ['an offset that is none', [...headers, { name: SOURCE_HEADERS.offset, value: Buffer.from('-1') }]],
    ['an empty one', [...headers, { name: SOURCE_HEADERS.logId, value: null }]],
  ])('quarantines one whose headers name no source: %s', (_, bad) => {
    const records = [quoteRecord(0, {}, { headers }), quoteRecord(1, {}, { headers: bad })];
    const { days, quarantined } = curate(raw(records), derived);
    expect(quarantined).toMatchObject([
      { record: { offset: 1 }, code: 'source_missing', schemaVersionId: SCHEMA_ID },
    ]);
    expect([...days.values()].flat()).toHaveLength(1);
  });

  test('says what is wrong with the bytes before the source, and the source before what the quote says', () => {
    const { quarantined } = curate(raw([POISON.body_undecodable(0), POISON.symbol_empty(1)]), derived);
    expect(quarantined.map(({ code }) => code)).toEqual(['body_undecodable', 'source_missing']);
  });

  test('quarantines what breaks any other rule, with its headers', () => {
    const { quarantined } = curate(raw([quoteRecord(0, { symbol: '' }, { headers })]), derived);
    expect(quarantined.map(({ code }) => code)).toEqual(['symbol_empty']);
  });

  test('is for derived topics alone: elsewhere headers mean nothing', () => {
    const { days } = curate(raw([quoteRecord(0, {}, { headers }), quoteRecord(1)]), rules);
    expect([...days.values()].flat().map((row) => 'source' in row)).toEqual([false, false]);
  });
});

test('schema version ids are collected from whatever could be a frame', () => {
  expect(
    schemaVersionIdsIn(
      raw([
        quoteRecord(0),
        quoteRecord(1),
        POISON.schema_unknown(2),
        makeRecord(3, { value: 'AwA=' }),
        makeRecord(4, { value: null }),
      ]),
    ),
  ).toEqual(new Set([SCHEMA_ID, OTHER_ID]));
});

describe('a quarantined record', () => {
  const source = { rawKey: rawKey(LOG, 0), curationVersion: 1 };

  test('keeps what is needed to judge it again', () => {
    const record = makeRecord(7, {
      value: base64('junk'),
      headers: [{ name: 'trace', value: Buffer.from('x') }],
    });
    const [quarantined] = curate(raw([record]), rules).quarantined;
    if (quarantined === undefined) throw new Error('it was curated');
    expect(JSON.parse(formatQuarantined(quarantined, source))).toEqual({
      kafka_offset: 7,
      kafka_timestamp: '2026-11-20 15:00:00.007',
      code: 'framing_undecodable',
      reason: expect.stringContaining('4 bytes are too few') as unknown,
      schema_version_id: null,
      key: base64('AAPL'),
      value: base64('junk'),
      headers: [{ name: 'trace', value: base64('x') }],
      raw_key: source.rawKey,
      curation_version: 1,
    });
  });

  test('names its schema version where it has one', () => {
    const [quarantined] = curate(raw([POISON.schema_unknown(0)]), rules).quarantined;
    expect(quarantined).toMatchObject({ code: 'schema_unknown', schemaVersionId: OTHER_ID });
  });

  test('has no timestamp that SQL cannot show', () => {
    const [quarantined] = curate(
      raw([makeRecord(0, { value: null, timestamp: 2 ** 52 - 1 })]),
      rules,
    ).quarantined;
    if (quarantined === undefined) throw new Error('it was curated');
    expect(JSON.parse(formatQuarantined(quarantined, source))).toMatchObject({ kafka_timestamp: null });
  });

  test('is stamped in UTC', () => {
    expect(new Date(NOON_MS).toISOString()).toBe('2026-11-20T15:00:00.000Z');
  });
});
