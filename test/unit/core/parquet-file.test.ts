import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
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

async function read(bytes: Buffer): Promise<Record<string, unknown>[]> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
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
    const metadata = parquetMetadata(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
    );
    const element = (name: string): unknown => metadata.schema.find((column) => column.name === name);
    expect(element('event_time')).toMatchObject({
      type: 'INT64',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MILLIS' },
    });
    expect(element('trading_date')).toMatchObject({ type: 'INT32', converted_type: 'DATE' });
    expect(metadata.row_groups.length).toBe(1);
    for (const { meta_data } of metadata.row_groups[0]?.columns ?? []) expect(meta_data?.codec).toBe('ZSTD');
  });
});
