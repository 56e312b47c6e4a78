/**
 * The SQL of every data set, as the synthesized template has it, run on the engines of a local lake: what comes is compared with
 * the columns that the template declares to QuickSight. On the lake it runs with what the role of the data source may do.
 */
import { CreateDatabaseCommand, CreateTableCommand, type TableInput } from '@aws-sdk/client-glue';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DATA_SET_TYPES } from '../../core/dashboard/columns.ts';
import { curatedKey } from '../../core/layout.ts';
import { encodeRows } from '../../core/parquet-file.ts';
import { DATABASE_USERS } from '../../core/serving.ts';
import { TOPICS } from '../../core/topics.ts';
import { utcDay } from '../../core/trading-date.ts';
import { renderView } from '../../core/view.ts';
import { AthenaLake, curatedRow } from '../helpers/athena-lake.ts';
import type { TestEndpoint } from '../helpers/aws-endpoint.ts';
import { dataSetsOf, resolveStack } from '../helpers/dashboard-stack.ts';
import { PostgresStand } from '../helpers/postgres-stand.ts';
import { QuoteLake, type Tick } from '../helpers/quote-lake.ts';
import { migrate } from '../helpers/serving.ts';
import { synthesize, WITH_DASHBOARD } from '../templates/synthesize.ts';

const DATABASE = 'tickerlake_dev';
const LOG = 'L1';
const { stacks } = synthesize('dev', { overrides: WITH_DASHBOARD });
/** The two buckets are one here, so prefixes alone tell their grants apart. */
const resources = resolveStack(stacks.dashboard.toJSON(), {
  outputs: {
    ServerlessCluster: `arn:aws:kafka:us-east-1:123456789012:cluster/tickerlake-dev/${LOG}`,
    StorageKey: 'arn:aws:kms:us-east-1:123456789012:key/lake',
    StorageRaw: 'arn:aws:s3:::lake',
    StorageLake: 'arn:aws:s3:::lake',
    AnalystsResults: 'arn:aws:s3:::results',
  },
});
const dataSets = dataSetsOf(resources);
const byId = (id: string) => {
  const found = dataSets.find(({ logicalId }) => logicalId.startsWith(`DataSets${id}`));
  if (found === undefined) throw new Error(`there is no data set ${id}`);
  return found;
};
const LAKE = dataSets.filter(({ source }) => source.startsWith('Lake'));

/** Athena's types of results, as QuickSight takes them. */
const TYPE_OF_RESULT: Readonly<Record<string, string>> = {
  varchar: DATA_SET_TYPES.string,
  double: DATA_SET_TYPES.double,
  integer: DATA_SET_TYPES.int,
  bigint: DATA_SET_TYPES.bigint,
  date: DATA_SET_TYPES.date,
  'timestamp(3)': DATA_SET_TYPES.timestamp,
};

const DAY_MS = 24 * 60 * 60 * 1000;
/** Days with data: two that are imported, and one before all that are. */
const [TODAY, YESTERDAY, LONG_AGO] = [0, 1, 40].map((days) => utcDay(Date.now() - days * DAY_MS)) as [
  string,
  string,
  string,
];
const SYMBOLS = ['AAPL', 'MSFT'];

let lake: AthenaLake;
let credentials: ReturnType<AthenaLake['role']>;

async function fillLake(): Promise<void> {
  await lake.glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: DATABASE } }));
  const tables = resolveStack(stacks.lake.toJSON(), { refs: { StorageRaw: 'lake', StorageLake: 'lake' } });
  for (const { type, properties } of tables) {
    if (type !== 'AWS::Glue::Table') continue;
    const table = properties['TableInput'] as unknown as TableInput;
    await lake.glue.send(new CreateTableCommand({ DatabaseName: DATABASE, TableInput: table }));
  }
  for (const { name } of Object.values(TOPICS)) {
    const view = renderView({ database: DATABASE, viewName: name, cut: [], hasHistory: false });
    await lake.glue.send(new CreateTableCommand({ DatabaseName: DATABASE, TableInput: view }));
  }
  for (const [index, dt] of [LONG_AGO, YESTERDAY, TODAY].entries()) await addDay(dt, index * 100);
  // Of one time.
  await quarantine('infinite', 6);
  await quarantine('negative', 7);
}

