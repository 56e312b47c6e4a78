/** Queries by the Athena SDK client, over an engine that answers what the tests tell it. */
import {
  AthenaClient,
  BatchGetNamedQueryCommand,
  BatchGetQueryExecutionCommand,
  CreateNamedQueryCommand,
  CreateWorkGroupCommand,
  DeleteNamedQueryCommand,
  GetNamedQueryCommand,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetQueryRuntimeStatisticsCommand,
  ListNamedQueriesCommand,
  ListQueryExecutionsCommand,
  StartQueryExecutionCommand,
  type StartQueryExecutionCommandInput,
  StopQueryExecutionCommand,
  UpdateNamedQueryCommand,
} from '@aws-sdk/client-athena';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AthenaQuery } from '../../../local/gateway/index.ts';
import { allow, REGION } from '../../helpers/aws-endpoint.ts';
import {
  answering,
  engineFailure,
  ScriptedAthena,
  WORKGROUP,
  WORKGROUP_ARN,
} from '../../helpers/scripted-athena.ts';

let athena: ScriptedAthena;
let client: AthenaClient;

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

/** Ends when it is stopped. */
const endless = ({ signal }: AthenaQuery): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });

const counting = (rows: number) => answering([], { columns: COLUMNS, rows: count(rows) });

beforeAll(async () => {
  athena = await ScriptedAthena.start();
  ({ client } = athena);
}, 90_000);

afterAll(async () => {
  await athena.stop();
}, 30_000);

async function results(QueryExecutionId: string | undefined) {
  const { ResultSet, UpdateCount } = await client.send(new GetQueryResultsCommand({ QueryExecutionId }));
  return {
    UpdateCount,
    columns: ResultSet?.ResultSetMetadata?.ColumnInfo ?? [],
    rows: (ResultSet?.Rows ?? []).map(({ Data = [] }) => Data.map(({ VarCharValue }) => VarCharValue)),
  };
}

test('a query runs with the caller’s credentials under the workgroup’s settings', async () => {
  const execution = await athena.run(' SELECT 1;\n');
  expect(athena.seen).toMatchObject([
    {
      sql: ' SELECT 1;\n',
      database: 'lake',
      maxScanBytes: 10_000_000,
      region: REGION,
      endpoint: athena.endpoint.gateway.endpoint,
    },
  ]);
  expect(athena.seen[0]?.credentials.accessKeyId).toBe(athena.endpoint.gateway.operator.accessKeyId);
  expect(execution).toMatchObject({
    Query: 'SELECT 1',
    WorkGroup: WORKGROUP,
    Status: { State: 'SUCCEEDED' },
    StatementType: 'DML',
    SubstatementType: 'SELECT',
    QueryExecutionContext: { Database: 'lake' },
    Statistics: { DataScannedInBytes: 1234, ResultReuseInformation: { ReusedPreviousResult: false } },
    ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: false } },
    ResultConfiguration: {
      OutputLocation: `s3://results/analysts/${execution.QueryExecutionId ?? ''}.csv`,
    },
  });
});

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html */
test('results come in pages, the header as the first row, and as CSV in S3', async () => {
  athena.when('many', counting(2300));
  const { QueryExecutionId } = await athena.run('many');
  const pages: (string | undefined)[][][] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
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
  const object = await athena.object(`analysts/${QueryExecutionId ?? ''}.csv`);
  const lines = object?.toString().split('\n') ?? [];
  expect([lines[0], lines[10], lines.length]).toEqual(['"symbol","price"', '"S""9",', 2302]);
});

test('a large result is uploaded in parts', async () => {
  athena.when('large', counting(700_000));
  const { QueryExecutionId, Status } = await athena.run('large');
  expect(Status?.State).toBe('SUCCEEDED');
  const token = Buffer.from('row:699999').toString('base64url');
  const { ResultSet, NextToken } = await client.send(
    new GetQueryResultsCommand({ QueryExecutionId, NextToken: token, MaxResults: 1000 }),
  );
  expect(ResultSet?.Rows?.map(({ Data }) => Data?.[0]?.VarCharValue)).toEqual(['S"699998', 'S"699999']);
  expect(NextToken).toBeUndefined();
}, 60_000);

