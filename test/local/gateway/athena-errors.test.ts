/** What goes wrong with a query on the local engine, as the Athena API tells it: state, words, class and place. */
import {
  AthenaClient,
  CreateWorkGroupCommand,
  GetQueryExecutionCommand,
  type QueryExecutionStatus,
  StartQueryExecutionCommand,
  type StartQueryExecutionCommandInput,
} from '@aws-sdk/client-athena';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PolicyStatement } from '../../../local/gateway/index.ts';
import { AthenaLake } from '../../helpers/athena-lake.ts';
import { ACCOUNT, allow, REGION } from '../../helpers/aws-endpoint.ts';

const WORKGROUP = 'analysts';
let lake: AthenaLake;
const keyArn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

beforeAll(async () => {
  lake = await AthenaLake.start();
  await lake.serve(WORKGROUP);
  await lake.createTable('trades', {
    columns: { symbol: 'string', price: 'double', note: 'string' },
    location: 's3://lake/trades/',
    format: 'json',
  });
  await lake.put('trades/a.json', JSON.stringify({ symbol: 'AAPL', price: 0, note: 'x'.repeat(200) }));
  const athena = new AthenaClient(lake.endpoint.as());
  const ResultConfiguration = {
    OutputLocation: 's3://results/sealed/',
    EncryptionConfiguration: { EncryptionOption: 'SSE_KMS' as const, KmsKey: keyArn },
  };
  await athena.send(new CreateWorkGroupCommand({ Name: 'sealed', Configuration: { ResultConfiguration } }));
}, 120_000);

afterAll(async () => {
  await (lake as AthenaLake | undefined)?.stop();
}, 30_000);

async function run(
  sql: string,
  {
    client = new AthenaClient(lake.endpoint.as()),
    ...more
  }: Partial<StartQueryExecutionCommandInput> & { client?: AthenaClient } = {},
): Promise<QueryExecutionStatus | undefined> {
  const QueryExecutionContext = { Database: 'lake' };
  const { QueryExecutionId } = await client.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      WorkGroup: WORKGROUP,
      QueryExecutionContext,
      ...more,
    }),
  );
  const deadline = Date.now() + 30_000;
  for (;;) {
    const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const status = QueryExecution?.Status;
    if (status?.State !== 'QUEUED' && status?.State !== 'RUNNING') return status;
    if (Date.now() > deadline) throw new Error(`${sql}: still ${status.State}`);
  }
}

describe('a user’s errors', () => {
  test.each([
    [
      'SELECT symbol,\n  nope FROM trades',
      1006,
      /^COLUMN_NOT_FOUND: line 2:3: Column 'nope' cannot be resolved or requester is not authorized to access requested resources$/,
    ],
    [
      'SELECT * FROM nowhere',
      1301,
      /^TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog\.lake\.nowhere' does not exist$/,
    ],
    ['SHOW TABLES IN nowhere', 1301, /^SCHEMA_NOT_FOUND: /],
    [
      'SELECT nosuch(symbol) FROM trades',
      1303,
      /^FUNCTION_NOT_FOUND: line 1:8: Function 'nosuch' not registered$/,
    ],
    ['SELECT symbol + 1 FROM trades', 1002, /^TYPE_MISMATCH: line 1:\d+: /],
    ['SELECT 1 / CAST(price AS integer) FROM trades', 1001, /^DIVISION_BY_ZERO: Division by zero$/],
    [
      'SELECT CAST(symbol AS double) FROM trades',
      1100,
      /^INVALID_CAST_ARGUMENT: Cannot cast 'AAPL' to double$/,
    ],
    [
      'SELECT symbol FROM trades WHERE price = ?',
      1100,
      /^INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 1 but found 0$/,
    ],
    ['DROP TABLE trades', 1200, /^NOT_SUPPORTED: DROP is not run by the local engine: /],
    ['CREATE TABLE t AS SELECT 1', 1200, /^NOT_SUPPORTED: CREATE TABLE AS .*ctas_approach=False/],
  ])('%s', async (sql, ErrorType, reason) => {
    const status = await run(sql);
    expect(status).toMatchObject({
      State: 'FAILED',
      StateChangeReason: expect.stringMatching(reason),
      AthenaError: { ErrorCategory: 2, ErrorType, Retryable: false },
    });
    expect(status?.AthenaError?.ErrorMessage).toBe(status?.StateChangeReason);
  });

  test.each([
    ['SELEC 1', "line 1:1: mismatched input 'SELEC'"],
    ['SELECT *\nFROM trades WHER x = 1', "line 2:18: mismatched input 'x'"],
    ['EXPLAIN SELECT FROM trades', "line 1:16: mismatched input 'FROM'"],
    ['PREPARE p FROM SELECT a, FROM trades', "line 1:26: mismatched input 'FROM'"],
  ])('%j starts nothing', async (sql, message) => {
    await expect(run(sql)).rejects.toMatchObject({
      name: 'InvalidRequestException',
      AthenaErrorCode: 'MALFORMED_QUERY',
      message,
    });
  });

  test('a place counts in the statement without its values', async () => {
    const status = await run('SELECT ? AS a, nope FROM trades', { ExecutionParameters: ["'a long value'"] });
    expect(status?.StateChangeReason).toMatch(/^COLUMN_NOT_FOUND: line 1:16: Column 'nope'/);
  });

  test('more than the workgroup lets a query read', async () => {
    const athena = new AthenaClient(lake.endpoint.as());
    const BytesScannedCutoffPerQuery = 10_000_000;
    const ResultConfiguration = { OutputLocation: 's3://results/small/' };
    const Configuration = { BytesScannedCutoffPerQuery, ResultConfiguration };
    await athena.send(new CreateWorkGroupCommand({ Name: 'small', Configuration }));
    await lake.createTable('big', {
      columns: { symbol: 'string' },
      location: 's3://lake/big/',
      format: 'json',
    });
    await lake.put('big/a.json', JSON.stringify({ symbol: 'x'.repeat(BytesScannedCutoffPerQuery) }));
    const status = await run('SELECT count(*) FROM big WHERE symbol IS NOT NULL', { WorkGroup: 'small' });
    expect(status).toMatchObject({
      State: 'CANCELLED',
      StateChangeReason: expect.stringMatching(/^Bytes scanned limit was exceeded/),
    });
    expect(status?.AthenaError).toBeUndefined();
  });
});

