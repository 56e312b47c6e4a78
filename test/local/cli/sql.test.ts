import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import type { LakeConnection } from '../../../cli/lake/connection.ts';
import { prepareSession, printJson, printTable } from '../../../cli/serving/query-database.ts';
import { withReader } from '../../../cli/serving/reader.ts';
import { type FinishedSql, runSql } from '../../../cli/serving/run-sql.ts';
import { PostgresStand } from '../../helpers/postgres-stand.ts';
import { until } from '../../helpers/until.ts';
import { recordTerminal } from '../../unit/cli/terminal-double.ts';

let stand: PostgresStand;
let client: Client;

beforeAll(async () => {
  stand = await PostgresStand.start();
  await stand.query('CREATE ROLE quotes_reader LOGIN');
  await stand.query('GRANT rds_iam TO quotes_reader');
  await stand.query('ALTER ROLE quotes_reader SET default_transaction_read_only = on');
  await stand.query(
    'CREATE TABLE latest_quotes (symbol text, price float8, ts timestamptz, volume int8, up boolean)',
  );
  await stand.query(
    "INSERT INTO latest_quotes VALUES ('AAPL', 0.1, '2026-11-20T14:30:00.125Z', 9007199254740993, true), ('MSFT', NULL, NULL, 1, false)",
  );
  await stand.query('GRANT SELECT ON latest_quotes TO quotes_reader');
  client = new Client({ ...stand.login('quotes_reader'), options: '-c timezone=UTC' });
  // One of the tests breaks every connection.
  client.on('error', () => undefined);
  await client.connect();
}, 60_000);

afterAll(async () => {
  await client.end();
  await stand.stop();
});

const run = async (sql: string, signal?: AbortSignal, values?: string[]): Promise<(string | null)[][]> => {
  const rows: (string | null)[][] = [];
  await runSql(client, sql, { onRow: (row) => rows.push([...row]) }, signal, values);
  return rows;
};

describe('a statement', () => {
  test('gives values as PostgreSQL prints them', async () => {
    expect(await run('SELECT * FROM latest_quotes ORDER BY symbol')).toEqual([
      ['AAPL', '0.1', '2026-11-20 14:30:00.125+00', '9007199254740993', 't'],
      ['MSFT', null, null, '1', 'f'],
    ]);
  });

  test('takes parameters', async () => {
    expect(await run('SELECT volume FROM latest_quotes WHERE symbol = $1', undefined, ['MSFT'])).toEqual([
      ['1'],
    ]);
  });

  test('hands on more rows than anybody would keep', async () => {
    let count = 0;
    const finished = await runSql(client, 'SELECT generate_series(1, 100000)', { onRow: () => count++ });
    expect([count, finished.rows]).toEqual([100_000, 100_000]);
  });

  test('is printed as a table', async () => {
    const { terminal, out } = recordTerminal();
    await printTable(terminal, (sink) =>
      runSql(client, 'SELECT symbol, price FROM latest_quotes ORDER BY 1', sink),
    );
    expect(out()).toMatch(/symbol +price\n─+ +─+\nAAPL +0\.1\nMSFT +–\n/);
  });

  test('is printed as JSON, each value by its type, and a whole number that JSON cannot hold as text', async () => {
    const { terminal, out } = recordTerminal();
    await printJson(terminal, (sink) => runSql(client, 'SELECT * FROM latest_quotes ORDER BY symbol', sink));
    expect(JSON.parse(out())).toEqual([
      { symbol: 'AAPL', price: 0.1, ts: '2026-11-20 14:30:00.125+00', volume: '9007199254740993', up: true },
      { symbol: 'MSFT', price: null, ts: null, volume: 1, up: false },
    ]);
  });

  test('without rows is a table and an array without rows', async () => {
    const finish = (print: typeof printTable): [Promise<FinishedSql>, () => string] => {
      const { terminal, out } = recordTerminal();
      return [
        print(terminal, (sink) => runSql(client, 'SELECT symbol FROM latest_quotes WHERE false', sink)),
        out,
      ];
    };
    const [json, jsonOut] = finish(printJson);
    expect((await json).rows).toBe(0);
    expect(jsonOut()).toBe('[]\n');
    const [table, tableOut] = finish(printTable);
    await table;
    expect(tableOut()).toContain('symbol');
  });
});

