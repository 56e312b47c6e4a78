import { zstdDecompressSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { parquetReadObjects } from 'hyparquet';
import { encodeRows } from '../../../core/parquet-file.ts';
import { LOG, makeQuote } from '../../helpers/records.ts';

test.each([
  ['an evening in New York that is the next day in UTC', '2026-11-21T02:00:00Z', '2026-11-20'],
  ['the last second before midnight in winter', '2026-11-21T04:59:59Z', '2026-11-20'],
  ['midnight in winter', '2026-11-21T05:00:00Z', '2026-11-21'],
  ['midnight in summer', '2026-07-01T04:00:00Z', '2026-07-01'],
])('the trading date of a curated row is that of New York: %s', async (_, at, expected) => {
  const eventTime = Date.parse(at);
  const row = { quote: makeQuote({ latestUpdate: eventTime }), offset: 0, timestamp: eventTime, eventTime };
  const bytes = encodeRows([row], { ...LOG, kind: 'chain', start: 0 });
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const compressors = { ZSTD: (page: Uint8Array): Uint8Array => zstdDecompressSync(page) };
  const [found] = await parquetReadObjects({ file, compressors });
  expect(found?.['trading_date']).toEqual(new Date(expected));
});
