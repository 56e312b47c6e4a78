/** Python clients that analysts use, unchanged, against the gateway's Athena API over the local engine, as roles may and may not. */
import { join } from 'node:path';
import { AthenaClient, CreatePreparedStatementCommand } from '@aws-sdk/client-athena';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AwsCredentials, PolicyStatement } from '../../local/gateway/index.ts';
import { testToolPaths } from '../../local/tools.ts';
import { AthenaLake } from '../helpers/athena-lake.ts';
import { ACCOUNT, allow, REGION } from '../helpers/aws-endpoint.ts';
import { runProgram } from '../helpers/run-program.ts';

const WORKGROUP = 'analysts';
const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

/** A row of values and a row of nothing, but for a text that is empty and not null. */
const ALL_TYPES = `SELECT * FROM (VALUES
  (TIMESTAMP '2026-11-19 14:30:00.123', DATE '2026-11-19', 1.5e0, CAST(12.34 AS decimal(10,3)), BIGINT '9007199254740993', 7, 'Société "é", 日本', true),
  (NULL, NULL, NULL, NULL, NULL, NULL, '', NULL)
) AS t (at, day, price, amount, big, small, text, flag) ORDER BY small NULLS LAST`;

/** As lib/constructs/query/workgroup.ts grants it to an audience, but for the keys. */
const withoutData = [
  allow(
    [
      'athena:GetWorkGroup',
      'athena:StartQueryExecution',
      'athena:StopQueryExecution',
      'athena:GetQueryExecution',
      'athena:BatchGetQueryExecution',
      'athena:ListQueryExecutions',
      'athena:GetQueryResults',
      'athena:GetQueryResultsStream',
      'athena:GetQueryRuntimeStatistics',
      'athena:GetNamedQuery',
      'athena:BatchGetNamedQuery',
      'athena:ListNamedQueries',
      'athena:GetPreparedStatement',
      'athena:BatchGetPreparedStatement',
      'athena:ListPreparedStatements',
    ],
    arn('athena', `workgroup/${WORKGROUP}`),
  ),
  allow(
    [
      'athena:GetDataCatalog',
      'athena:GetDatabase',
      'athena:ListDatabases',
      'athena:GetTableMetadata',
      'athena:ListTableMetadata',
    ],
    arn('athena', 'datacatalog/AwsDataCatalog'),
  ),
  allow(['athena:ListWorkGroups', 'athena:ListDataCatalogs', 'athena:ListEngineVersions'], '*'),
  allow(
    [
      'glue:GetDatabase',
      'glue:GetDatabases',
      'glue:GetTable',
      'glue:GetTables',
      'glue:GetPartition',
      'glue:GetPartitions',
      'glue:BatchGetPartition',
    ],
    [arn('glue', 'catalog'), arn('glue', 'database/lake'), arn('glue', 'table/lake/*')],
  ),
  // All that may be listed is listed: https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
  allow('glue:GetDatabases', [arn('glue', 'catalog'), arn('glue', 'database/*')]),
  allow(['s3:GetBucketLocation', 's3:ListBucket'], 'arn:aws:s3:::results'),
  allow(
    ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
    `arn:aws:s3:::results/${WORKGROUP}/*`,
  ),
];
const data = [
  allow(['s3:GetBucketLocation', 's3:ListBucket'], 'arn:aws:s3:::lake'),
  allow('s3:GetObject', 'arn:aws:s3:::lake/trades/*'),
];

let lake: AthenaLake;

beforeAll(async () => {
  lake = await AthenaLake.start();
  await lake.serve(WORKGROUP);
  await lake.createTable('trades', {
    columns: { symbol: 'string', price: 'double', volume: 'bigint', fee: 'decimal(10,2)', at: 'timestamp' },
    keys: { dt: 'date' },
    location: 's3://lake/trades/',
    format: 'json',
  });
  await lake.put(
    'trades/dt=2026-11-19/a.json',
    [
      { symbol: 'AAPL', price: 101.25, volume: 100, fee: 0.1, at: '2026-11-19 14:30:00.000' },
      { symbol: 'AAPL', price: 102.5, volume: null, fee: null, at: null },
      { symbol: "O'Reilly", price: 7, volume: 9007199254740992, fee: 12.34, at: '2026-11-19 14:31:00.500' },
    ]
      .map((row) => JSON.stringify(row))
      .join('\n'),
  );
  await lake.register('trades', { 's3://lake/trades/dt=2026-11-19/': ['2026-11-19'] });
  const athena = new AthenaClient(lake.endpoint.as());
  await athena.send(
    new CreatePreparedStatementCommand({
      StatementName: 'by_symbol',
      WorkGroup: WORKGROUP,
      QueryStatement: 'SELECT symbol, price FROM trades WHERE symbol = ? ORDER BY price',
    }),
  );
  athena.destroy();
}, 120_000);

afterAll(async () => {
  await (lake as AthenaLake | undefined)?.stop();
}, 30_000);

