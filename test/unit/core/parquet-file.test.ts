import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { curatedColumns } from '../../../core/curated-columns.ts';
import type { CuratedRow } from '../../../core/curation.ts';
import type { RawObjectId } from '../../../core/layout.ts';
import { encodeRows } from '../../../core/parquet-file.ts';
import { CURATED_COLUMNS } from '../../../core/quote.ts';
import { LOG, makeQuote, NOON_MS } from '../../helpers/records.ts';

const object: RawObjectId = { ...LOG, kind: 'chain', start: 0 };
const rows: CuratedRow[] = [
  {
    quote: makeQuote({ symbol: 'AAPL', companyName: 'Äpple', open: 1.5, openTime: NOON_MS - 1 }),
    offset: 5,
    timestamp: NOON_MS + 1,
    eventTime: NOON_MS,
  },
  {
    quote: makeQuote({ symbol: 'MSFT', latestUpdate: null }),
    offset: 2 ** 40,
    timestamp: NOON_MS,
    eventTime: NOON_MS,
  },
];

function arrayBufferOf(bytes: Buffer): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}

async function read(bytes: Buffer): Promise<Record<string, unknown>[]> {
  const file = arrayBufferOf(bytes);
  const compressors = { ZSTD: (page: Uint8Array): Uint8Array => zstdDecompressSync(page) };
  return parquetReadObjects({ file, compressors });
}

describe('a curated file', () => {
  test('holds the rows with all their columns', async () => {
    const [first, second] = await read(encodeRows(rows, object));
    expect(Object.keys(first ?? {})).toEqual(CURATED_COLUMNS.map(({ name }) => name));
    expect(first).toMatchObject({
      symbol: 'AAPL',
      company_name: 'Äpple',
      open: 1.5,
      open_time: new Date(NOON_MS - 1),
      close: null,
      log_id: LOG.logId,
      kafka_partition: 3,
      kafka_offset: 5n,
      kafka_timestamp: new Date(NOON_MS + 1),
      event_time: new Date(NOON_MS),
      trading_date: new Date('2026-11-20'),
    });
    expect(second).toMatchObject({ symbol: 'MSFT', latest_update: null, kafka_offset: BigInt(2 ** 40) });
  });

  test('of a derived topic also says what each row repeats', async () => {
    const derived: RawObjectId = { ...object, topic: 'quotes_filtered' };
    const source = { logId: 'log-1', topic: 'quotes', partition: 2, offset: 2 ** 50 };
    const [row] = rows.slice(0, 1).map((each) => ({ ...each, source }));
    if (row === undefined) throw new Error('there are rows');
    const [found] = await read(encodeRows([row], derived));
    expect(Object.keys(found ?? {})).toEqual(curatedColumns('quotes_filtered').map(({ name }) => name));
    expect(found).toMatchObject({
      symbol: 'AAPL',
      kafka_partition: 3,
      source_log_id: 'log-1',
      source_partition: 2,
      source_offset: BigInt(2 ** 50),
    });
    expect(encodeRows([row], derived).equals(encodeRows([row], derived))).toBe(true);
  });

  test('of a derived topic is not made of rows that name no source', () => {
    expect(() => encodeRows(rows, { ...object, topic: 'quotes_filtered' })).toThrow(
      'the row of offset 5 names no source',
    );
  });

  test('is the same bytes when produced twice', () => {
    expect(encodeRows(rows, object).equals(encodeRows(rows, object))).toBe(true);
  });

  test('stores times without zone and dates as DATE, in one ZSTD row group', () => {
    const bytes = encodeRows(rows, object);
    const metadata = parquetMetadata(arrayBufferOf(bytes));
    const element = (name: string): unknown => metadata.schema.find((column) => column.name === name);
    expect(element('event_time')).toMatchObject({
      type: 'INT64',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MILLIS' },
    });
    expect(element('trading_date')).toMatchObject({ type: 'INT32', converted_type: 'DATE' });
    expect(metadata.row_groups.length).toBe(1);
    for (const { meta_data } of metadata.row_groups[0]?.columns ?? []) expect(meta_data?.codec).toBe('ZSTD');
  });

  test('holds any rows exactly, nulls among them', async () => {
    const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 6 }));
    const number = fc.option(fc.oneof(fc.constantFrom(0, 0.1, 7), fc.double({ min: 0, noNaN: true })));
    const time = fc.option(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }));
    const fields = { companyName: text, sector: text, open: number, latestVolume: number, openTime: time };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record(fields), { minLength: 1, maxLength: 60 }), async (list) => {
        const many = list.map((quote, offset) => ({
          quote: makeQuote({ ...quote, symbol: `S${offset % 3}` }),
          offset,
          timestamp: NOON_MS + offset,
          eventTime: NOON_MS - offset,
        }));
        const found = await read(encodeRows(many, object));
        const dateOf = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
        expect(found).toEqual(
          many.map(({ quote, offset }, at) => ({
            ...found[at],
            symbol: `S${offset % 3}`,
            company_name: quote.companyName,
            sector: quote.sector,
            open: quote.open,
            latest_volume: quote.latestVolume,
            open_time: dateOf(quote.openTime),
            week52_low: null,
            kafka_offset: BigInt(offset),
            event_time: new Date(NOON_MS - offset),
          })),
        );
      }),
    );
  });

  test('puts no long text into its footer', () => {
    const long = '\u{10FFFF}'.repeat(50_000);
    const quote = makeQuote({ symbol: 'A', sector: long, companyName: 'x'.repeat(90_000) });
    const bytes = encodeRows([{ quote, offset: 0, timestamp: NOON_MS, eventTime: NOON_MS }], object);
    const footerBytes = bytes.readUInt32LE(bytes.length - 8);
    expect(footerBytes).toBeLessThan(5000);
  });

  test('says of each column the least, the greatest and how many are null', () => {
    const metadata = parquetMetadata(arrayBufferOf(encodeRows(rows, object)));
    const of = (name: string): unknown =>
      metadata.row_groups[0]?.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name)
        ?.meta_data?.statistics;
    expect(of('symbol')).toMatchObject({ min_value: 'AAPL', max_value: 'MSFT', null_count: 0n });
    expect(of('company_name')).toMatchObject({ min_value: 'Äpple', max_value: 'Äpple', null_count: 1n });
    expect(of('open')).toMatchObject({ min_value: 1.5, max_value: 1.5, null_count: 1n });
    expect(of('close')).toMatchObject({ null_count: 2n });
    expect(of('close')).not.toHaveProperty('min_value', expect.anything());
    expect(of('kafka_offset')).toMatchObject({ min_value: 5n, max_value: BigInt(2 ** 40) });
  });
});
