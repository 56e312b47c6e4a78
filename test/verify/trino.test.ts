/** Real Trino behind the Athena API's engine port: what it answers, what it refuses, and for whom. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchCreatePartitionCommand } from '@aws-sdk/client-glue';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { curatedKey } from '../../core/layout.ts';
import { encodeRows } from '../../core/parquet-file.ts';
import { CURATED_COLUMNS } from '../../core/quote.ts';
import { renderView } from '../../core/view.ts';
import type { AthenaEngine, AthenaQuery, AwsCredentials } from '../../local/gateway/index.ts';
import { type Guard, startGuard } from '../../local/supervisor/index.ts';
import { trinoToolPaths } from '../../local/tools.ts';
import { TrinoEngine } from '../../local/trino/index.ts';
import { AGGREGATES, CASES, NUMBERS, ON_TRINO, WINDOWS } from '../helpers/athena-functions.ts';
import { AthenaLake, curatedRow } from '../helpers/athena-lake.ts';
import { allow, REGION } from '../helpers/aws-endpoint.ts';

/** A start of Trino on a busy machine. */
const START_MS = 180_000;
const DAYS = ['2026-11-19', '2026-11-20'];
const STORAGE = {
  InputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
  OutputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
  SerdeInfo: { SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
};

// A caller's catalogs take a second to make, on a busy machine several.
jest.setTimeout(60_000);

let lake: AthenaLake;
let guard: Guard;
let folder: string;
let trino: AthenaEngine;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tickerlake-trino-'));
  guard = await startGuard();
  lake = await AthenaLake.start();
  await createQuotes();
  trino = new TrinoEngine({
    guard,
    tools: trinoToolPaths,
    directory: join(folder, 'trino'),
    logs: folder,
    lendKeys: (accessKeyId) => lake.endpoint.gateway.lendKeys(accessKeyId),
    metadata: lake.engine,
  });
  await rows('SELECT 1');
}, START_MS);
afterAll(async () => {
  await trino.close();
  await guard.stopAll();
  await lake.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Twelve quotes of one symbol a day, as curated files, and the view over them. */
async function createQuotes(): Promise<void> {
  const location = 's3://lake/curated/quotes/';
  const Columns = CURATED_COLUMNS.map(({ name, glueType }) => ({ Name: name, Type: glueType }));
  await lake.addTable({
    Name: 'quotes_curated',
    TableType: 'EXTERNAL_TABLE',
    Parameters: { EXTERNAL: 'TRUE' },
    PartitionKeys: [{ Name: 'dt', Type: 'string' }],
    StorageDescriptor: { ...STORAGE, Columns, Location: location },
  });
  for (const [day, dt] of DAYS.entries()) {
    const quotes = Array.from({ length: 12 }, (_, minute) =>
      curatedRow('AAPL', `${dt}T14:${30 + minute}:00Z`, day * 12 + minute, { latestPrice: 100 + minute }),
    );
    const object = { kind: 'chain', topic: 'quotes', logId: 'L1', partition: 0, start: day * 12 } as const;
    await lake.put(curatedKey(object, dt), encodeRows(quotes, object));
  }
  await lake.glue.send(
    new BatchCreatePartitionCommand({
      DatabaseName: 'lake',
      TableName: 'quotes_curated',
      PartitionInputList: DAYS.map((dt) => ({
        Values: [dt],
        StorageDescriptor: { ...STORAGE, Columns, Location: `${location}dt=${dt}/` },
      })),
    }),
  );
  await lake.addTable(renderView({ database: 'lake', viewName: 'quotes', cut: [], hasHistory: false }));
}

async function answer(sql: string, options: Partial<AthenaQuery> = {}) {
  const result = await trino.execute({
    sql,
    database: 'lake',
    credentials: lake.endpoint.gateway.operator,
    endpoint: lake.endpoint.gateway.endpoint,
    region: REGION,
    signal: new AbortController().signal,
    ...options,
  });
  const all: (string | null)[][] = [];
  for await (const batch of result.rows) all.push(...batch.map((row) => [...row]));
  return { columns: result.columns, rows: all, scannedBytes: result.scannedBytes };
}

async function rows(sql: string, options: Partial<AthenaQuery> = {}): Promise<(string | null)[][]> {
  return (await answer(sql, options)).rows;
}

async function failure(sql: string, options: Partial<AthenaQuery> = {}): Promise<unknown> {
  return rows(sql, options).then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
}

test('values and types are Athena’s', async () => {
  const { columns, rows: printed } = await answer(
    `SELECT ARRAY[1, NULL] AS a, MAP(ARRAY['k'], ARRAY[1e10]) AS m, CAST(ROW(1, 'x') AS ROW(n int, t varchar)) AS r,
       X'6a6b' AS b, DATE '2026-01-02' AS d, TIMESTAMP '2026-01-02 03:04:05.678' AS t3, 1.50 AS c, 9007199254740993 AS i,
       interval '1' day AS v, nan() AS x, CAST(NULL AS varchar) AS nothing`,
  );
  expect(printed).toEqual([
    [
      ...['[1, null]', '{k=1.0E10}', '{n=1, t=x}', '6a 6b', '2026-01-02', '2026-01-02 03:04:05.678', '1.50'],
      ...['9007199254740993', '1 00:00:00.000', 'NaN', null],
    ],
  ]);
  expect(columns.map(({ type }) => type)).toEqual([
    ...['array(integer)', 'map(varchar(1), double)', 'row(n integer, t varchar)', 'varbinary', 'date'],
    ...['timestamp(3)', 'decimal(3,2)', 'bigint', 'interval day to second', 'double', 'varchar'],
  ]);
});

describe('functions answer as the local engine does', () => {
  test.each(Object.entries(CASES))('%s', async (_, cases) => {
    for (const [sql, printed] of cases)
      expect([sql, (await rows(`SELECT ${sql}`))[0]?.[0]]).toEqual([sql, ON_TRINO[sql] ?? printed]);
  });

  test('aggregates', async () => {
    for (const [sql, printed] of AGGREGATES)
      expect([sql, (await rows(`SELECT ${sql}`))[0]?.[0]]).toEqual([sql, printed]);
  });

  test('windows', async () => {
    for (const [sql, printed] of WINDOWS) {
      const answered = await rows(`SELECT ${sql} AS y FROM ${NUMBERS} ORDER BY x`);
      expect([sql, answered.map(([value]) => value)]).toEqual([sql, printed]);
    }
  });
});

test('the view is found, and a day of it costs less than all', async () => {
  const all = await answer('SELECT count(symbol), max(latest_price) FROM quotes');
  const day = await answer("SELECT count(symbol), max(latest_price) FROM quotes WHERE dt = '2026-11-20'");
  expect(all.rows).toEqual([['24', '111.0']]);
  expect(day.rows).toEqual([['12', '111.0']]);
  expect(day.scannedBytes).toBeGreaterThan(0);
  expect(day.scannedBytes).toBeLessThan(all.scannedBytes);
});

test('SHOW and DESCRIBE answer in Hive’s words', async () => {
  expect(await rows('SHOW PARTITIONS quotes_curated')).toEqual(DAYS.map((dt) => [`dt=${dt}`]));
});

describe('failures have the same names and places on both engines', () => {
  test.each([
    ['SELEC 1', /^SYNTAX_ERROR: line 1:1: mismatched input 'SELEC'/],
    ['SELECT nope FROM quotes', /^COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved or requester/],
    [
      'SELECT * FROM nothing',
      /^TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.lake.nothing' does not exist/,
    ],
    ['SELECT foo(1)', /^FUNCTION_NOT_FOUND: line 1:8: Function 'foo' not registered/],
    ['SELECT 1/0', /^DIVISION_BY_ZERO: Division by zero/],
    ["SELECT CAST('x' AS double)", /^INVALID_CAST_ARGUMENT: Cannot cast 'x' to double/i],
    ['SELECT symbol, count(*) FROM quotes', /^EXPRESSION_NOT_AGGREGATE: .*must be an aggregate expression/],
    [
      'SELECT symbol + 1 FROM quotes',
      /^TYPE_MISMATCH: line 1:\d+: Cannot apply operator: varchar \+ integer/,
    ],
  ])('%s', async (sql, message) => {
    for (const said of [await failure(sql), await lake.failure(sql)])
      expect(said instanceof Error ? said.message : said).toMatch(message);
  });
});

test('what is no statement is refused before it runs, at its place', async () => {
  await expect(trino.parse?.('SELECT ?\nFORM quotes WHERE symbol = ?')).rejects.toMatchObject({
    message: expect.stringMatching(/^SYNTAX_ERROR: line 2:6: /),
  });
  await trino.parse?.('SELECT count(*) FROM nowhere WHERE symbol = ?;');
  expect(await rows('SELECT 1;')).toEqual([['1']]);
});

test.each([
  ['DROP TABLE quotes_curated', /^NOT_SUPPORTED: /],
  ["CALL system.runtime.kill_query(query_id => 'x', message => 'y')", /^(?:SYNTAX_ERROR|NOT_SUPPORTED): /],
  ['SELECT * FROM system.runtime.queries', /^PERMISSION_DENIED: .*Cannot access catalog system/],
  ['SELECT 1; DROP TABLE quotes_curated', /^SYNTAX_ERROR: /],
  ['WITH x AS (SELECT 1) INSERT INTO quotes_curated SELECT * FROM quotes_curated', /^SYNTAX_ERROR: /],
])('nothing but reading: %s', async (sql, message) => {
  expect(await failure(sql)).toMatchObject({ message: expect.stringMatching(message) });
});

describe('the caller’s grants decide', () => {
  const SQL = 'SELECT count(symbol) FROM quotes';
  const glue = allow(
    [
      'glue:GetDatabase',
      'glue:GetTable',
      'glue:GetPartition',
      'glue:GetPartitions',
      'glue:BatchGetPartition',
    ],
    '*',
  );
  const list = allow('s3:ListBucket', 'arn:aws:s3:::lake');
  const get = allow('s3:GetObject', 'arn:aws:s3:::lake/curated/*');
  const as = (
    name: string,
    ...statements: Parameters<typeof lake.role>[1]
  ): { credentials: AwsCredentials } => ({
    credentials: lake.role(name, statements),
  });

  test('who may read all that the view reads', async () => {
    expect(await rows(SQL, as('reader', glue, list, get))).toEqual([['24']]);
  });

  test.each([
    [
      'no object',
      [glue, list],
      /^PERMISSION_DENIED: Permission denied on S3 path: s3:\/\/lake\/curated\/.*s3:GetObject/,
    ],
    ['no listing', [glue, get], /^PERMISSION_DENIED: .*s3:ListBucket/],
    [
      'no catalog',
      [list, get],
      /^PERMISSION_DENIED: Insufficient permissions to execute the query\. .*glue:Get/,
    ],
  ])('who may read %s', async (name, statements, message) => {
    const said = await failure(SQL, as(`without-${name.replaceAll(' ', '-')}`, ...statements));
    expect(said).toMatchObject({ message: expect.stringMatching(message) });
    expect((said as Error).message).not.toMatch(/AKIA|\n/);
    // And nothing of it stays with the next caller.
    expect(await rows(SQL)).toEqual([['24']]);
  });

  test('several callers at once get their own answers', async () => {
    const blind = as('blind', glue, list);
    const reader = as('another', glue, list, get);
    const said = await Promise.all([rows(SQL, reader), failure(SQL, blind), rows(SQL), failure(SQL, blind)]);
    expect(said.map((one) => (one instanceof Error ? 'denied' : one))).toEqual([
      [['24']],
      'denied',
      [['24']],
      'denied',
    ]);
  });
});

test('a query beyond its cutoff is cancelled, one within it is not', async () => {
  const { scannedBytes } = await answer('SELECT * FROM quotes');
  expect(await failure('SELECT * FROM quotes', { maxScanBytes: scannedBytes - 1 })).toMatchObject({
    athenaState: 'CANCELLED',
    message: expect.stringMatching(/^EXCEEDED_SCAN_LIMIT: Bytes scanned limit was exceeded/),
  });
  expect(await rows('SELECT * FROM quotes', { maxScanBytes: scannedBytes })).toHaveLength(24);
});

test('a query that is stopped stops, and lets the next one in', async () => {
  const stop = new AbortController();
  const numbers = 'UNNEST(sequence(1, 10000))';
  const sql = `SELECT sum(a.x * b.x + c.x) FROM ${numbers} AS a(x) CROSS JOIN ${numbers} AS b(x) CROSS JOIN ${numbers} AS c(x)`;
  const running = rows(sql, { signal: stop.signal });
  await rows('SELECT 1');
  stop.abort(new Error('enough'));
  await expect(running).rejects.toThrow('enough');
  const other = lake.role('next', []);
  expect(await rows('SELECT 2', { credentials: other })).toEqual([['2']]);
});