async function quarantine(reason: string, offset: number): Promise<void> {
  const record = {
    code: 'price_invalid',
    reason,
    kafka_offset: offset,
    kafka_timestamp: `${TODAY} 14:30:00.123`,
  };
  const file = `${String(offset).padStart(20, '0')}.json`;
  await lake.put(
    `quarantine/quotes/log_id=${LOG}/kafka_partition=0002/${file}`,
    `${JSON.stringify(record)}\n`,
  );
}

/** Of each symbol a quote a minute from 15:00 UTC on, its price a dollar up each, a hundred shares between two. */
async function addDay(dt: string, start: number): Promise<void> {
  const rows = SYMBOLS.flatMap((symbol, index) =>
    Array.from({ length: 10 }, (_, minute) =>
      curatedRow(symbol, `${dt}T15:0${minute}:00Z`, start + index * 10 + minute, {
        companyName: `${symbol} Inc.`,
        sector: 'Technology',
        open: 100,
        latestPrice: 100 + minute,
        latestVolume: 100 * (minute + 1),
      }),
    ),
  );
  const object = { kind: 'chain', topic: 'quotes', logId: LOG, partition: 0, start } as const;
  await lake.put(curatedKey(object, dt), encodeRows(rows, object));
  const location = `s3://lake/curated/quotes/dt=${dt}/`;
  await lake.registerIn(DATABASE, 'quotes_curated', { [location]: [dt] });
}

beforeAll(async () => {
  lake = await AthenaLake.start();
  await fillLake();
  const policy = resources.find(
    ({ type, logicalId }) => type === 'AWS::IAM::Policy' && logicalId.startsWith('LakeRole'),
  );
  const { Statement } = policy?.properties['PolicyDocument'] as unknown as {
    Statement: Parameters<TestEndpoint['role']>[1];
  };
  credentials = lake.role('dashboards', Statement);
}, 60_000);
afterAll(async () => {
  await lake.stop();
});

describe('data sets of the lake', () => {
  test('are all but that of the serving database', () => {
    expect(dataSets).toHaveLength(LAKE.length + 1);
    expect(LAKE.length).toBeGreaterThan(4);
  });

  test.each(LAKE.map((dataSet) => [dataSet.logicalId, dataSet] as const))(
    '%s returns the columns that QuickSight is told of, to the role of the data source',
    async (_, { sql, columns }) => {
      const answer = await lake.answer(sql, { credentials });
      expect(answer.columns.map(({ name, type }) => [name, TYPE_OF_RESULT[type] ?? type])).toEqual(
        columns.map(({ Name, Type }) => [Name, Type]),
      );
      expect(answer.rows.length).toBeGreaterThan(0);
    },
  );

  const rows = async (id: string): Promise<Record<string, string | null>[]> => {
    const { sql, columns } = byId(id);
    return (await lake.rows(sql)).map((row) =>
      Object.fromEntries(columns.map(({ Name }, index) => [Name, row[index] ?? null])),
    );
  };

  test('candles add up to what was seen to trade on the days that are imported, and leave the others out', async () => {
    const candles = await rows('candles');
    expect(new Set(candles.map(({ candle_start: start }) => start?.slice(0, 10)))).toEqual(
      new Set([TODAY, YESTERDAY]),
    );
    const first = candles.find(
      ({ symbol, candle_start: start }) => symbol === 'MSFT' && start?.startsWith(`${TODAY} 15:00`),
    );
    expect(first).toMatchObject({
      open: '100.0',
      high: '104.0',
      low: '100.0',
      close: '104.0',
      volume: '400.0',
    });
    const volume = candles.reduce((sum, candle) => sum + Number(candle['volume']), 0);
    // The recording of each day begins with a count of 100, after the open.
    expect(volume).toBe(2 * SYMBOLS.length * 900);
  });

  test('the last trading day is told apart', async () => {
    const days = await rows('tradingdays');
    const told = days.map(({ trading_date: date, days_before_last: before }) => `${date} ${before}`);
    expect(new Set(told)).toEqual(new Set([`${TODAY} 0`, `${YESTERDAY} 1`]));
    expect(days[0]).toMatchObject({
      sector: 'Technology',
      open: '100.0',
      last_price: '109.0',
      volume: '1000.0',
    });
  });

  test('quarantine is that of the cluster that is running', async () => {
    expect(await rows('quarantine')).toEqual([
      expect.objectContaining({
        topic: 'quotes',
        code: 'price_invalid',
        records: '2',
        example_reason: 'negative',
      }),
    ]);
    expect(await lake.rows(byId('quarantine').sql.replaceAll(LOG, 'L2'))).toEqual([]);
  });

  test('the role may read neither the raw log nor receipts', async () => {
    expect(
      await lake.failure(`SELECT * FROM "${DATABASE}"."quotes_raw" WHERE log_id = '${LOG}'`, { credentials }),
    ).toMatch(/^PERMISSION_DENIED/);
  });
});

