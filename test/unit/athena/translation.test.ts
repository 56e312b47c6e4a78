/** What the translator refuses, expands, names and carries down to each scan. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CatalogEntry, type Translation, Translator } from '../../../local/athena/translator.ts';
import { type Guard, startGuard } from '../../../local/supervisor/index.ts';
import { toolPaths } from '../../../local/tools.ts';
import { until } from '../../helpers/until.ts';

let dir: string;
let guard: Guard;
let translator: Translator;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickerlake-translator-'));
  guard = await startGuard();
  translator = await Translator.start({ guard, python: toolPaths().python, logFile: join(dir, 'log') });
}, 60_000);
afterAll(async () => {
  translator.close();
  await guard.stopAll();
  await rm(dir, { recursive: true, force: true });
});

const columns = [
  { name: 'symbol', type: 'varchar' },
  { name: 'latest_price', type: 'double' },
  { name: 'event_time', type: 'timestamp(3)' },
  { name: 'n', type: 'integer' },
  { name: 'dt', type: 'varchar' },
];
const view = (sql: string, declared = columns): CatalogEntry => ({
  kind: 'view',
  sql,
  database: 'lake',
  columns: declared,
});
const tables: Record<string, CatalogEntry | null> = {
  'lake.curated': { kind: 'table', columns, partitionKeys: ['dt'] },
  'lake.quotes': view(
    'SELECT symbol, latest_price, CAST(event_time AS timestamp(3)) AS event_time, n, dt FROM curated',
  ),
  'lake.outer_view': view('SELECT * FROM quotes'),
  'lake.narrow': view('SELECT n FROM curated', [{ name: 'total', type: 'bigint' }]),
  'lake.broken': view('SELECT nope FROM curated', [{ name: 'nope', type: 'varchar' }]),
  'lake.short': view('SELECT symbol FROM curated', [
    { name: 'symbol', type: 'varchar' },
    { name: 'dt', type: 'varchar' },
  ]),
  'lake.odd': view("SELECT n FROM curated WHERE n = '1'", [{ name: 'n', type: 'integer' }]),
  'lake.loop': view('SELECT * FROM loop'),
  'lake.none': null,
};

async function translated(sql: string): Promise<Translation> {
  const result = await translator.translate(sql, { database: 'lake', tables });
  if ('missing' in result) throw new Error(`missing ${result.missing.join(', ')}`);
  return result;
}

test('the same SQL over the same catalog is translated once, over another anew', async () => {
  const sql = 'SELECT n FROM narrow_by_name';
  const over = async (column: string): Promise<unknown> =>
    translator.translate(sql, {
      database: 'lake',
      tables: {
        'lake.narrow_by_name': view(`SELECT ${column} FROM curated`, [{ name: 'n', type: 'integer' }]),
        ...tables,
      },
    });
  const first = await over('n');
  expect(await over('n')).toBe(first);
  expect(await over('n + 1')).not.toEqual(first);
});

async function failure(sql: string): Promise<string> {
  return translated(sql).then(
    () => 'it succeeded',
    (error: unknown) => (error as Error).message,
  );
}

const unresolved = (name: string): string =>
  `Column '${name}' cannot be resolved or requester is not authorized to access requested resources`;

describe('refuses, with the place, as Athena does', () => {
  test.each([
    ['SELECT nope FROM quotes', `COLUMN_NOT_FOUND: line 1:8: ${unresolved('nope')}`],
    ['SELECT q.nope\nFROM quotes q', `COLUMN_NOT_FOUND: line 1:8: ${unresolved('q.nope')}`],
    ['SELECT symbol\nFROM quotes\nWHERE  nope = 1', `COLUMN_NOT_FOUND: line 3:8: ${unresolved('nope')}`],
    ['SELECT x.symbol FROM quotes q', `COLUMN_NOT_FOUND: line 1:8: ${unresolved('x.symbol')}`],
    ["SELECT symbol AS s FROM quotes WHERE s = 'A'", `COLUMN_NOT_FOUND: line 1:38: ${unresolved('s')}`],
    [
      'SELECT symbol AS s, count(*) FROM quotes GROUP BY s',
      `COLUMN_NOT_FOUND: line 1:51: ${unresolved('s')}`,
    ],
    ['SELECT count(*) AS c FROM quotes HAVING c > 1', `COLUMN_NOT_FOUND: line 1:41: ${unresolved('c')}`],
    [
      'SELECT symbol FROM quotes a JOIN quotes b ON a.dt = b.dt',
      "AMBIGUOUS_NAME: line 1:8: Column 'symbol' is ambiguous",
    ],
    ['SELECT * FROM none', "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.lake.none' does not exist"],
    ['SELECT * FROM elsewhere.lake.quotes', "CATALOG_NOT_FOUND: line 1:15: Catalog 'elsewhere' not found"],
    ['SELECT foo(1)', "FUNCTION_NOT_FOUND: line 1:8: Function 'foo' not registered"],
    ['SELECT list_sum(ARRAY[1])', "FUNCTION_NOT_FOUND: line 1:8: Function 'list_sum' not registered"],
    ["SELECT read_csv('/etc/passwd')", "FUNCTION_NOT_FOUND: line 1:8: Function 'read_csv' not registered"],
    [
      "SELECT * FROM read_text('/etc/passwd')",
      "FUNCTION_NOT_FOUND: line 1:15: Function 'read_text' not registered",
    ],
    [
      "SELECT symbol FROM quotes WHERE latest_price = '5'",
      'TYPE_MISMATCH: line 1:33: Cannot apply operator: double = varchar(1)',
    ],
    [
      "SELECT symbol FROM quotes WHERE event_time > '2026-11-20'",
      'TYPE_MISMATCH: line 1:33: Cannot apply operator: timestamp(3) > varchar(10)',
    ],
    [
      'SELECT symbol FROM quotes WHERE dt BETWEEN 1 AND 2',
      'TYPE_MISMATCH: line 1:33: Cannot apply operator: varchar BETWEEN integer',
    ],
    [
      'SELECT symbol FROM quotes WHERE n IN (1, 2) AND symbol IN (1)',
      'TYPE_MISMATCH: line 1:49: Cannot apply operator: varchar IN integer',
    ],
    ['SELECT symbol + 1 FROM quotes', 'TYPE_MISMATCH: line 1:8: Cannot apply operator: varchar + integer'],
    ['SELCT 1', "SYNTAX_ERROR: line 1:1: mismatched input 'SELCT'"],
    ['SELECT symbol FROM quotes WHER dt = 1', "SYNTAX_ERROR: line 1:32: mismatched input 'dt'"],
    ['SELECT symbol, FROM quotes', "SYNTAX_ERROR: line 1:16: mismatched input 'FROM'"],
    ['SELECT FROM quotes', "SYNTAX_ERROR: line 1:8: mismatched input 'FROM'"],
    ['SELECT (1', "SYNTAX_ERROR: line 1:10: mismatched input '<EOF>'"],
    ["SELECT 'abc", 'SYNTAX_ERROR: line 1:12: the text ends inside a string, a quoted name or a comment'],
    ['SELECT 1; SELECT 2', 'SYNTAX_ERROR: line 1:11: Only one sql statement is allowed'],
    [
      'SELECT * FROM quotes WHERE symbol = ?',
      'INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 1 but found 0',
    ],
  ])('%s', async (sql, message) => {
    expect(await failure(sql)).toBe(message);
  });

  test('a function that only Athena has, by name', async () => {
    expect(await failure('SELECT xxhash64(to_utf8(symbol)) FROM quotes')).toMatch(
      /^NOT_SUPPORTED: line 1:8: Function 'xxhash64' is run by Athena but not by the local engine/,
    );
  });

  test.each([
    [
      'SELECT * FROM broken',
      `INVALID_VIEW: line 1:15: Failed analyzing stored view 'awsdatacatalog.lake.broken': ${unresolved('nope')}`,
    ],
    [
      'SELECT 1, x.* FROM short x',
      "INVALID_VIEW: line 1:20: Failed analyzing stored view 'awsdatacatalog.lake.short': its query has no column for the declared dt",
    ],
    [
      'SELECT * FROM loop',
      "INVALID_VIEW: line 1:15: Failed analyzing stored view 'awsdatacatalog.lake.loop': View 'awsdatacatalog.lake.loop' is recursive",
    ],
    [
      'SELECT * FROM odd',
      "INVALID_VIEW: line 1:15: Failed analyzing stored view 'awsdatacatalog.lake.odd': Cannot apply operator: integer = varchar(1)",
    ],
  ])('a view that does not hold: %s', async (sql, message) => {
    expect(await failure(sql)).toBe(message);
  });
});

describe('names', () => {
  test('asks for the tables it does not know, those of views included', async () => {
    const first = await translator.translate('SELECT * FROM outer_view, other.t', {
      database: 'lake',
      tables: {},
    });
    expect(first).toEqual({ missing: ['lake.outer_view', 'other.t'] });
    const some = { 'lake.outer_view': view('SELECT * FROM quotes') };
    const second = await translator.translate('SELECT * FROM outer_view', { database: 'lake', tables: some });
    expect(second).toEqual({ missing: ['lake.quotes'] });
  });

  test('a query without a database must name one', async () => {
    await expect(translator.translate('SELECT * FROM t', { tables: {} })).rejects.toThrow(
      'MISSING_SCHEMA_NAME: line 1:15: Schema must be specified when session schema is not set',
    );
  });

  test.each([
    ['SELECT symbol, count(*), max(n) AS Top FROM quotes GROUP BY 1', ['symbol', '_col1', 'Top']],
    ['SELECT * FROM quotes', ['symbol', 'latest_price', 'event_time', 'n', 'dt']],
    [
      'SELECT 1 AS one, q.*, 2 FROM quotes q',
      ['one', 'symbol', 'latest_price', 'event_time', 'n', 'dt', '_col6'],
    ],
    ['VALUES (1, 2)', ['_col0', '_col1']],
    ['SELECT n AS a FROM quotes UNION ALL SELECT n AS b FROM quotes', ['a']],
    ['WITH t(a, b) AS (SELECT symbol, n FROM quotes) SELECT * FROM t', ['a', 'b']],
    ['SELECT symbol AS x FROM quotes ORDER BY x', ['x']],
    ['SELECT total FROM narrow', ['total']],
  ])('output of %s', async (sql, names) => {
    expect((await translated(sql)).columns.map(({ name }) => name)).toEqual(names);
  });

  test('table names are folded to lower case, quoted or not, and may state catalog and database', async () => {
    const { scans } = await translated('SELECT a.SYMBOL FROM AwsDataCatalog.Lake."CURATED" A');
    expect(scans).toMatchObject([{ database: 'lake', table: 'curated', columns: ['symbol'] }]);
  });

  test('a column may state its table’s database', async () => {
    const { scans } = await translated('SELECT lake.curated.symbol FROM curated');
    expect(scans).toMatchObject([{ columns: ['symbol'] }]);
  });

  test('a common table expression hides a table of its name', async () => {
    const { scans } = await translated('WITH quotes AS (SELECT 1 AS symbol) SELECT symbol FROM quotes');
    expect(scans).toEqual([]);
  });
});

describe('partition filters', () => {
  /** The conditions of the scans, in the order of the query, without casts, which views add. */
  async function filters(sql: string): Promise<(string | null)[]> {
    const { scans } = await translated(sql);
    return scans.map(
      ({ partitionFilter }) => partitionFilter?.replaceAll('CAST(', '').replaceAll(' AS TEXT)', '') ?? null,
    );
  }
  const DAY = `"dt" = '2026-11-20'`;

  test.each([
    ['the condition itself', "SELECT n FROM curated WHERE dt = '2026-11-20' AND n > 1", [DAY]],
    ['through views of views', "SELECT n FROM outer_view WHERE dt = '2026-11-20'", [DAY]],
    [
      'through a CTE',
      "WITH q AS (SELECT symbol, dt FROM quotes) SELECT * FROM q WHERE dt = '2026-11-20'",
      [DAY],
    ],
    ['through a rename', "SELECT * FROM (SELECT dt AS day FROM quotes) WHERE day = '2026-11-20'", [DAY]],
    [
      'through a grouping key',
      "SELECT * FROM (SELECT dt, count(*) AS c FROM quotes GROUP BY dt) WHERE dt = '2026-11-20'",
      [DAY],
    ],
    [
      'through what a window is partitioned by',
      "SELECT n FROM (SELECT n, dt, row_number() OVER (PARTITION BY dt, symbol ORDER BY n) AS copy FROM quotes) WHERE copy = 1 AND dt = '2026-11-20'",
      [DAY],
    ],
    [
      'through a select around such a window',
      "SELECT n FROM (SELECT n, dt FROM (SELECT n, dt, max(n) OVER (PARTITION BY dt) AS m FROM quotes) WHERE m = n) WHERE dt = '2026-11-20'",
      [DAY],
    ],
    [
      'into both sides of a UNION',
      "SELECT * FROM (SELECT dt FROM quotes UNION ALL SELECT dt FROM curated) WHERE dt = '2026-11-20'",
      [DAY, DAY],
    ],
    [
      'any condition on keys alone',
      "SELECT n FROM curated WHERE substr(dt, 1, 7) = '2026-11' OR dt < '2020'",
      [`SUBSTRING("dt", 1, 7) = '2026-11' OR "dt" < '2020'`],
    ],
    [
      'of an inner join',
      "SELECT 1 FROM curated a JOIN curated b ON a.symbol = b.symbol AND b.dt = '2026-11-20'",
      [null, DAY],
    ],
    [
      'of the optional side in ON',
      "SELECT 1 FROM curated a LEFT JOIN curated b ON a.n = b.n AND b.dt = '2026-11-20'",
      [null, DAY],
    ],
    [
      'of the optional side in WHERE, where it rejects nulls',
      "SELECT 1 FROM curated a LEFT JOIN curated b ON a.n = b.n WHERE b.dt = '2026-11-20'",
      [null, DAY],
    ],
    [
      'of a subquery',
      "SELECT 1 FROM (VALUES 1) AS t(x) WHERE EXISTS (SELECT 1 FROM curated WHERE dt = '2026-11-20')",
      [DAY],
    ],
  ])('%s', async (_, sql, expected) => {
    expect((await filters(sql)).toSorted()).toEqual(expected.toSorted());
  });

  test.each([
    ['a LIMIT below', "SELECT * FROM (SELECT dt FROM quotes LIMIT 5) WHERE dt = '2026-11-20'"],
    [
      'a window below',
      "SELECT * FROM (SELECT dt, lag(n) OVER (ORDER BY n) AS p FROM quotes) WHERE dt = '2026-11-20'",
    ],
    [
      'one of two windows below',
      "SELECT * FROM (SELECT dt, sum(n) OVER (PARTITION BY dt) AS s, lag(n) OVER (PARTITION BY symbol ORDER BY n) AS p FROM quotes) WHERE dt = '2026-11-20'",
    ],
    [
      'what a window calls the partition, when that is something else',
      "SELECT * FROM (SELECT dt AS day, sum(n) OVER (PARTITION BY substr(dt, 1, 7)) AS s FROM quotes) WHERE day = '2026-11-20'",
    ],
    [
      'a window with a name',
      "SELECT * FROM (SELECT dt, sum(n) OVER w AS s FROM quotes WINDOW w AS (ORDER BY n)) WHERE dt = '2026-11-20'",
    ],
    ['an aggregate below', "SELECT * FROM (SELECT max(dt) AS dt FROM quotes) WHERE dt = '2026-11-20'"],
    [
      'a join’s preserved side in ON',
      "SELECT 1 FROM curated a LEFT JOIN (SELECT 1 AS n) b ON a.n = b.n AND a.dt = '2026-11-20'",
    ],
    [
      'the optional side where a null passes',
      "SELECT 1 FROM (SELECT 1 AS n) a LEFT JOIN curated b ON a.n = b.n WHERE coalesce(b.dt, '2026-11-20') = '2026-11-20'",
    ],
    ['an OR with another column', "SELECT n FROM curated WHERE dt = '2026-11-20' OR n = 1"],
    ['a value drawn by chance', 'SELECT n FROM curated WHERE length(dt) = random(10)'],
    ['EXCEPT', "SELECT * FROM (SELECT 'x' AS dt EXCEPT SELECT dt FROM curated) WHERE dt = '2026-11-20'"],
  ])('stops at %s', async (_, sql) => {
    expect(await filters(sql)).toEqual([null]);
  });

  test('a CTE that is read twice is not narrowed by one reader', async () => {
    const sql =
      "WITH q AS (SELECT symbol, dt FROM curated) SELECT * FROM q WHERE dt = '2026-11-20' UNION ALL SELECT * FROM q";
    expect(await filters(sql)).toEqual([null]);
  });

  test('equalities are told apart, for keys that are injected', async () => {
    const { scans } = await translated("SELECT n FROM quotes WHERE dt IN ('a', concat('b', 'c'))");
    expect(scans[0]?.equalities).toEqual({ dt: ["'a'", "'b' || 'c'"] });
  });
});

