/** The Athena API by its SDK client, over an engine that answers what the tests tell it. */
import {
  AthenaClient,
  BatchGetNamedQueryCommand,
  CreateNamedQueryCommand,
  CreateWorkGroupCommand,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetWorkGroupCommand,
  ListNamedQueriesCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AthenaQuery, AthenaQueryResult } from '../../../local/gateway/index.ts';
import { ACCOUNT, allow, REGION, startTestEndpoint, type TestEndpoint } from '../../helpers/aws-endpoint.ts';

const WORKGROUP = 'analysts';
const WORKGROUP_ARN = `arn:aws:athena:${REGION}:${ACCOUNT}:workgroup/${WORKGROUP}`;
let endpoint: TestEndpoint;
let athena: AthenaClient;
let seen: AthenaQuery[] = [];
const endings = new Map<string, (query: AthenaQuery) => Promise<AthenaQueryResult>>();

const COLUMNS = [
  { name: 'symbol', type: 'varchar' },
  { name: 'price', type: 'double' },
];

/** Rows n of (S<n>, n), every tenth price NULL. */
async function* count(rows: number): AsyncGenerator<readonly (readonly (string | null)[])[]> {
  for (let from = 0; from < rows; from += 1000)
    yield await Promise.resolve(
      Array.from({ length: Math.min(1000, rows - from) }, (_, index) => {
        const row = from + index;
        return [`S"${row}`, row % 10 === 9 ? null : `${row}.0`];
      }),
    );
}

const answering =
  (rows: number, more: Partial<AthenaQueryResult> = {}) =>
  (): Promise<AthenaQueryResult> =>
    Promise.resolve({ columns: COLUMNS, rows: count(rows), scannedBytes: 1234, ...more });

beforeAll(async () => {
  endpoint = await startTestEndpoint();
  athena = new AthenaClient(endpoint.as());
  await new S3Client(endpoint.as()).send(new CreateBucketCommand({ Bucket: 'results' }));
  endpoint.gateway.registerAthena({
    close: () => Promise.resolve(),
    execute: (query) => {
      seen.push(query);
      return (endings.get(query.sql) ?? answering(3))(query);
    },
  });
  await athena.send(
    new CreateWorkGroupCommand({
      Name: WORKGROUP,
      Configuration: {
        EnforceWorkGroupConfiguration: true,
        BytesScannedCutoffPerQuery: 10_000_000,
        ResultConfiguration: { OutputLocation: 's3://results/analysts/' },
      },
    }),
  );
}, 90_000);

afterAll(async () => {
  await endpoint.stop();
}, 30_000);

async function finished(client: AthenaClient, QueryExecutionId: string | undefined): Promise<QueryExecution> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const state = QueryExecution?.Status?.State;
    if (QueryExecution !== undefined && state !== 'QUEUED' && state !== 'RUNNING') return QueryExecution;
    if (Date.now() > deadline) throw new Error(`still ${String(state)}`);
  }
}

async function run(sql: string, client = athena) {
  const { QueryExecutionId } = await client.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      WorkGroup: WORKGROUP,
      QueryExecutionContext: { Database: 'lake' },
    }),
  );
  return { QueryExecutionId, execution: await finished(client, QueryExecutionId) };
}

