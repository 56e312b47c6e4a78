/** Iceberg tables on the local engine: the snapshot that the catalog points at, its files alone, columns by field id. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AthenaLake } from '../../helpers/athena-lake.ts';
import { allow } from '../../helpers/aws-endpoint.ts';
import { type Field, IcebergFixture, type Row } from '../../helpers/iceberg-table.ts';

const FIELDS: readonly Field[] = [
  { id: 1, name: 'symbol', type: 'string' },
  { id: 2, name: 'price', type: 'double' },
  { id: 3, name: 'event_time', type: 'timestamp' },
  { id: 4, name: 'n', type: 'int' },
  { id: 5, name: 'dt', type: 'string' },
];
const DAYS = ['2026-11-19', '2026-11-20'];
const SYMBOLS = 40;
const ROWS = 4000;

/** A day's rows, sorted by symbol. */
function rowsOf(dt: string): Row[] {
  return Array.from({ length: ROWS }, (_, n) => ({
    symbol: `S${String(Math.floor((n * SYMBOLS) / ROWS)).padStart(3, '0')}`,
    price: n / 8,
    event_time: Date.parse(`${dt}T14:30:00Z`) * 1000 + n * 1000,
    n,
    dt,
  }));
}

let lake: AthenaLake;
let table: IcebergFixture;
const snapshots: string[] = [];
beforeAll(async () => {
  lake = await AthenaLake.start();
  table = await IcebergFixture.create(lake, 'history', { fields: FIELDS, partitionBy: 'dt' });
  for (const dt of DAYS)
    snapshots.push(await table.commit([await table.write(rowsOf(dt), { rowsPerGroup: ROWS / SYMBOLS })]));
  // Written, and part of no snapshot.
  await table.write(rowsOf('2026-11-21'));
}, 60_000);
afterAll(async () => {
  await lake.stop();
});

const bytesOf = async (sql: string): Promise<number> => (await lake.answer(sql)).scannedBytes;

describe('a snapshot', () => {
  test('is read with the columns and types of its metadata, and files that it names alone', async () => {
    const { columns, rows } = await lake.answer('SELECT * FROM history ORDER BY dt, n LIMIT 1');
    expect(columns.map(({ name }) => name)).toEqual(['symbol', 'price', 'event_time', 'n', 'dt']);
    expect(rows).toEqual([['S000', '0.0', '2026-11-19 14:30:00.000', '0', '2026-11-19']]);
    expect(
      await lake.rows('SELECT dt, count(*), count(DISTINCT symbol) FROM history GROUP BY dt ORDER BY 1'),
    ).toEqual(DAYS.map((dt) => [dt, String(ROWS), String(SYMBOLS)]));
  });

  test('of a table that nothing was committed to has no row', async () => {
    await IcebergFixture.create(lake, 'empty', { fields: FIELDS });
    expect(await lake.rows('SELECT * FROM empty')).toEqual([]);
  });

  test('is the same for all parts of a query, and the next query sees the next', async () => {
    const moving = await IcebergFixture.create(lake, 'moving', { fields: FIELDS });
    const row = { symbol: 'A', price: 1, event_time: 0, n: 1, dt: '2026-11-19' };
    await moving.commit([await moving.write([row])]);
    expect(await lake.rows('SELECT symbol, n FROM moving')).toEqual([['A', '1']]);
    // Copy-on-write: the file that held the row is replaced by one that holds it changed.
    await moving.commit([await moving.write([{ ...row, n: 2 }])], () => true);
    expect(await lake.rows('SELECT a.n, b.n FROM moving a JOIN moving b ON a.symbol = b.symbol')).toEqual([
      ['2', '2'],
    ]);
  });

  test.each([
    [() => `FOR VERSION AS OF ${snapshots[0] ?? ''}`, [[String(ROWS)]]],
    [() => `FOR TIMESTAMP AS OF TIMESTAMP '2026-11-20 00:59:59 UTC'`, [[String(ROWS)]]],
    [() => `FOR TIMESTAMP AS OF TIMESTAMP '2026-11-20 01:00:00 UTC'`, [[String(2 * ROWS)]]],
  ])('of the past is read as it was (%#)', async (version, expected) => {
    expect(await lake.rows(`SELECT count(*) FROM history ${version()}`)).toEqual(expected);
  });

  test.each([
    [
      'SELECT 1 FROM history FOR VERSION AS OF 5',
      /^INVALID_ARGUMENTS: Iceberg snapshot ID does not exists: 5$/,
    ],
    [
      "SELECT 1 FROM history FOR TIMESTAMP AS OF TIMESTAMP '2020-01-01 00:00:00 UTC'",
      /^INVALID_ARGUMENTS: No version history table history at or before 2020-01-01T00:00:00/,
    ],
  ])('that never was is refused: %s', async (sql, message) => {
    expect(await lake.failure(sql)).toMatch(message);
  });
});