describe('answers that are text', () => {
  test('of SHOW have no header, one text a row, and a .txt', async () => {
    const rows = [
      ['quotes', 'string', ''],
      ['raw', 'bigint', 'n'],
    ];
    athena.when('DESCRIBE t', answering(rows, { statementType: 'UTILITY' }));
    const execution = await athena.run('DESCRIBE t');
    expect(execution).toMatchObject({ StatementType: 'UTILITY', SubstatementType: 'DESCRIBE_TABLE' });
    expect(execution.ResultConfiguration?.OutputLocation).toMatch(/\.txt$/);
    const { QueryExecutionId = '' } = execution;
    const answer = await results(QueryExecutionId);
    expect(answer.rows).toEqual([['quotes\tstring\t'], ['raw\tbigint\tn']]);
    expect(answer.columns).toMatchObject([{ Type: 'string' }, { Type: 'string' }, { Type: 'string' }]);
    expect((await athena.object(`analysts/${QueryExecutionId}.txt`))?.toString()).toBe(
      'quotes\tstring\t\nraw\tbigint\tn',
    );
  });

  test('of EXPLAIN have a header, and a .txt without it', async () => {
    const columns = [{ name: 'Query Plan', type: 'varchar' }];
    athena.when('EXPLAIN SELECT 1', answering([['Fragment 0'], ['  Values']], { columns }));
    const execution = await athena.run('EXPLAIN SELECT 1');
    expect(execution).toMatchObject({ StatementType: 'DML', SubstatementType: 'EXPLAIN' });
    const { QueryExecutionId = '' } = execution;
    const answer = await results(QueryExecutionId);
    expect(answer).toMatchObject({
      rows: [['Query Plan'], ['Fragment 0'], ['  Values']],
      columns: [{ Type: 'varchar' }],
    });
    expect(answer.UpdateCount).toBeUndefined();
    expect((await athena.object(`analysts/${QueryExecutionId}.txt`))?.toString()).toBe(
      'Fragment 0\n  Values',
    );
  });
});

test('a file beside the result tells of its columns', async () => {
  athena.when('SELECT symbol', counting(1));
  const { QueryExecutionId = '' } = await athena.run('SELECT symbol');
  const metadata = (await athena.object(`analysts/${QueryExecutionId}.csv.metadata`))?.toString('latin1');
  for (const part of [QueryExecutionId, 'symbol', 'varchar', 'price', 'double'])
    expect(metadata).toContain(part);
});

