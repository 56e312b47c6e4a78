import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CopyObjectCommand, DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LakeClients } from '../../../cli/lake/clients.ts';
import { type LakeConnection, outputOf } from '../../../cli/lake/connection.ts';
import { openRunningLake } from '../../../cli/lake/running-lake.ts';
import { locations } from '../../../core/layout.ts';
import { CommandLine, isRunning, type Started } from '../../helpers/command-line.ts';
import { until } from '../../helpers/until.ts';

const START_MS = 120_000;
const commandLine = new CommandLine();
let up: Started;

beforeAll(async () => {
  await commandLine.prepare();
  up = commandLine.start('up');
  await until('the lake', () => up.out().includes('is up') || up.process.exitCode !== null, START_MS);
  expect(up.err()).not.toContain('error:');
}, START_MS * 2);
afterAll(() => commandLine.remove(), 60_000);

describe('beside a running lake', () => {
  test('produce says what was acknowledged', async () => {
    const { code, out } = await commandLine.run('produce', '--records', '500', '--json');
    expect(JSON.parse(out)).toMatchObject({ produced: 500, accepted: 500, skippedTotal: 0 });
    expect(code).toBe(0);
  }, 60_000);

  test('reconcile waits for what is under way, and is true', async () => {
    const { code, out } = await commandLine.run('reconcile');
    expect(out.trimEnd().split('\n').at(-1)).toMatch(
      /^reconcile: produced (\d+) = curated \1 \+ quarantined 0; queryable \1; lost 0; duplicated 0; served [1-9]\d*; served lost 0; served duplicated 0$/,
    );
    expect(code).toBe(0);
  }, 120_000);

  test('query prints a table, CSV and JSON', async () => {
    const sql =
      "SELECT count(*) > 499 AS enough, 'a,b' AS words, CAST(NULL AS varchar) AS nothing FROM quotes";
    const [table, csv, json] = await Promise.all([
      commandLine.run('query', sql),
      commandLine.run('query', sql, '--format', 'csv'),
      commandLine.run('query', sql, '--format', 'json'),
    ]);
    expect(table.out).toBe('enough  words  nothing\n──────  ─────  ───────\ntrue    a,b    –\n');
    expect(csv.out).toBe('enough,words,nothing\ntrue,"a,b",\n');
    expect(JSON.parse(json.out)).toEqual([{ enough: true, words: 'a,b', nothing: null }]);
  }, 60_000);

  test('query runs a saved query, and takes values for its parameters', async () => {
    const { code, out } = await commandLine.run(
      'query',
      '--named',
      'quarantine-by-reason',
      '--param',
      'no-log',
    );
    expect(out).toMatch(/^code +records/);
    expect(code).toBe(0);
  }, 60_000);

  test('sql prints a table and JSON from the serving database', async () => {
    const sql = 'SELECT count(*) > 0 AS served, current_user AS login, NULL AS nothing FROM latest_quotes';
    const [table, json] = await Promise.all([
      commandLine.run('sql', sql),
      commandLine.run('sql', sql, '--json'),
    ]);
    expect(table.out).toBe(
      'served  login          nothing\n──────  ─────────────  ───────\nt       quotes_reader  –\n',
    );
    expect(JSON.parse(json.out)).toEqual([{ served: true, login: 'quotes_reader', nothing: null }]);
  }, 60_000);

  test('status tells the topic, the lag, the objects and the freshness', async () => {
    const { out } = await commandLine.run('status', '--json');
    expect(JSON.parse(out)).toMatchObject({
      stage: 'dev',
      topics: [
        {
          topic: 'quotes',
          partitions: 4,
          lag: {
            'tickerlake-dev-land-quotes': expect.any(Number),
            'tickerlake-dev-filter-quotes': expect.any(Number),
          },
        },
        {
          topic: 'quotes_filtered',
          partitions: 4,
          lag: {
            'tickerlake-dev-land-quotes-filtered': expect.any(Number),
            'tickerlake-dev-serve-quotes': expect.any(Number),
          },
        },
      ],
      serving: { version: expect.stringMatching(/^17\./), behind: 0, symbols: expect.any(Number) },
      objects: expect.arrayContaining([expect.objectContaining({ zone: 'curated' })]),
      trouble: { divertedBatches: 0, deadLetters: 0, quarantined: {} },
      freshness: { newestEvent: expect.stringMatching(/^\d{4}-/) },
    });
  }, 60_000);

  test('logs shows what a function said', async () => {
    const { out } = await commandLine.run('logs', 'produce-quotes');
    expect(out).toMatch(/INFO +produced topic=quotes produced=500/);
  }, 60_000);

  test('credentials are a role’s own', async () => {
    const { out } = await commandLine.run('credentials', '--role', 'land-quotes');
    expect(out).toMatch(/^export AWS_ACCESS_KEY_ID='\w+'$/m);
    expect(out).toMatch(/^export KAFKA_BOOTSTRAP_SERVERS='127\.0\.0\.1:\d+'$/m);
  }, 60_000);

  test.each([
    [['up'], /a lake is already running/],
    [['clean'], /a lake is already running/],
    [['query', 'SELEC 1'], /SYNTAX_ERROR|mismatched/],
    [['query', 'SELECT prise FROM quotes'], /prise/],
    [['query', '--named', 'candle'], /no query is named "candle".*try: one of candles-1d/],
    [['sql', 'SELECT * FORM latest_quotes'], /syntax error at or near "FORM" at character 10/],
    [['sql', 'DELETE FROM latest_quotes'], /read-only transaction.*this login only reads/],
    [['sql', 'SELECT 1; SELECT 2'], /multiple commands.*one statement at a time/],
    [['sql', 'SELECT pg_sleep(30)', '--timeout', '1s'], /statement timeout/],
    [['logs', 'curate'], /no log of "curate".*curate-quotes/],
    [['credentials', '--role', 'nobody'], /no credentials for role "nobody"/],
  ])(
    '%j is refused in one line with the next thing to try',
    async (args, message) => {
      const { code, out, err } = await commandLine.run(...args);
      expect(err).toMatch(message);
      expect(err).toMatch(/^error: .+ — try: .+\n$/);
      expect(out).toBe('');
      expect(code).toBeGreaterThan(0);
    },
    60_000,
  );
});

