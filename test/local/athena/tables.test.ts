/** What the engine reads of tables: registered places only, columns by name, types as the catalog has them. */

import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ByteWriter, type ParquetWriteOptions, parquetWrite } from 'hyparquet-writer';
import { encodeRawFile } from '../../../core/raw-file.ts';
import { RAW_COLUMNS } from '../../../core/raw-schema.ts';
import { AthenaLake } from '../../helpers/athena-lake.ts';

let lake: AthenaLake;
beforeAll(async () => {
  lake = await AthenaLake.start();
}, 60_000);
afterAll(async () => {
  await lake.stop();
});

type ColumnData = ParquetWriteOptions['columnData'];

function parquet(columnData: ColumnData): Uint8Array {
  const writer = new ByteWriter();
  void parquetWrite({ writer, columnData });
  return writer.getBytes();
}

const symbols = (...data: string[]): ColumnData[number] => ({ name: 'symbol', data, type: 'STRING' });
const prices = (...data: (number | null)[]): ColumnData[number] => ({ name: 'price', data, type: 'DOUBLE' });

describe('partitions', () => {
  beforeAll(async () => {
    const at = 's3://lake/days/';
    await lake.createTable('days', {
      columns: { symbol: 'string', price: 'double' },
      keys: { dt: 'string' },
      location: at,
    });
    await lake.put('days/dt=2026-11-19/a.parquet', parquet([symbols('A', 'B'), prices(1, 2)]));
    await lake.put('days/dt=2026-11-20/a.parquet', parquet([symbols('C'), prices(3)]));
    await lake.put('days/dt=2026-11-20/fill/b.parquet', parquet([symbols('D'), prices(4)]));
    await lake.put('days/dt=2026-11-20/_started', 'not data');
    await lake.put('days/dt=2026-11-20/.tmp/c.parquet', 'not data');
    await lake.put('days/dt=2026-11-21/a.parquet', parquet([symbols('X'), prices(99)]));
    await lake.put('elsewhere/a.parquet', parquet([symbols('E'), prices(5)]));
    await lake.register('days', {
      [`${at}dt=2026-11-19/`]: ['2026-11-19'],
      [`${at}dt=2026-11-20`]: ['2026-11-20'],
      's3://lake/elsewhere/': ['2026-11-22'],
      [`${at}dt=2026-11-23/`]: ['2026-11-23'],
    });
  });

  test('only registered ones are seen, wherever they lie; hidden files and empty places are nothing', async () => {
    expect(await lake.rows('SELECT symbol, price, dt FROM days ORDER BY symbol')).toEqual([
      ['A', '1.0', '2026-11-19'],
      ['B', '2.0', '2026-11-19'],
      ['C', '3.0', '2026-11-20'],
      ['D', '4.0', '2026-11-20'],
      ['E', '5.0', '2026-11-22'],
    ]);
  });

  test.each([
    ["dt = '2026-11-19'", '1 of 4 partitions, 1 files', ['A', 'B']],
    ["dt >= '2026-11-20' AND dt < '2026-11-22'", '1 of 4 partitions, 2 files', ['C', 'D']],
    ["dt IN (CAST(date '2026-11-21' + interval '1' day AS varchar))", '1 of 4 partitions, 1 files', ['E']],
    ["date(dt) > date '2026-11-22'", '1 of 4 partitions, 0 files', []],
    ["dt = 'never'", '0 of 4 partitions, 0 files', []],
  ])('%s prunes to %s', async (condition, summary, expected) => {
    const sql = `SELECT symbol FROM days WHERE ${condition} ORDER BY 1`;
    expect((await lake.rows(sql)).flat()).toEqual(expected);
    expect((await lake.rows(`EXPLAIN ${sql}`)).at(-1)?.[0]).toContain(`lake.days: ${summary}`);
  });

  test('a file that another replaced under the same key is read anew', async () => {
    await lake.createTable('replaced', {
      columns: { symbol: 'string', price: 'double' },
      location: 's3://lake/replaced/',
    });
    await lake.put('replaced/a.parquet', parquet([symbols('old')]));
    expect(await lake.rows('SELECT symbol, price FROM replaced')).toEqual([['old', null]]);
    await lake.put('replaced/a.parquet', parquet([symbols('newer', 'newest'), prices(1, 2)]));
    expect(await lake.rows('SELECT symbol, price FROM replaced')).toEqual([
      ['newer', '1.0'],
      ['newest', '2.0'],
    ]);
  });
});