describe('failures', () => {
  test('keep the engine’s words and have Athena’s class', async () => {
    const reason = "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved";
    athena.when('bad', () =>
      Promise.reject(engineFailure('COLUMN_NOT_FOUND', "line 1:8: Column 'nope' cannot be resolved")),
    );
    const { QueryExecutionId, Status } = await athena.run('bad');
    expect(Status).toMatchObject({
      State: 'FAILED',
      StateChangeReason: reason,
      AthenaError: { ErrorCategory: 2, ErrorType: 1006, Retryable: false, ErrorMessage: reason },
    });
    await expect(results(QueryExecutionId)).rejects.toMatchObject({
      name: 'InvalidRequestException',
      AthenaErrorCode: 'INVALID_QUERY_EXECUTION_STATE',
      message: 'Query did not finish successfully. Final query state: FAILED',
    });
  });

  test('of an engine that breaks are internal', async () => {
    athena.when('broken', () => Promise.reject(new Error('surprise')));
    expect((await athena.run('broken')).Status?.AthenaError).toEqual({
      ErrorCategory: 1,
      ErrorType: 200,
      Retryable: true,
      ErrorMessage: 'surprise',
    });
  });

  test('of a catalog that is not there', async () => {
    const QueryExecutionContext = { Catalog: 'mysql', Database: 'lake' };
    const { Status, ...execution } = await athena.run('SELECT 1', { QueryExecutionContext });
    expect(Status).toMatchObject({
      StateChangeReason: "CATALOG_NOT_FOUND: Catalog 'mysql' not found",
      AthenaError: { ErrorType: 1006 },
    });
    expect(execution).toMatchObject({ QueryExecutionContext });
  });

  /** https://docs.aws.amazon.com/athena/latest/ug/workgroups-setting-control-limits-cloudwatch.html */
  test('a query past its scan cutoff is cancelled', async () => {
    athena.when('wide', () =>
      Promise.reject(
        Object.assign(engineFailure('EXCEEDED_SCAN_LIMIT', 'Bytes scanned limit was exceeded'), {
          athenaState: 'CANCELLED',
        }),
      ),
    );
    const { Status } = await athena.run('wide');
    expect(Status).toMatchObject({
      State: 'CANCELLED',
      StateChangeReason: 'Bytes scanned limit was exceeded',
    });
    expect(Status?.AthenaError).toBeUndefined();
  });

  test('a running query can be stopped, and is not finished until then', async () => {
    athena.when('slow', endless);
    const { QueryExecutionId } = await client.send(
      new StartQueryExecutionCommand({ QueryString: 'slow', WorkGroup: WORKGROUP }),
    );
    await expect(results(QueryExecutionId)).rejects.toThrow(
      'Query has not yet finished. Current state: RUNNING',
    );
    await client.send(new StopQueryExecutionCommand({ QueryExecutionId }));
    expect((await athena.finished(QueryExecutionId)).Status).toMatchObject({
      State: 'CANCELLED',
      StateChangeReason: 'Query cancelled by user',
    });
    await expect(results(QueryExecutionId)).rejects.toMatchObject({
      AthenaErrorCode: 'RESULT_NOT_FOUND',
      message: 'Could not find results',
    });
    // Once more changes nothing.
    await client.send(new StopQueryExecutionCommand({ QueryExecutionId }));
  });
});

test('queries that wait on one engine hold up none of another', async () => {
  const reached: string[] = [];
  athena.endpoint.gateway.registerAthena(
    {
      close: () => Promise.resolve(),
      execute: (query) => {
        reached.push(query.sql);
        return endless(query);
      },
    },
    'waiting',
  );
  const waiting = new AthenaClient({
    ...athena.endpoint.as(),
    endpoint: `${athena.endpoint.gateway.endpoint}/waiting`,
  });
  const ids: (string | undefined)[] = [];
  for (const QueryString of ['q1', 'q2', 'q3', 'q4', 'q5', 'q6']) {
    const command = new StartQueryExecutionCommand({ QueryString, WorkGroup: WORKGROUP });
    ids.push((await waiting.send(command)).QueryExecutionId);
  }
  expect(reached).toEqual(['q1', 'q2', 'q3', 'q4']);
  expect((await athena.run('SELECT 1')).Status?.State).toBe('SUCCEEDED');
  expect(reached).toEqual(['q1', 'q2', 'q3', 'q4']);

  // Room on an engine is for the query that has waited longest there.
  const [first, ...others] = ids;
  await client.send(new StopQueryExecutionCommand({ QueryExecutionId: first }));
  await client.send(new GetQueryExecutionCommand({ QueryExecutionId: first }));
  expect(reached).toEqual(['q1', 'q2', 'q3', 'q4', 'q5']);
  for (const QueryExecutionId of others.reverse())
    await client.send(new StopQueryExecutionCommand({ QueryExecutionId }));
});