describe('data sets and saved queries', () => {
  /** Stands for today: five days are imported, from the 16th on. */
  const LAST_DAY = '2026-11-20';
  const quote = (symbol: string, at: string, fields: Omit<Tick, 'symbol' | 'at'>): Tick => ({
    symbol,
    at: `2026-11-${at}Z`,
    ...fields,
  });
  const TICKS: readonly Tick[] = [
    // Before the days that are imported: the second by its day in New York, though its dt is among them.
    quote('A', '13T15:00:00', { latestPrice: 1, open: 1, latestVolume: 900 }),
    quote('A', '16T00:30:00', { latestPrice: 2, open: 1, latestVolume: 950 }),
    quote('A', '16T05:00:00', { latestPrice: 3, open: 1, latestVolume: 950 }),
    // 09:00 in New York: price, open and count are the day before's.
    quote('A', '19T14:00:00', { latestPrice: 9, open: 7, latestVolume: 500_000, lagMs: 40 }),
    quote('A', '19T14:30:10', { latestPrice: 10, open: 10, latestVolume: 100.1, companyName: 'A Inc.' }),
    // Three at one time.
    quote('A', '19T14:31:00', { latestPrice: 12, open: 10, latestVolume: 150.3, lagMs: 900 }),
    quote('A', '19T14:31:00', { latestPrice: 11, open: 10, latestVolume: 180.7, lagMs: 30 }),
    quote('A', '19T14:31:00', { latestPrice: 12.5, open: 10, latestVolume: 180.7, lagMs: 20 }),
    quote('A', '19T14:32:00', { latestVolume: 200, lagMs: 10 }),
    quote('A', '19T14:33:00', { latestPrice: 8, open: 10, sector: 'Tech' }),
    // Restated, and grown past what it was.
    quote('A', '19T14:36:00', { latestPrice: 9, open: 10, latestVolume: 190, lagMs: 5 }),
    quote('A', '19T14:37:00', { latestPrice: 10, open: 10, latestVolume: 260 }),
    quote('A', '19T14:41:00', { latestPrice: 0, open: 0, latestVolume: 260 }),
    quote('A', '19T20:59:00', { latestPrice: 13, open: 10, latestVolume: 1000 }),
    quote('A', '19T20:59:00', { latestPrice: 14, open: 10, latestVolume: 990 }),
    // 19:30 in New York, in the dt that follows; then the next day's, whose first candle begins within the session.
    quote('A', '20T00:30:00', { latestPrice: 15, open: 10 }),
    quote('A', '20T14:34:59', {
      latestPrice: 20,
      open: 20,
      latestVolume: 300,
      companyName: 'A Corp.',
      sector: 'Tech',
    }),
    quote('A', '20T14:36:00', { latestPrice: 21, open: 0, latestVolume: 400 }),
    quote('A', '20T14:36:00', { latestPrice: 22, open: 20, latestVolume: 420 }),
    // Only a count at first; then the recording begins half an hour late.
    quote('LATE', '19T15:00:00', { latestVolume: 6900 }),
    quote('LATE', '20T15:00:00', { latestPrice: 5, open: 4, latestVolume: 7000, sector: 'Energy' }),
    quote('LATE', '20T15:01:00', { latestPrice: 6, open: 4, latestVolume: 7100 }),
    quote('LATE', '20T15:01:00', { latestPrice: 3, open: 4, latestVolume: 7000 }),
    quote('EARLY', '20T14:00:00', { latestPrice: 7, latestVolume: 50 }),
    quote('NONE', '20T14:30:00', { latestVolume: 10 }),
  ];

  let small: QuoteLake;
  beforeAll(async () => {
    small = await QuoteLake.start(TICKS);
  }, 60_000);
  afterAll(async () => {
    await small.athena.stop();
  });

  type Rows = Awaited<ReturnType<QuoteLake['ask']>>;
  const inOrder = (rows: Rows): Rows =>
    rows.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));

  /** Rows of a data set, of these columns. @default - of all */
  const dataSet = async (id: string, names?: readonly string[]): Promise<Rows> => {
    const { sql, columns } = byId(id);
    const here = sql.replaceAll(`"${DATABASE}".`, '"lake".').replaceAll('current_date', `DATE '${LAST_DAY}'`);
    const places = (names ?? columns.map(({ Name }) => Name)).map((name) =>
      columns.findIndex(({ Name }) => Name === name),
    );
    const rows = await small.athena.rows(here);
    return inOrder(rows.map((row) => places.map((place) => row[place] ?? null)));
  };
  /** Rows of a saved query whose second or other column is no earlier. */
  const savedQuery = async (name: string, from: string, column = 1): Promise<Rows> =>
    inOrder((await small.ask(name)).filter((row) => String(row[column]) >= from));
  /** Midnight in New York. */
  const FIRST_TIME = '2026-11-16 05:00';

  test('have the same candles', async () => {
    const candles = await dataSet('candles');
    expect(candles).toEqual(await savedQuery('candles-5m', FIRST_TIME));
    expect(candles.slice(0, 3)).toEqual([
      ['A', '2026-11-16 05:00:00.000', '3.0', '3.0', '3.0', '3.0', null, '1'],
      ['A', '2026-11-19 14:00:00.000', '9.0', '9.0', '9.0', '9.0', null, '1'],
      ['A', '2026-11-19 14:30:00.000', '10.0', '12.5', '8.0', '8.0', '200.0', '5'],
    ]);
  });

  test('have the same trading days', async () => {
    const days = await dataSet('tradingdays', ['symbol', 'trading_date', 'last_price', 'volume', 'quotes']);
    const candles = await savedQuery('candles-1d', '2026-11-16');
    expect(days).toEqual(candles.map(([symbol, day, , , , ...closeOn]) => [symbol, day, ...closeOn]));
    expect(days).toEqual([
      ['A', '2026-11-19', '15.0', '1000.0', '11'],
      ['A', '2026-11-20', '22.0', '420.0', '3'],
      ['LATE', '2026-11-20', '3.0', '7100.0', '3'],
    ]);
  });

  test('have the same symbols move on the last day', async () => {
    const moved = ['symbol', 'company_name', 'sector', 'open', 'last_price'];
    const days = await dataSet('tradingdays', [...moved, 'days_before_last']);
    const movers = inOrder(await small.ask('top-movers'));
    expect(days.filter((row) => row.at(-1) === '0').map((row) => row.slice(0, -1))).toEqual(
      movers.map((row) => row.slice(0, moved.length)),
    );
    expect(movers).toHaveLength(2);
  });

  test('have the same freshness', async () => {
    const hours = await dataSet('freshness');
    expect(hours).toEqual(await savedQuery('freshness', FIRST_TIME, 0));
    expect(hours).toContainEqual([
      '2026-11-19 14:00:00.000',
      '10',
      '1',
      '2026-11-19 14:41:00.000',
      '0.005',
      '0.9',
    ]);
  });
});