/** What the program says, told nothing but the endpoint and the keys of a role with these statements. */
async function runClient(name: string, statements: readonly PolicyStatement[], sql: string): Promise<Said> {
  const { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials = lake.role(name, statements);
  const { code, stdout, stderr } = await runProgram(
    testToolPaths().python,
    [join(import.meta.dirname, `clients/${name}.py`), WORKGROUP, 'lake', sql],
    {
      deadlineMs: 120_000,
      env: {
        PATH: process.env['PATH'],
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_REGION: REGION,
        AWS_DEFAULT_REGION: REGION,
        AWS_ENDPOINT_URL: lake.endpoint.gateway.endpoint,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
      },
    },
  );
  if (code !== 0) throw new Error(`${name} ends with ${String(code)}: ${stderr.slice(-4000)}`);
  return JSON.parse(stdout) as Said;
}

type Said = Readonly<Record<string, unknown>>;

const AS_PYTHON = [
  'datetime.datetime(2026, 11, 19, 14, 30, 0, 123000)',
  'datetime.date(2026, 11, 19)',
  '1.5',
  "Decimal('12.340')",
  '9007199254740993',
  '7',
  `'Société "é", 日本'`,
  'True',
];
const NOPE =
  "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved or requester is not authorized to access requested resources";
const OF_AAPL = [
  ['AAPL', 101.25],
  ['AAPL', 102.5],
];

describe('pyathena', () => {
  let said: Said;
  beforeAll(async () => {
    said = await runClient('read_athena_pyathena', [...withoutData, ...data], ALL_TYPES);
  }, 150_000);

  test('a cursor has values of Python’s types, and tells an empty text from none', () => {
    expect(said['cursor']).toEqual([
      AS_PYTHON,
      ['None', 'None', 'None', 'None', 'None', 'None', "''", 'None'],
    ]);
    expect(said['description']).toEqual([
      ['at', 'timestamp', 3, 0],
      ['day', 'date', 0, 0],
      ['price', 'double', 17, 0],
      ['amount', 'decimal', 10, 3],
      ['big', 'bigint', 19, 0],
      ['small', 'integer', 10, 0],
      ['text', 'varchar', 2147483647, 0],
      ['flag', 'boolean', 0, 0],
    ]);
    expect(said['statistics']).toEqual(['SUCCEEDED', 'DML', 'SELECT', false]);
  });

  test('a PandasCursor has the dtypes of the columns', () => {
    expect(said['pandas']).toEqual({
      at: ['datetime64[us]', ["Timestamp('2026-11-19 14:30:00.123000')", 'NaT']],
      day: ['datetime64[us]', ["Timestamp('2026-11-19 00:00:00')", 'NaT']],
      price: ['float64', ['1.5', 'nan']],
      amount: ['object', ["Decimal('12.340')", 'None']],
      big: ['Int64', ['np.int64(9007199254740993)', '<NA>']],
      small: ['Int64', ['np.int64(7)', '<NA>']],
      text: ['str', [`'Société "é", 日本'`, 'nan']],
      flag: ['object', ['True', 'None']],
    });
  });

  test('an ArrowCursor has their Arrow types', () => {
    expect(said['arrow']).toMatchObject({
      at: ['timestamp[us]', ['datetime.datetime(2026, 11, 19, 14, 30, 0, 123000)', 'None']],
      day: ['date32[day]', ['datetime.date(2026, 11, 19)', 'None']],
      price: ['double', ['1.5', 'None']],
      big: ['int64', ['9007199254740993', 'None']],
      small: ['int32', ['7', 'None']],
      text: ['string', [`'Société "é", 日本'`, "''"]],
      flag: ['bool', ['True', 'None']],
    });
  });

  test('values come into a query in every way that there is', () => {
    expect(said).toMatchObject({
      pyformat: [["O'Reilly", 7]],
      qmark: OF_AAPL,
      'qmark word': [[2]],
      prepared: OF_AAPL,
    });
  });

  test('results come in pages, as dictionaries and as text', () => {
    expect(said).toMatchObject({
      'many pages': 2500,
      dict: [{ a: 1, c: 'b' }],
      tables: [['trades']],
      explain: true,
    });
  });

  test('the catalog is shown', () => {
    expect(said).toMatchObject({
      databases: ['lake'],
      'table names': ['trades'],
      location: 's3://lake/trades/',
      columns: [
        ['symbol', 'string'],
        ['price', 'double'],
        ['volume', 'bigint'],
        ['fee', 'decimal(10,2)'],
        ['at', 'timestamp'],
        ['dt', 'date'],
      ],
    });
  });

  test('failures are its own exceptions, with Athena’s words', () => {
    expect(said).toMatchObject({
      'unknown column': ['OperationalError', NOPE],
      'no syntax': ['DatabaseError', expect.stringMatching(/line 1:8: mismatched input 'FROM'/)],
      unload: ['OperationalError', expect.stringMatching(/^NOT_SUPPORTED: UNLOAD .*unload=False/)],
      cancelled: ['OperationalError', 'Query cancelled by user'],
    });
  });
});

describe('awswrangler', () => {
  let said: Said;
  beforeAll(async () => {
    said = await runClient('read_athena_awswrangler', [...withoutData, ...data], ALL_TYPES);
  }, 150_000);

  test('a frame has the dtypes of the columns', () => {
    expect(said['frame']).toEqual({
      at: ['datetime64[us]', ["Timestamp('2026-11-19 14:30:00.123000')", 'NaT']],
      day: ['object', ['datetime.date(2026, 11, 19)', 'None']],
      price: ['float64', ['1.5', 'nan']],
      amount: ['object', ["Decimal('12.340')", 'None']],
      big: ['Int64', ['np.int64(9007199254740993)', '<NA>']],
      small: ['Int32', ['np.int32(7)', '<NA>']],
      text: ['string', [`'Société "é", 日本'`, '<NA>']],
      flag: ['boolean', ['np.True_', '<NA>']],
    });
    expect(said['arrow frame']).toMatchObject({
      at: ['timestamp[ns][pyarrow]', ["Timestamp('2026-11-19 14:30:00.123000')", '<NA>']],
      day: ['date32[day][pyarrow]', ['datetime.date(2026, 11, 19)', '<NA>']],
      big: ['int64[pyarrow]', ['9007199254740993', '<NA>']],
    });
  });

  test('a table is read whole, with its types', () => {
    expect(said['table']).toEqual({
      symbol: ['string', ["'AAPL'", "'AAPL'", `"O'Reilly"`]],
      price: ['float64', ['101.25', '102.5', '7.0']],
      volume: ['Int64', ['np.int64(100)', '<NA>', 'np.int64(9007199254740992)']],
      fee: ['object', ["Decimal('0.10')", 'None', "Decimal('12.34')"]],
      at: [
        'datetime64[us]',
        ["Timestamp('2026-11-19 14:30:00')", 'NaT', "Timestamp('2026-11-19 14:31:00.500000')"],
      ],
      dt: ['object', Array.from({ length: 3 }, () => 'datetime.date(2026, 11, 19)')],
    });
    expect(said).toMatchObject({ empty: { symbol: ['string', []], price: ['float64', []] } });
  });

  test('in chunks, and with values in every way that there is', () => {
    expect(said).toMatchObject({
      chunks: [1000, 1000, 500],
      named: [["O'Reilly", 7]],
      qmark: OF_AAPL,
      prepared: OF_AAPL,
    });
  });

  test('what it asks of a query and of a table', () => {
    expect(said).toMatchObject({
      types: { a: 'integer', d: 'decimal(3,2)' },
      results: [['1', '1.50']],
      described: [
        ['symbol', 'string', false, ''],
        ['price', 'double', false, ''],
        ['volume', 'bigint', false, ''],
        ['fee', 'decimal(10,2)', false, ''],
        ['at', 'timestamp', false, ''],
        ['dt', 'date', true, ''],
      ],
      statements: ['by_symbol'],
    });
  });

  test('the catalog is shown', () => {
    expect(said).toMatchObject({
      databases: ['lake'],
      tables: ['trades'],
      'table types': { symbol: 'string', fee: 'decimal(10,2)', dt: 'date' },
      location: 's3://lake/trades/',
      partitions: { 's3://lake/trades/dt=2026-11-19/': ['2026-11-19'] },
    });
  });

  test('failures are its own exceptions, with Athena’s words', () => {
    expect(said).toMatchObject({
      'unknown column': ['QueryFailed', NOPE],
      'no syntax': ['InvalidRequestException', expect.stringMatching(/line 1:8: mismatched input 'FROM'/)],
      unload: ['QueryFailed', expect.stringMatching(/^NOT_SUPPORTED: UNLOAD .*unload_approach=False/)],
      // It takes the table that it would make out of the way first, which no analyst may.
      ctas: ['AccessDeniedException', expect.stringContaining('glue:DeleteTable')],
    });
  });
});

const listedOnly = data.slice(0, 1);
const tables = (statement: PolicyStatement): boolean =>
  !JSON.stringify(statement.Action).includes('glue:GetTable');

test.each([
  [
    'to list the lake',
    withoutData,
    /^PERMISSION_DENIED: Permission denied on S3 path: s3:\/\/lake\/trades\/.*s3:ListBucket/,
  ],
  [
    'to read its objects',
    [...withoutData, ...listedOnly],
    /^PERMISSION_DENIED: Permission denied on S3 path: s3:\/\/lake\/trades\/.*s3:GetObject/,
  ],
  [
    'to see its tables',
    [...withoutData.filter(tables), ...data],
    /^PERMISSION_DENIED: Insufficient permissions to execute the query\. .*glue:GetTable/,
  ],
])(
  'who may not is told so, by each client’s own exception: %s',
  async (_, statements, message) => {
    const said = await runClient('read_athena_denied', statements, 'SELECT * FROM trades');
    expect(said).toEqual({
      pyathena: ['OperationalError', expect.stringMatching(message)],
      awswrangler: ['QueryFailed', expect.stringMatching(message)],
    });
  },
  150_000,
);