describe('conditions', () => {
  test.each([
    ["dt = '2026-11-20'", '1 of 2 files', ROWS],
    ["dt = '2026-11-20' AND symbol = 'S007'", '1 of 2 files', ROWS / SYMBOLS],
    ["event_time < timestamp '2026-11-20 00:00:00'", '1 of 2 files', ROWS],
    ["symbol = 'nobody'", '0 of 2 files', 0],
    ["symbol IN ('S001', 'S002')", '2 of 2 files', (4 * ROWS) / SYMBOLS],
  ])('%s reads %s', async (condition, summary, count) => {
    const sql = `SELECT count(symbol) FROM history WHERE ${condition}`;
    expect(await lake.rows(sql)).toEqual([[String(count)]]);
    expect((await lake.rows(`EXPLAIN ${sql}`)).at(-1)?.[0]).toContain(
      `lake.history: snapshot ${snapshots[1] ?? ''}, ${summary}`,
    );
  });

  test('of one symbol count the row groups that have it', async () => {
    const all = await bytesOf('SELECT max(price) FROM history WHERE symbol IS NOT NULL');
    const one = await bytesOf("SELECT max(price) FROM history WHERE symbol = 'S007'");
    expect(one).toBeGreaterThan(0);
    expect(one).toBeLessThan(all / 10);
    expect(await bytesOf("SELECT max(price) FROM history WHERE symbol = 'S007'")).toBe(one);
  });
});

describe('a schema that changed', () => {
  test('finds columns by field id, whatever files call them', async () => {
    const evolving = await IcebergFixture.create(lake, 'evolving', { fields: FIELDS });
    const row = { symbol: 'A', price: 1.5, event_time: 0, n: 7, dt: '2026-11-19' };
    await evolving.commit([await evolving.write([row])]);
    // price is now called last, n is wider, another column took the name price, and dt is gone.
    await evolving.evolve([
      { id: 1, name: 'symbol', type: 'string' },
      { id: 2, name: 'last', type: 'double' },
      { id: 4, name: 'n', type: 'long' },
      { id: 6, name: 'price', type: 'double' },
    ]);
    await evolving.commit([await evolving.write([{ symbol: 'B', last: 2.5, n: 8, price: 9.5 }])]);
    expect(await lake.rows('SELECT * FROM evolving ORDER BY symbol')).toEqual([
      ['A', '1.5', '7', null],
      ['B', '2.5', '8', '9.5'],
    ]);
    expect(await lake.rows('SELECT symbol FROM evolving WHERE price = 1.5')).toEqual([]);
    expect(await lake.rows('SELECT symbol FROM evolving WHERE last = 1.5 AND n = 7')).toEqual([['A']]);
  });
});

describe('what would be read wrongly is refused', () => {
  const make = async (
    name: string,
    options: Partial<Parameters<typeof IcebergFixture.create>[2]>,
  ): Promise<IcebergFixture> => {
    const made = await IcebergFixture.create(lake, name, { fields: FIELDS, ...options });
    await made.commit([await made.write(rowsOf('2026-11-19').slice(0, 3))]);
    return made;
  };

  test('version 3', async () => {
    await make('version3', { formatVersion: 3 });
    expect(await lake.failure('SELECT 1 FROM version3')).toMatch(
      /^NOT_SUPPORTED: version3 is an Iceberg table of version 3/,
    );
  });

  test('files without field ids', async () => {
    await make('mapped', { properties: { 'schema.name-mapping.default': '[]' } });
    expect(await lake.failure('SELECT 1 FROM mapped')).toMatch(
      /^NOT_SUPPORTED: mapped has files without field ids/,
    );
  });

  test('delete files', async () => {
    const deleted = await IcebergFixture.create(lake, 'deleted', { fields: FIELDS });
    deleted.listed = (entry) => ({ ...entry, content: 1 });
    await deleted.commit([await deleted.write(rowsOf('2026-11-19').slice(0, 3))]);
    expect(await lake.failure('SELECT 1 FROM deleted')).toMatch(/^NOT_SUPPORTED: deleted has delete files/);
  });

  test.each([
    [
      'history/lost/metadata/00000.metadata.json',
      undefined,
      /^ICEBERG_MISSING_METADATA: .* s3:\/\/lake\/history\/lost\//,
    ],
    [
      'history/bad/metadata/00000.metadata.json',
      '{"format',
      /^ICEBERG_INVALID_METADATA: Invalid metadata file for table bad$/,
    ],
  ])('metadata at %s', async (key, body, message) => {
    const name = key.split('/')[1] ?? '';
    if (body !== undefined) await lake.put(key, body);
    await lake.addTable({
      Name: name,
      TableType: 'EXTERNAL_TABLE',
      Parameters: { table_type: 'ICEBERG', metadata_location: `s3://lake/${key}` },
      StorageDescriptor: { Columns: [] },
    });
    expect(await lake.failure(`SELECT 1 FROM ${name}`)).toMatch(message);
  });
});