test('a query runs with the caller’s credentials under the workgroup’s settings', async () => {
  seen = [];
  const { execution, QueryExecutionId = '' } = await run('SELECT 1');
  expect(seen).toMatchObject([
    {
      sql: 'SELECT 1',
      database: 'lake',
      maxScanBytes: 10_000_000,
      region: REGION,
      endpoint: endpoint.gateway.endpoint,
    },
  ]);
  expect(seen[0]?.credentials.accessKeyId).toBe(endpoint.gateway.operator.accessKeyId);
  expect(execution).toMatchObject({
    Query: 'SELECT 1',
    WorkGroup: WORKGROUP,
    Status: { State: 'SUCCEEDED' },
    StatementType: 'DML',
    Statistics: { DataScannedInBytes: 1234 },
    ResultConfiguration: { OutputLocation: `s3://results/analysts/${QueryExecutionId}.csv` },
  });
});

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html */
test('results come in pages, the header as the first row, and as CSV in S3', async () => {
  endings.set('many', answering(2300));
  const { QueryExecutionId } = await run('many');
  const pages: (string | undefined)[][][] = [];
  let NextToken: string | undefined;
  do {
    const page = await athena.send(
      new GetQueryResultsCommand({ QueryExecutionId, NextToken, MaxResults: 700 }),
    );
    pages.push(
      (page.ResultSet?.Rows ?? []).map(({ Data = [] }) => Data.map(({ VarCharValue }) => VarCharValue)),
    );
    expect(page.ResultSet?.ResultSetMetadata?.ColumnInfo?.map(({ Name, Type }) => [Name, Type])).toEqual([
      ['symbol', 'varchar'],
      ['price', 'double'],
    ]);
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  expect(pages.map(({ length }) => length)).toEqual([700, 700, 700, 201]);
  const rows = pages.flat();
  expect(rows.slice(0, 2)).toEqual([
    ['symbol', 'price'],
    ['S"0', '0.0'],
  ]);
  for (const [index, row] of rows.slice(1).entries())
    expect(row).toEqual([`S"${index}`, index % 10 === 9 ? undefined : `${index}.0`]);
  const object = await new S3Client(endpoint.as()).send(
    new GetObjectCommand({ Bucket: 'results', Key: `analysts/${QueryExecutionId ?? ''}.csv` }),
  );
  const lines = (await object.Body?.transformToString())?.split('\n') ?? [];
  expect([lines[0], lines[10], lines.length]).toEqual(['"symbol","price"', '"S""9",', 2302]);
});

test('a large result is uploaded in parts', async () => {
  endings.set('large', answering(700_000));
  const { QueryExecutionId, execution } = await run('large');
  expect(execution.Status?.State).toBe('SUCCEEDED');
  const token = Buffer.from('row:699999').toString('base64url');
  const { ResultSet, NextToken } = await athena.send(
    new GetQueryResultsCommand({ QueryExecutionId, NextToken: token, MaxResults: 1000 }),
  );
  expect(ResultSet?.Rows?.map(({ Data }) => Data?.[0]?.VarCharValue)).toEqual(['S"699998', 'S"699999']);
  expect(NextToken).toBeUndefined();
}, 60_000);

test('DDL answers have no header and a .txt', async () => {
  const rows = (async function* () {
    yield await Promise.resolve([['quotes_curated'], ['quotes_raw']]);
  })();
  endings.set('SHOW TABLES', () =>
    Promise.resolve({
      columns: [{ name: 'tab_name', type: 'string' }],
      rows,
      scannedBytes: 0,
      statementType: 'DDL',
    }),
  );
  const { QueryExecutionId, execution } = await run('SHOW TABLES');
  expect(execution.ResultConfiguration?.OutputLocation).toMatch(/\.txt$/);
  const { ResultSet } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId }));
  expect(ResultSet?.Rows?.map(({ Data }) => Data?.[0]?.VarCharValue)).toEqual([
    'quotes_curated',
    'quotes_raw',
  ]);
});

test('a failure keeps the engine’s words', async () => {
  const message = "SYNTAX_ERROR: line 1:8: Column 'nope' cannot be resolved";
  endings.set('bad', () => Promise.reject(new Error(message)));
  const { QueryExecutionId, execution } = await run('bad');
  expect(execution.Status).toMatchObject({
    State: 'FAILED',
    StateChangeReason: message,
    AthenaError: { ErrorCategory: 2, ErrorMessage: message },
  });
  await expect(athena.send(new GetQueryResultsCommand({ QueryExecutionId }))).rejects.toMatchObject({
    name: 'InvalidRequestException',
    message: 'Query did not finish successfully. Final query state: FAILED',
  });
});