describe('columns', () => {
  test('are found by name; one that a file lacks is NULL, one that the catalog lacks is not seen', async () => {
    await lake.createTable('evolved', {
      columns: { price: 'double', symbol: 'string', note: 'string' },
      location: 's3://lake/evolved/',
    });
    await lake.put('evolved/1.parquet', parquet([symbols('A'), prices(1)]));
    await lake.put(
      'evolved/2.parquet',
      parquet([prices(2), { name: 'Note', data: ['n'], type: 'STRING' }, symbols('B')]),
    );
    await lake.put('evolved/3.parquet', parquet([symbols('C'), { name: 'gone', data: [1n], type: 'INT64' }]));
    expect(await lake.rows('SELECT * FROM evolved ORDER BY symbol')).toEqual([
      ['1.0', 'A', null],
      ['2.0', 'B', 'n'],
      [null, 'C', null],
    ]);
  });

  test('narrower numbers are widened', async () => {
    await lake.createTable('widened', {
      columns: { n: 'bigint', x: 'double' },
      location: 's3://lake/widened/',
    });
    await lake.put(
      'widened/1.parquet',
      parquet([
        { name: 'n', data: [1], type: 'INT32' },
        { name: 'x', data: [1.5], type: 'FLOAT' },
      ]),
    );
    await lake.put(
      'widened/2.parquet',
      parquet([
        { name: 'n', data: [1n << 40n], type: 'INT64' },
        { name: 'x', data: [2.5], type: 'DOUBLE' },
      ]),
    );
    expect(await lake.rows('SELECT n, x FROM widened ORDER BY n')).toEqual([
      ['1', '1.5'],
      ['1099511627776', '2.5'],
    ]);
  });

  test('another type than the catalog’s is bad data, with the file; unless nobody asks for the column', async () => {
    await lake.createTable('clash', {
      columns: { symbol: 'string', price: 'double' },
      location: 's3://lake/clash/',
    });
    await lake.put(
      'clash/1.parquet',
      parquet([symbols('A'), { name: 'price', data: ['1.5'], type: 'STRING' }]),
    );
    expect(await lake.failure('SELECT max(price) FROM clash')).toBe(
      "HIVE_BAD_DATA: Field price's type BINARY in parquet file s3://lake/clash/1.parquet is incompatible with type double defined in table schema",
    );
    expect(await lake.rows('SELECT symbol FROM clash')).toEqual([['A']]);
  });

  test('every type is printed as Athena prints it', async () => {
    await lake.createTable('types', {
      columns: { b: 'boolean', t: 'timestamp', i: 'int', f: 'float' },
      location: 's3://lake/types/',
    });
    await lake.put(
      'types/1.parquet',
      parquet([
        { name: 'b', data: [true, null], type: 'BOOLEAN', nullable: true },
        {
          name: 't',
          data: [new Date('2026-11-20T14:30:00Z'), new Date('1969-12-31T23:59:59.999Z')],
          type: 'TIMESTAMP',
        },
        { name: 'i', data: [-1, 2], type: 'INT32' },
        { name: 'f', data: [0.1, 1e10], type: 'FLOAT' },
      ]),
    );
    const { columns } = await lake.answer('SELECT * FROM types');
    expect(columns.map(({ type }) => type)).toEqual(['boolean', 'timestamp(3)', 'integer', 'real']);
    expect(await lake.rows('SELECT b, t, i, f FROM types ORDER BY i')).toEqual([
      ['true', '2026-11-20 14:30:00.000', '-1', '0.1'],
      [null, '1969-12-31 23:59:59.999', '2', '1.0E10'],
    ]);
  });
});

function rawBody(key: string, offset: number): Buffer {
  const record = {
    offset,
    timestamp: 1_760_000_000_000 + offset,
    timestampType: 'CREATE_TIME',
    key: Buffer.from('AAPL').toString('base64'),
    headers: [],
    value: Buffer.from([0, 1, 255]).toString('base64'),
  };
  return encodeRawFile(key, offset, [record]).body;
}