describe('a statement is refused', () => {
  test.each([
    [
      'a syntax error, with its place',
      'SELECT * FORM x',
      'syntax error at or near "FORM" at character 10',
      /tables are/,
    ],
    [
      'one on a later line',
      'SELECT\n nothing_such',
      'column "nothing_such" does not exist at line 2, column 2',
      /./,
    ],
    [
      'a write',
      'DELETE FROM latest_quotes',
      'cannot execute DELETE in a read-only transaction',
      /this login only reads/,
    ],
    [
      'a schema change',
      'CREATE TABLE x (n int)',
      'cannot execute CREATE TABLE in a read-only transaction',
      /only reads/,
    ],
    [
      'a second statement',
      'SELECT 1; SELECT 2',
      'cannot insert multiple commands into a prepared statement',
      /one statement/,
    ],
    ['a parameter that lacks', 'SELECT $1::int', /bind message supplies 0 parameters/, /./],
  ])('%s', async (_, sql, message, hint) => {
    await expect(run(sql)).rejects.toThrow(
      expect.objectContaining({
        code: 'QUERY_FAILED',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      }),
    );
    expect(await run('SELECT 1')).toEqual([['1']]);
  });

  test('one that takes too long', async () => {
    await client.query('SET statement_timeout = 1000');
    await expect(run('SELECT pg_sleep(10)')).rejects.toThrow(
      expect.objectContaining({ code: 'QUERY_FAILED', hint: expect.stringContaining('tickerlake query') }),
    );
    await client.query('SET statement_timeout = 0');
  });
});

test('an abort ends the wait at once, and the statement with its connection', async () => {
  const other = new Client(stand.login('quotes_reader'));
  other.on('error', () => undefined);
  await other.connect();
  await prepareSession(other, 60_000);
  const controller = new AbortController();
  const running = runSql(other, 'SELECT pg_sleep(60)', { onRow: () => undefined }, controller.signal);
  running.catch(() => undefined);
  const isRunning = async (): Promise<boolean> => {
    const found = await stand.query(
      "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'",
    );
    return found.length > 0;
  };
  await until('the statement runs', isRunning);
  controller.abort(new Error('enough'));
  await expect(running).rejects.toThrow('enough');
  await other.end();
  await until('the statement ends', async () => !(await isRunning()));
});

test('a connection that breaks is told as such', async () => {
  const other = new Client(stand.login('quotes_reader'));
  other.on('error', () => undefined);
  await other.connect();
  const running = runSql(other, 'SELECT pg_sleep(60)', { onRow: () => undefined });
  const held = stand.postgres.cut();
  await expect(running).rejects.toThrow(expect.objectContaining({ code: 'DATABASE_UNAVAILABLE' }));
  held.reopen();
});

describe('who cannot log in hears why', () => {
  const lake = (port: number): LakeConnection => ({
    stage: 'dev',
    endpoint: '',
    region: 'us-east-1',
    account: '1',
    operator: { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' },
    bootstrapIam: '',
    caFile: stand.caFile,
    logsDir: '',
    outputs: {
      'tickerlake-dev-serving': {
        DatabaseReaderHost: stand.host,
        DatabasePort: String(port),
        DatabaseName: stand.database,
      },
    },
  });

  test('when the token is not good', async () => {
    await expect(withReader(lake(stand.port), () => Promise.resolve())).rejects.toThrow(
      expect.objectContaining({
        code: 'DATABASE_REFUSED',
        message: expect.stringContaining('PAM authentication failed for user "quotes_reader"'),
      }),
    );
  });

  test('when nothing listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await expect(withReader(lake(port), () => Promise.resolve())).rejects.toThrow(
      expect.objectContaining({
        code: 'DATABASE_UNAVAILABLE',
        message: expect.stringContaining('ECONNREFUSED'),
      }),
    );
  });
});