/** PostgreSQL's own types by their OID: https://www.postgresql.org/docs/17/catalog-pg-type.html */
const TYPE_OF_OID: Readonly<Record<number, string>> = {
  20: 'INTEGER',
  23: 'INTEGER',
  25: 'STRING',
  701: 'DECIMAL',
  1114: 'DATETIME',
};

test('the data set of the serving database returns its columns to the user of dashboards', async () => {
  const stand = await PostgresStand.start();
  try {
    await migrate(stand, { dashboardPassword: 'of a dashboard' });
    await stand.query(
      `INSERT INTO latest_quotes (ts, symbol, latest_update, source_log_id, source_topic, source_partition, source_offset)
       VALUES ('2026-11-20T14:30:00Z', 'AAPL', '2026-11-20T14:30:00Z', 'L1', 'quotes', 0, 7)`,
    );
    const { sql, columns, importMode } = byId('servedquotes');
    expect(importMode).toBe('DIRECT_QUERY');
    const { fields, rows } = await stand.result(sql, stand.login(DATABASE_USERS.dashboard, 'of a dashboard'));
    expect(fields.map(({ name, dataTypeID }) => [name, TYPE_OF_OID[dataTypeID] ?? dataTypeID])).toEqual(
      columns.map(({ Name, Type }) => [Name, Type]),
    );
    expect(rows).toMatchObject([{ symbol: 'AAPL', source_offset: '7' }]);
  } finally {
    await stand.stop();
  }
}, 60_000);