describe('what a role may not', () => {
  const arn = (service: string, resource: string): string =>
    `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
  const query = allow(
    ['athena:StartQueryExecution', 'athena:GetQueryExecution'],
    arn('athena', 'workgroup/*'),
  );
  const locate = allow('s3:GetBucketLocation', 'arn:aws:s3:::results');
  const write = allow('s3:PutObject', 'arn:aws:s3:::results/*');
  const describeTables = allow(
    ['glue:GetTable', 'glue:GetTables'],
    [arn('glue', 'catalog'), arn('glue', 'database/lake'), arn('glue', 'table/lake/*')],
  );
  const read = [allow('s3:ListBucket', 'arn:aws:s3:::lake'), allow('s3:GetObject', 'arn:aws:s3:::lake/*')];
  const as = (name: string, ...statements: PolicyStatement[]): { client: AthenaClient } => ({
    client: new AthenaClient(lake.endpoint.role(name, [query, locate, ...statements])),
  });
  const denied = (ErrorType: number, reason: RegExp): object => ({
    State: 'FAILED',
    StateChangeReason: expect.stringMatching(reason),
    AthenaError: { ErrorCategory: 2, ErrorType, Retryable: false },
  });

  test('Glue', async () => {
    expect(await run('SELECT * FROM trades', as('glueless', write, ...read))).toMatchObject(
      denied(
        1500,
        /^PERMISSION_DENIED: Insufficient permissions to execute the query\. User: .* glue:GetTable /,
      ),
    );
  });

  test('the data in S3', async () => {
    expect(await run('SELECT * FROM trades', as('dataless', write, describeTables))).toMatchObject(
      denied(1501, /^PERMISSION_DENIED: Permission denied on S3 path: s3:\/\/lake\/trades\/ /),
    );
  });

  test('the results in S3', async () => {
    expect(await run('SELECT 1', as('resultless'))).toMatchObject(
      denied(
        1501,
        /^Access denied when writing output to url: s3:\/\/results\/analysts\/[-0-9a-f]+\.csv .* s3:PutObject /,
      ),
    );
  });

  test('the key of the results', async () => {
    expect(await run('SELECT 1', { WorkGroup: 'sealed', ...as('keyless', write) })).toMatchObject(
      denied(1501, /^Access denied when writing output to url: .* KMS key\. .*kms:GenerateDataKey/),
    );
    const keyed = as('keyed', write, allow(['kms:GenerateDataKey', 'kms:Decrypt'], keyArn));
    expect(await run('SELECT 1', { WorkGroup: 'sealed', ...keyed })).toMatchObject({ State: 'SUCCEEDED' });
  });
});
