/** What the lake's files are to readers that are not ours: DuckDB, pyarrow and fastavro. */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createQuoteDecoder, QUOTE_SCHEMA_TEXT } from '../../core/codec.ts';
import { curate } from '../../core/curation.ts';
import { HashSum, quoteHash } from '../../core/hash.ts';
import { type RawObjectId, rawKey } from '../../core/layout.ts';
import { encodeRows } from '../../core/parquet-file.ts';
import { CURATED_COLUMNS, type LakeColumn, QUOTE_COLUMNS, type Quote } from '../../core/quote.ts';
import { decodeRawFile, encodeRawFile } from '../../core/raw-file.ts';
import { testToolPaths } from '../../local/tools.ts';
import { LOG, makeQuote, NOON_MS, quoteRecord } from '../helpers/records.ts';

const object: RawObjectId = { ...LOG, kind: 'chain', start: 0 };
const folder = mkdtempSync(join(tmpdir(), 'tickerlake-readers-'));
const parquetPath = join(folder, 'quotes.parquet');
const avroPath = join(folder, 'raw.avro');

/** Plain ones, and those at the edges of what the quality rules let through. */
const quotes: Quote[] = [
  ...Array.from({ length: 300 }, (_, index) =>
    makeQuote({
      symbol: `S${index % 17}`,
      companyName: index % 3 === 0 ? null : `Company ${index}`,
      open: index / 7,
      openTime: index % 2 === 0 ? null : NOON_MS - index,
      latestVolume: index * 1000,
      latestUpdate: NOON_MS + (index % 50),
    }),
  ),
  makeQuote({ symbol: 'Å∂🚀', companyName: '', sector: '"quoted", comma\nand line', latestTime: '\u0000' }),
  makeQuote({ open: Number.MAX_VALUE, close: Number.MIN_VALUE, high: 0, low: 0.1 + 0.2 }),
  makeQuote({
    openTime: Date.parse('0001-01-01T00:00:00Z'),
    closeTime: Date.parse('9999-12-31T23:59:59.999Z'),
  }),
  makeQuote({ openTime: -1, closeTime: 0, latestUpdate: NOON_MS + 999 }),
];

const expectedHash = new HashSum();
let avroValues: string;

beforeAll(() => {
  const records = quotes.map((quote, index) => quoteRecord(index * 2, quote));
  const key = rawKey(LOG, 0);
  const { body } = encodeRawFile(key, 0, records);
  const decoder = createQuoteDecoder(QUOTE_SCHEMA_TEXT);
  const file = decodeRawFile(key, body);
  const { days, quarantined } = curate(file.records, { decoderOf: () => decoder, lakeStartMs: 0 });
  const [rows] = days.values();
  if (rows === undefined || days.size !== 1 || quarantined.length > 0)
    throw new Error('not one day of good quotes');
  const bytes = encodeRows(rows, object);
  expect(encodeRows(rows, object).equals(bytes)).toBe(true);
  writeFileSync(parquetPath, bytes);
  writeFileSync(avroPath, body);
  for (const quote of quotes) expectedHash.add(quoteHash(quote));
  avroValues = hash('sha256', Buffer.concat(records.map(({ value }) => Buffer.from(value ?? '', 'base64'))));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const namesOf = (columns: readonly LakeColumn[]): string[] => columns.map(({ name }) => name);

function expectTypes(
  found: Record<string, string>,
  byGlueType: Record<LakeColumn['glueType'], string>,
): void {
  const expected = CURATED_COLUMNS.map(({ name, glueType }) => [name, byGlueType[glueType]]);
  expect(Object.entries(found)).toEqual(expected);
}

test('pyarrow reads the curated file with the table’s types and the values produced, fastavro the raw object', () => {
  const script = join(import.meta.dirname, 'read_files.py');
  const args = [script, parquetPath, avroPath, ...namesOf(QUOTE_COLUMNS)];
  const found = JSON.parse(execFileSync(testToolPaths().python, args, { encoding: 'utf8' })) as {
    types: Record<string, string>;
    rows: number;
    hash: string;
    avro: { metadata: Record<string, string>; offsets: number[]; values: string };
  };
  expectTypes(found.types, {
    string: 'string',
    double: 'double',
    timestamp: 'timestamp[ms]',
    int: 'int32',
    bigint: 'int64',
    date: 'date32[day]',
  });
  expect(found.rows).toBe(quotes.length);
  expect(found.hash).toBe(expectedHash.toString());
  expect(found.avro.offsets).toEqual(quotes.map((_, index) => index * 2));
  expect(found.avro.values).toBe(avroValues);
  expect(found.avro.metadata).toMatchObject({
    'tickerlake.first': '0',
    'tickerlake.records': String(quotes.length),
  });
});

test('DuckDB reads the curated file with the table’s types and the values produced', async () => {
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  const described = await duckdb.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet('${parquetPath}')`);
  const types = Object.fromEntries(
    described.getRowObjects().map((row) => [row['column_name'], row['column_type']]),
  ) as Record<string, string>;
  expectTypes(types, {
    string: 'VARCHAR',
    double: 'DOUBLE',
    timestamp: 'TIMESTAMP',
    int: 'INTEGER',
    bigint: 'BIGINT',
    date: 'DATE',
  });
  const columns = QUOTE_COLUMNS.map(({ name, glueType }) =>
    glueType === 'timestamp' ? `epoch_ms(${name})` : name,
  );
  const read = await duckdb.runAndReadAll(`SELECT ${columns.join(', ')} FROM read_parquet('${parquetPath}')`);
  const sum = new HashSum();
  for (const row of read.getRows()) {
    const values = row.map((value) => (typeof value === 'bigint' ? Number(value) : value));
    sum.add(
      quoteHash(
        Object.fromEntries(
          Object.keys(makeQuote()).map((name, index) => [name, values[index]]),
        ) as unknown as Quote,
      ),
    );
  }
  expect(sum.toString()).toBe(expectedHash.toString());
  const lineage = await duckdb.runAndReadAll(
    `SELECT count(DISTINCT kafka_offset), min(kafka_partition), min(log_id), strftime(min(trading_date), '%Y-%m-%d'), count(event_time) FROM read_parquet('${parquetPath}')`,
  );
  expect(lineage.getRows()).toEqual([
    [BigInt(quotes.length), 3, LOG.logId, '2026-11-20', BigInt(quotes.length)],
  ]);
});