describe('reconcile finds what somebody did to the lake behind its back', () => {
  let lake: LakeConnection;
  let clients: LakeClients;
  let bucket: string;
  let curated: string;
  beforeAll(async () => {
    lake = openRunningLake({ TICKERLAKE_HOME: commandLine.home });
    clients = new LakeClients(lake);
    bucket = outputOf(lake, 'lake', 'LakeBucketName');
    const { Contents: files = [] } = await clients.s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: locations.curated('quotes'), MaxKeys: 1 }),
    );
    curated = files[0]?.Key ?? '';
  });
  afterAll(() => {
    clients.close();
  });

  test('a file that is there twice', async () => {
    const copy = curated.replace('.parquet', '-copy.parquet');
    await clients.s3.send(
      new CopyObjectCommand({ Bucket: bucket, Key: copy, CopySource: `${bucket}/${curated}` }),
    );
    const { code, out } = await commandLine.run('reconcile');
    await clients.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: copy }));
    expect(out).toMatch(/partition \d: \d+ too many, the first at offset \d+; last seen in curated/);
    for (const file of [curated, copy]) expect(out).toContain(file);
    expect(out).toMatch(
      /lost 0; duplicated [1-9]\d*; served [1-9]\d*; served lost 0; served duplicated 0\n$/,
    );
    expect(code).toBe(1);
  }, 120_000);

  test('a file that is gone', async () => {
    await clients.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: curated }));
    const { code, out } = await commandLine.run('reconcile', '--json');
    const { lost, duplicated, faults } = JSON.parse(out) as {
      lost: number;
      duplicated: number;
      faults: object[];
    };
    expect(lost).toBeGreaterThan(0);
    expect(duplicated).toBe(0);
    expect(faults[0]).toMatchObject({
      kind: 'missing',
      offset: expect.any(Number),
      lastSeen: expect.stringMatching(/^receipt receipts\/quotes\/\S+: in curated\/\S+, which is gone$/),
    });
    expect(code).toBe(1);
  }, 120_000);
});

test('Ctrl-C stops everything, and the next command works', async () => {
  const engines = commandLine.engines();
  expect(engines.filter(isRunning).length).toBeGreaterThan(1);
  up.process.kill('SIGINT');
  const { code, err } = await up.finished;
  expect(code).toBe(130);
  expect(err).toContain('stopping');
  expect(engines.filter(isRunning)).toEqual([]);
  expect(await commandLine.run('status')).toMatchObject({
    code: 1,
    err: 'error: no lake is running — try: npm run up\n',
  });
  expect(await commandLine.run('clean')).toMatchObject({ code: 0 });
}, 60_000);

test('a busy port is refused', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const { code, err } = await commandLine.run('up', '--port', String(port));
    expect(err).toMatch(new RegExp(`error: port ${port} is taken by another program — try: .+\\n$`));
    expect(code).toBe(2);
  } finally {
    server.close();
  }
}, 60_000);

test('a state folder that cannot be used is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickerlake-file-'));
  try {
    writeFileSync(join(folder, 'file'), '');
    const other = Object.assign(new CommandLine(), { home: join(folder, 'file') });
    const { code, err } = await other.run('clean');
    expect(err).toMatch(/^error: cannot use the state folder .+ — try: .*TICKERLAKE_HOME.*\n$/);
    expect(code).toBe(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 30_000);