describe('columns of a scan', () => {
  test.each([
    ['SELECT count(*) FROM outer_view', []],
    ['SELECT symbol FROM outer_view WHERE n > 1', ['n', 'symbol']],
    [
      "WITH q AS (SELECT * FROM quotes) SELECT max(latest_price) FROM q WHERE dt = 'x'",
      ['dt', 'latest_price'],
    ],
  ])('%s', async (sql, expected) => {
    expect((await translated(sql)).scans.map((scan) => scan.columns)).toEqual([expected]);
  });
});

test('a translator that is killed fails what it was asked, and says that it has ended', async () => {
  const pids: number[] = [];
  const other = await Translator.start({
    guard: {
      spawn: async (options) => {
        const process = await guard.spawn(options);
        pids.push(process.pid);
        return process;
      },
    },
    python: toolPaths().python,
    logFile: join(dir, 'other.log'),
  });
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until('the translator to be gone', () => other.hasEnded);
  await expect(other.translate('SELECT 1', { tables: {} })).rejects.toThrow(
    'GENERIC_INTERNAL_ERROR: the SQL translator has ended',
  );
});

test('one that cannot start says where to look', async () => {
  const logFile = join(dir, 'broken.log');
  await expect(Translator.start({ guard, python: '/bin/false', logFile })).rejects.toMatchObject({
    code: 'ENGINE_FAILED',
    hint: `read ${logFile}; npm run setup installs what it needs`,
  });
});