describe('grants', () => {
  const catalog = allow('glue:GetTable', '*');

  test('the caller’s own decide on metadata', async () => {
    expect(await lake.rows('SELECT count(symbol) FROM history')).toEqual([[String(2 * ROWS)]]);
    const credentials = lake.role('no-metadata', [
      catalog,
      allow('s3:GetObject', 'arn:aws:s3:::lake/history/history/data/*'),
    ]);
    expect(await lake.failure('SELECT count(symbol) FROM history', { credentials })).toMatch(
      /^PERMISSION_DENIED: Permission denied on S3 path: s3:\/\/lake\/history\/history\/metadata\/\d+\.metadata\.json/,
    );
  });

  test('and on data, file by file', async () => {
    const credentials = lake.role('one-file', [
      catalog,
      allow('s3:GetObject', [
        'arn:aws:s3:::lake/history/history/metadata/*',
        'arn:aws:s3:::lake/history/history/data/00001.parquet',
      ]),
    ]);
    const sql = 'SELECT count(symbol) FROM history';
    expect(await lake.rows(`${sql} WHERE dt = '2026-11-20'`, { credentials })).toEqual([[String(ROWS)]]);
    expect(await lake.failure(sql, { credentials })).toMatch(/^PERMISSION_DENIED: .*data\/00000\.parquet/);
  });
});

describe('the catalog, asked', () => {
  test.each([
    [
      'SELECT operation, summary[\'total-data-files\'] FROM "history$snapshots" ORDER BY committed_at',
      [
        ['overwrite', '1'],
        ['overwrite', '2'],
      ],
    ],
    [
      'SELECT count(*), count(parent_id), bool_and(is_current_ancestor) FROM "history$history"',
      [['2', '1', 'true']],
    ],
    [
      'SELECT file_path, record_count FROM lake."history$files" ORDER BY 1',
      ['00000', '00001'].map((name) => [`s3://lake/history/history/data/${name}.parquet`, String(ROWS)]),
    ],
    [
      'SELECT "partition".dt, record_count, file_count FROM "history$partitions" ORDER BY 1',
      DAYS.map((dt) => [dt, String(ROWS), '1']),
    ],
    ['SELECT added_data_files_count FROM "history$manifests"', [['2']]],
    ['SELECT name, type FROM "history$refs"', [['main', 'BRANCH']]],
    ['SELECT count(*) FROM "empty$partitions"', [['0']]],
    [
      'DESCRIBE history',
      [
        ['symbol', 'string', ''],
        ['price', 'double', ''],
        ['event_time', 'timestamp', ''],
        ['n', 'int', ''],
        ['dt', 'string', ''],
      ],
    ],
    [
      'SHOW CREATE TABLE history',
      [
        ['CREATE TABLE lake.history ('],
        ['  symbol string,'],
        ['  price double,'],
        ['  event_time timestamp,'],
        ['  n int,'],
        ['  dt string)'],
        ['PARTITIONED BY (dt)'],
        ["LOCATION 's3://lake/history/history'"],
        ["TBLPROPERTIES ('table_type'='iceberg')"],
      ],
    ],
  ])('%s', async (sql, expected) => {
    expect(await lake.rows(sql)).toEqual(expected);
  });

  test.each([
    ['SHOW PARTITIONS history', /^NOT_SUPPORTED: .*SELECT \* FROM "history\$partitions"/],
    ['SELECT * FROM "history$nothing"', /^TABLE_NOT_FOUND: /],
    ['SELECT * FROM "nothing$files"', /^TABLE_NOT_FOUND: /],
  ])('%s is refused', async (sql, message) => {
    expect(await lake.failure(sql)).toMatch(message);
  });
});