describe('what starts nothing', () => {
  const start = (input: Partial<StartQueryExecutionCommandInput>) =>
    client.send(new StartQueryExecutionCommand({ QueryString: 'SELECT 2', WorkGroup: WORKGROUP, ...input }));

  test('SQL that the engine cannot parse', async () => {
    const message = "line 1:1: mismatched input 'SELEC'. Expecting: 'SELECT'";
    athena.unparsable.set('SELEC ?', message);
    await expect(start({ QueryString: 'SELEC ?' })).rejects.toMatchObject({
      name: 'InvalidRequestException',
      AthenaErrorCode: 'MALFORMED_QUERY',
      message,
    });
  });

  test('a workgroup that is not there, or a place that is none', async () => {
    await expect(start({ WorkGroup: 'none' })).rejects.toThrow('WorkGroup is not found.');
    await expect(start({ WorkGroup: 'primary' })).rejects.toThrow(/^No output location provided\./);
    await expect(
      start({ WorkGroup: 'primary', ResultConfiguration: { OutputLocation: 'results' } }),
    ).rejects.toThrow('outputLocation is not a valid S3 path.');
  });

  test('a results bucket that is not there, or another account’s', async () => {
    const refused = (ResultConfiguration: StartQueryExecutionCommandInput['ResultConfiguration']) =>
      expect(start({ WorkGroup: 'primary', ResultConfiguration })).rejects;
    await refused({ OutputLocation: 's3://nowhere/' }).toThrow(
      'Unable to verify/create output bucket nowhere',
    );
    await refused({ OutputLocation: 's3://results/', ExpectedBucketOwner: '999999999999' }).toThrow(
      'Unable to verify/create output bucket results',
    );
  });

  test.each([
    ['x', 'greater than or equal to 32'],
    ['x'.repeat(129), 'less than or equal to 128'],
  ])('a request token %s', async (ClientRequestToken, constraint) => {
    await expect(start({ ClientRequestToken })).rejects.toThrow(
      `1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must have length ${constraint}`,
    );
  });

  test('a request token that another query had', async () => {
    const token = { ClientRequestToken: 'y'.repeat(32) };
    const first = await start(token);
    for (const other of [
      { QueryString: 'SELECT 3' },
      { QueryExecutionContext: { Database: 'attic' } },
      { ResultConfiguration: { OutputLocation: 's3://results/else/' } },
    ])
      await expect(start({ ...token, ...other })).rejects.toMatchObject({
        AthenaErrorCode: 'IDEMPOTENT_PARAMETER_MISMATCH',
        message: 'Idempotent parameters do not match',
      });
    // Of these Athena takes no notice.
    const same = await start({ ...token, ExecutionParameters: ['1'] });
    expect(same.QueryExecutionId).toBe(first.QueryExecutionId);
  });
});

describe('results', () => {
  const get = (input: { QueryExecutionId?: string; MaxResults?: number; NextToken?: string }) =>
    client.send(new GetQueryResultsCommand({ QueryExecutionId: 'none', ...input }));

  test('are refused in Athena’s words', async () => {
    const { QueryExecutionId = '' } = await athena.run('SELECT 1');
    await expect(get({ MaxResults: 1001 })).rejects.toMatchObject({
      AthenaErrorCode: 'QUERY_EXECUTION_NOT_FOUND',
      message: 'QueryExecution none was not found',
    });
    await expect(get({ QueryExecutionId, MaxResults: 1001 })).rejects.toThrow(
      'MaxResults is more than maximum allowed length 1000',
    );
    await expect(get({ QueryExecutionId, NextToken: 'mine' })).rejects.toThrow(
      'Malformed nextPageToken mine',
    );
  });

  test('of SELECT count no updates', async () => {
    const { QueryExecutionId } = await athena.run('SELECT 1');
    expect(await results(QueryExecutionId)).toMatchObject({ UpdateCount: 0, rows: [['c0'], ['1']] });
  });
});

test('a client’s place, encryption and ACL hold where the workgroup leaves them open', async () => {
  await client.send(
    new CreateWorkGroupCommand({ Name: 'open', Configuration: { EnforceWorkGroupConfiguration: false } }),
  );
  const ResultConfiguration = {
    OutputLocation: 's3://results/mine',
    EncryptionConfiguration: { EncryptionOption: 'SSE_S3' as const },
    AclConfiguration: { S3AclOption: 'BUCKET_OWNER_FULL_CONTROL' as const },
  };
  const execution = await athena.run('SELECT 1', { WorkGroup: 'open', ResultConfiguration });
  const { QueryExecutionId = '' } = execution;
  expect(execution).toMatchObject({
    Status: { State: 'SUCCEEDED' },
    ResultConfiguration: {
      ...ResultConfiguration,
      OutputLocation: `s3://results/mine/${QueryExecutionId}.csv`,
    },
  });
  expect(await athena.object(`mine/${QueryExecutionId}.csv`)).toBeDefined();
});