describe('raw objects', () => {
  beforeAll(async () => {
    await lake.createTable('quotes_raw', {
      columns: Object.fromEntries(RAW_COLUMNS.map(({ name, glueType }) => [name, glueType])),
      keys: { log_id: 'string', kafka_partition: 'int' },
      location: 's3://lake/quotes/',
      format: 'avro',
      properties: {
        'projection.enabled': 'true',
        'projection.log_id.type': 'injected',
        'projection.kafka_partition.type': 'integer',
        'projection.kafka_partition.range': '0,3',
        'projection.kafka_partition.digits': '4',
        'storage.location.template': 's3://lake/quotes/log_id=${log_id}/kafka_partition=${kafka_partition}/',
      },
    });
    for (const [partition, offset] of [
      [0, 0],
      [2, 10],
    ] as const) {
      const key = `quotes/log_id=L1/kafka_partition=000${partition}/${String(offset).padStart(20, '0')}.avro`;
      await lake.put(key, rawBody(key, offset));
    }
  });

  test('are read where the properties project them, bytes as they are', async () => {
    const sql =
      'SELECT kafka_partition, "offset", from_utf8(key), value FROM quotes_raw WHERE log_id = \'L1\' ORDER BY 1';
    expect(await lake.rows(sql)).toEqual([
      ['0', '0', 'AAPL', '00 01 ff'],
      ['2', '10', 'AAPL', '00 01 ff'],
    ]);
    const pruned = await lake.rows(`EXPLAIN ${sql.replace('ORDER', 'AND kafka_partition = 2 ORDER')}`);
    expect(pruned.at(-1)?.[0]).toContain('1 of 4 partitions, 1 files');
  });

  test('that are deleted are not read again, though others of their folder are', async () => {
    const folder = 'quotes/log_id=L2/kafka_partition=0001';
    const keys = [0, 1].map((offset) => `${folder}/${String(offset).padStart(20, '0')}.avro`);
    for (const [offset, key] of keys.entries()) await lake.put(key, rawBody(key, offset));
    const sql = 'SELECT "offset" FROM quotes_raw WHERE log_id = \'L2\' ORDER BY 1';
    expect(await lake.rows(sql)).toEqual([['0'], ['1']]);
    await lake.s3.send(new DeleteObjectCommand({ Bucket: 'lake', Key: keys[0] ?? '' }));
    expect(await lake.rows(sql)).toEqual([['1']]);
  });

  test('that are no Avro fail by file', async () => {
    const key = 'quotes/log_id=L3/kafka_partition=0000/00000000000000000000.avro';
    await lake.put(key, Buffer.from('no container'));
    expect(await lake.failure("SELECT * FROM quotes_raw WHERE log_id = 'L3'")).toMatch(
      /^HIVE_BAD_DATA: s3:\/\/lake\/quotes\/log_id=L3\/.* is no Avro file that can be read: /,
    );
  });

  test('a query states the injected key', async () => {
    expect(await lake.failure('SELECT count(*) FROM quotes_raw')).toMatch(
      /^CONSTRAINT_VIOLATION: For the injected projected partition column log_id, the WHERE clause must contain only static equality/,
    );
  });
});

describe('JSON', () => {
  test('lines are read by declared columns; one that is no JSON fails by file', async () => {
    await lake.createTable('notes', {
      columns: { code: 'string', n: 'bigint', at: 'timestamp', tags: 'array<struct<k:string,v:int>>' },
      location: 's3://lake/notes/',
      format: 'json',
    });
    await lake.put(
      'notes/1.json',
      '{"code":"a","n":1,"at":"2026-11-20 14:30:00.5","tags":[{"k":"x","v":1}],"more":true}\n{"code":"b"}\n',
    );
    expect(await lake.rows('SELECT * FROM notes ORDER BY code')).toEqual([
      ['a', '1', '2026-11-20 14:30:00.500', '[{k=x, v=1}]'],
      ['b', null, null, null],
    ]);
    await lake.put('notes/2.json', '{"code":\n');
    expect(await lake.failure('SELECT * FROM notes')).toBe(
      'HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException in s3://lake/notes/2.json',
    );
  });
});
