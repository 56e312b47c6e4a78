/** What is held against a query: grants, the scan limit, a stop; and the catalog, asked by statements. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AthenaLake } from '../../helpers/athena-lake.ts';
import { allow } from '../../helpers/aws-endpoint.ts';
import { QuoteLake, type Tick } from '../../helpers/quote-lake.ts';

const DAYS = ['2026-11-19', '2026-11-20'];
const SYMBOLS = ['AAPL', 'MSFT', 'NVDA'];

const TICKS: readonly Tick[] = DAYS.flatMap((dt) =>
  SYMBOLS.flatMap((symbol, index) =>
    Array.from({ length: 12 }, (_, minute) => ({
      symbol,
      at: `${dt}T14:${30 + minute}:00Z`,
      latestPrice: 100 + index * 10 + minute / 100,
      latestVolume: 100 * (minute + 1),
    })),
  ),
);

let lake: AthenaLake;
beforeAll(async () => {
  const quotes = await QuoteLake.start(TICKS);
  await quotes.quarantine([]);
  lake = quotes.athena;
}, 60_000);
afterAll(async () => {
  await lake.stop();
});

describe('the catalog, asked', () => {
  test.each([
    ['SHOW DATABASES', [['lake']]],
    ["SHOW TABLES IN lake '*cur*'", [['quotes_curated']]],
    ['SHOW VIEWS', [['quotes']]],
    ['SHOW PARTITIONS quotes_curated', [['dt=2026-11-19'], ['dt=2026-11-20']]],
    [
      "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'lake' AND table_name LIKE 'quotes%' ORDER BY 1",
      [
        ['quotes', 'VIEW'],
        ['quotes_curated', 'BASE TABLE'],
        ['quotes_quarantine', 'BASE TABLE'],
      ],
    ],
    [
      "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'quotes_curated' AND ordinal_position > 23 ORDER BY ordinal_position",
      [
        ['trading_date', 'date'],
        ['dt', 'varchar'],
      ],
    ],
  ])('%s', async (sql, expected) => {
    expect(await lake.rows(sql)).toEqual(expected);
  });

  test('DESCRIBE lists columns and partition keys', async () => {
    const rows = await lake.rows('DESCRIBE lake.quotes_curated');
    expect(rows[0]?.slice(0, 2)).toEqual(['symbol', 'string']);
    expect(rows.at(-1)?.slice(0, 2)).toEqual(['dt', 'string']);
    expect(rows).toContainEqual(['# Partition Information', '', '']);
  });

  test('SHOW CREATE VIEW shows the query', async () => {
    expect((await lake.rows('SHOW CREATE VIEW quotes')).join('\n')).toMatch(
      /^CREATE VIEW quotes AS\nSELECT symbol, /,
    );
  });

  test.each([
    ['SHOW PARTITIONS quotes_quarantine', /^NOT_SUPPORTED: .* are projected/],
    ['DESCRIBE nothing', /^TABLE_NOT_FOUND: Table 'awsdatacatalog.lake.nothing' does not exist$/],
    ['SHOW TABLES IN nowhere', /^SCHEMA_NOT_FOUND: Schema 'nowhere' does not exist$/],
    [
      'DROP TABLE quotes_curated',
      /^NOT_SUPPORTED: DROP is not run by the local engine: remove the table from the CDK app/,
    ],
    [
      "UNLOAD (SELECT 1) TO 's3://lake/x' WITH (format = 'PARQUET')",
      /^NOT_SUPPORTED: UNLOAD .* run the SELECT inside it/,
    ],
  ])('%s is refused', async (sql, message) => {
    expect(await lake.failure(sql)).toMatch(message);
  });
});

describe('grants', () => {
  const catalog = allow(['glue:GetTable', 'glue:GetPartitions'], '*');
  const list = allow('s3:ListBucket', 'arn:aws:s3:::lake');
  const SQL = 'SELECT count(symbol) FROM quotes';

  test('the caller’s own decide, whatever another has read', async () => {
    expect(await lake.rows(SQL)).toEqual([['72']]);
    const blind = lake.role('blind', [catalog, list]);
    expect(await lake.failure(SQL, { credentials: blind })).toMatch(
      /^PERMISSION_DENIED: Permission denied on S3 path: s3:\/\/lake\/curated\/quotes\/dt=[\d-]+\/[^?\s]+\.parquet \(User: .* is not authorized to perform: s3:GetObject/,
    );
    const seeing = lake.role('seeing', [catalog, list, allow('s3:GetObject', 'arn:aws:s3:::lake/curated/*')]);
    expect(await lake.rows(SQL, { credentials: seeing })).toEqual([['72']]);
  });

  test('a listing that is not allowed', async () => {
    const unlisted = lake.role('unlisted', [catalog, allow('s3:GetObject', 'arn:aws:s3:::lake/*')]);
    expect(await lake.failure(SQL, { credentials: unlisted })).toMatch(
      /^PERMISSION_DENIED: Permission denied on S3 path: s3:\/\/lake\/curated\/quotes\/dt=/,
    );
  });

  test('a catalog that is not allowed', async () => {
    const stranger = lake.role('stranger', [list]);
    expect(await lake.failure(SQL, { credentials: stranger })).toMatch(
      /^PERMISSION_DENIED: Insufficient permissions to execute the query\. .*glue:GetTable/,
    );
  });
});

describe('limits', () => {
  test('bytes are those of the column chunks that the query names', async () => {
    const bytes = async (sql: string): Promise<number> => (await lake.answer(sql)).scannedBytes;
    const one = await bytes('SELECT max(latest_price) FROM quotes');
    const two = await bytes('SELECT max(latest_price), max(latest_volume) FROM quotes');
    const day = await bytes("SELECT max(latest_price) FROM quotes WHERE dt = '2026-11-20'");
    expect(one).toBeGreaterThan(0);
    expect(two).toBeGreaterThan(one);
    expect(day).toBeLessThan(one);
    expect(await bytes('SELECT count(*) FROM quotes')).toBe(0);
  });

  test('a query beyond its workgroup’s cutoff is cancelled', async () => {
    await expect(lake.answer('SELECT * FROM quotes', { maxScanBytes: 100 })).rejects.toMatchObject({
      message: expect.stringMatching(
        /^EXCEEDED_SCAN_LIMIT: Bytes scanned limit was exceeded: .* allows 100; filter by dt/,
      ),
      athenaState: 'CANCELLED',
    });
  });

  test('a query that is stopped stops', async () => {
    const stop = new AbortController();
    const numbers = 'UNNEST(sequence(1, 1000000))';
    const sql = `SELECT sum(a.x * b.x) FROM ${numbers} AS a(x) CROSS JOIN ${numbers} AS b(x)`;
    const started = performance.now();
    const running = lake.rows(sql, { signal: stop.signal });
    // Another query is answered while it runs, so it has begun by then.
    await lake.rows('SELECT 1');
    stop.abort();
    await expect(running).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(15_000);
  }, 30_000);

  test('several queries run at once, each with its own answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        lake.rows(`SELECT count(*) + ${index} FROM quotes WHERE symbol = '${SYMBOLS[index % 3]}'`),
      ),
    );
    expect(answers.flat(2)).toEqual(Array.from({ length: 8 }, (_, index) => String(24 + index)));
  });

  test('no failure shows a stack, a credential or a second line', async () => {
    const messages = await Promise.all(
      [
        'SELECT nope FROM quotes',
        'SELECT 1/0',
        "SELECT CAST('x' AS double)",
        'SELECT symbol, count(*) FROM quotes',
      ].map((sql) => lake.failure(sql)),
    );
    const { secretAccessKey, sessionToken } = lake.endpoint.gateway.operator;
    for (const message of messages) {
      expect(message).toMatch(/^[A-Z_]+: [^\n]+$/);
      expect(message).not.toContain(secretAccessKey);
      expect(message).not.toContain(sessionToken);
      expect(message).not.toMatch(/ at .*\.ts/);
    }
  });
});