test('executions are listed newest first, fetched in batches, and measured', async () => {
  await client.send(
    new CreateWorkGroupCommand({
      Name: 'listed',
      Configuration: { ResultConfiguration: { OutputLocation: 's3://results/listed/' } },
    }),
  );
  const ids: string[] = [];
  for (const sql of ['SELECT 1', 'SELECT 2', 'SELECT 3'])
    ids.unshift((await athena.run(sql, { WorkGroup: 'listed' })).QueryExecutionId ?? '');
  const first = await client.send(new ListQueryExecutionsCommand({ WorkGroup: 'listed', MaxResults: 2 }));
  const rest = await client.send(
    new ListQueryExecutionsCommand({ WorkGroup: 'listed', NextToken: first.NextToken }),
  );
  expect([first.QueryExecutionIds, rest.QueryExecutionIds]).toEqual([ids.slice(0, 2), ids.slice(2)]);
  const batch = await client.send(new BatchGetQueryExecutionCommand({ QueryExecutionIds: ['none', ...ids] }));
  expect(batch.QueryExecutions?.map(({ Query }) => Query)).toEqual(['SELECT 3', 'SELECT 2', 'SELECT 1']);
  expect(batch.UnprocessedQueryExecutionIds).toMatchObject([{ QueryExecutionId: 'none' }]);
  const { QueryRuntimeStatistics } = await client.send(
    new GetQueryRuntimeStatisticsCommand({ QueryExecutionId: ids[0] }),
  );
  expect(QueryRuntimeStatistics).toMatchObject({
    Timeline: { TotalExecutionTimeInMillis: expect.any(Number) },
    Rows: { InputBytes: 1234, OutputRows: 1 },
  });
});

test('a repeated request token starts nothing new', async () => {
  const start = () =>
    client.send(
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
  const as = (name: string, statements: Parameters<typeof athena.as>[1]) => ({
    client: new AthenaClient(athena.as(name, statements)),
  });
  await expect(athena.run('SELECT 1', as('outsider', []))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  await expect(athena.run('SELECT 1', as('lost', [use]))).rejects.toMatchObject({
    message: 'Unable to verify/create output bucket results',
  });
  const writeless = await athena.run('SELECT 1', as('writeless', [use, locate]));
  expect(writeless.Status).toMatchObject({
    State: 'FAILED',
    StateChangeReason: expect.stringMatching(
      /^Access denied when writing output to url: s3:\/\/results\/analysts\//,
    ),
    AthenaError: { ErrorCategory: 2, ErrorType: 1501, Retryable: false },
  });
  const readless = as('readless', [use, locate, write]);
  const { QueryExecutionId } = await athena.run('SELECT 1', readless);
  await expect(readless.client.send(new GetQueryResultsCommand({ QueryExecutionId }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});

test('named queries', async () => {
  const made = { Name: 'top', Database: 'lake', QueryString: 'SELECT 3', WorkGroup: WORKGROUP };
  const { NamedQueryId = '' } = await client.send(new CreateNamedQueryCommand(made));
  const { NamedQueryIds } = await client.send(new ListNamedQueriesCommand({ WorkGroup: WORKGROUP }));
  expect(NamedQueryIds).toEqual([NamedQueryId]);
  const { NamedQueries, UnprocessedNamedQueryIds } = await client.send(
    new BatchGetNamedQueryCommand({ NamedQueryIds: [NamedQueryId, 'none'] }),
  );
  expect(NamedQueries).toMatchObject([made]);
  expect(UnprocessedNamedQueryIds).toMatchObject([{ NamedQueryId: 'none' }]);
  await client.send(new UpdateNamedQueryCommand({ NamedQueryId, Name: 'best', QueryString: 'SELECT 4' }));
  const { NamedQuery } = await client.send(new GetNamedQueryCommand({ NamedQueryId }));
  expect(NamedQuery).toMatchObject({ ...made, Name: 'best', QueryString: 'SELECT 4' });
  await client.send(new DeleteNamedQueryCommand({ NamedQueryId }));
  await expect(client.send(new GetNamedQueryCommand({ NamedQueryId }))).rejects.toThrow(
    `NamedQuery ${NamedQueryId} was not found`,
  );
});