test('a query past its scan cutoff is cancelled', async () => {
  endings.set('wide', () =>
    Promise.reject(
      Object.assign(new Error('Bytes scanned limit was exceeded'), { athenaState: 'CANCELLED' }),
    ),
  );
  expect((await run('wide')).execution.Status).toMatchObject({
    State: 'CANCELLED',
    StateChangeReason: 'Bytes scanned limit was exceeded',
  });
});

test('a running query can be stopped, and is not finished until then', async () => {
  endings.set(
    'slow',
    ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      }),
  );
  const { QueryExecutionId } = await athena.send(
    new StartQueryExecutionCommand({ QueryString: 'slow', WorkGroup: WORKGROUP }),
  );
  await expect(athena.send(new GetQueryResultsCommand({ QueryExecutionId }))).rejects.toThrow(
    'Query has not yet finished. Current state: RUNNING',
  );
  await athena.send(new StopQueryExecutionCommand({ QueryExecutionId }));
  expect((await finished(athena, QueryExecutionId)).Status).toMatchObject({ State: 'CANCELLED' });
});

test('a repeated request token starts nothing new', async () => {
  const start = () =>
    athena.send(
      new StartQueryExecutionCommand({
        QueryString: 'SELECT 2',
        WorkGroup: WORKGROUP,
        ClientRequestToken: 'x'.repeat(32),
      }),
    );
  expect((await start()).QueryExecutionId).toBe((await start()).QueryExecutionId);
});

test('the caller’s grants decide on workgroup, results bucket and results', async () => {
  const use = allow(
    ['athena:StartQueryExecution', 'athena:GetQueryExecution', 'athena:GetQueryResults'],
    WORKGROUP_ARN,
  );
  const locate = allow('s3:GetBucketLocation', 'arn:aws:s3:::results');
  const write = allow('s3:PutObject', 'arn:aws:s3:::results/analysts/*');
  const client = (name: string, statements: Parameters<TestEndpoint['role']>[1]) =>
    new AthenaClient(endpoint.role(name, statements));
  await expect(run('SELECT 1', client('outsider', []))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  await expect(run('SELECT 1', client('lost', [use]))).rejects.toMatchObject({
    message: 'Unable to verify/create output bucket results',
  });
  const writeless = await run('SELECT 1', client('writeless', [use, locate]));
  expect(writeless.execution.Status).toMatchObject({
    State: 'FAILED',
    StateChangeReason: expect.stringMatching(
      /^Access denied when writing output to url: s3:\/\/results\/analysts\//,
    ),
  });
  const readless = client('readless', [use, locate, write]);
  const { QueryExecutionId } = await run('SELECT 1', readless);
  await expect(readless.send(new GetQueryResultsCommand({ QueryExecutionId }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});

test('named queries and workgroups', async () => {
  const { NamedQueryId = '' } = await athena.send(
    new CreateNamedQueryCommand({
      Name: 'top',
      Database: 'lake',
      QueryString: 'SELECT 3',
      WorkGroup: WORKGROUP,
    }),
  );
  const { NamedQueryIds } = await athena.send(new ListNamedQueriesCommand({ WorkGroup: WORKGROUP }));
  expect(NamedQueryIds).toEqual([NamedQueryId]);
  const { NamedQueries, UnprocessedNamedQueryIds } = await athena.send(
    new BatchGetNamedQueryCommand({ NamedQueryIds: [NamedQueryId, 'none'] }),
  );
  expect(NamedQueries).toMatchObject([
    { Name: 'top', Database: 'lake', QueryString: 'SELECT 3', WorkGroup: WORKGROUP },
  ]);
  expect(UnprocessedNamedQueryIds).toMatchObject([{ NamedQueryId: 'none' }]);
  const { WorkGroup } = await athena.send(new GetWorkGroupCommand({ WorkGroup: WORKGROUP }));
  expect(WorkGroup).toMatchObject({
    State: 'ENABLED',
    Configuration: { EnforceWorkGroupConfiguration: true, BytesScannedCutoffPerQuery: 10_000_000 },
  });
  await expect(athena.send(new GetWorkGroupCommand({ WorkGroup: 'none' }))).rejects.toThrow(
    'WorkGroup none is not found.',
  );
});
