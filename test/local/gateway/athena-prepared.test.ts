/** Prepared statements by the Athena SDK client: https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html */
import {
  AthenaClient,
  BatchGetPreparedStatementCommand,
  CreatePreparedStatementCommand,
  CreateWorkGroupCommand,
  DeletePreparedStatementCommand,
  DeleteWorkGroupCommand,
  GetPreparedStatementCommand,
  InvalidRequestException,
  ListPreparedStatementsCommand,
  type PreparedStatement,
  ResourceNotFoundException,
  UpdatePreparedStatementCommand,
} from '@aws-sdk/client-athena';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { allow } from '../../helpers/aws-endpoint.ts';
import { engineFailure, ScriptedAthena, WORKGROUP, WORKGROUP_ARN } from '../../helpers/scripted-athena.ts';

let athena: ScriptedAthena;

beforeAll(async () => {
  athena = await ScriptedAthena.start();
}, 90_000);

afterAll(async () => {
  await athena.stop();
}, 30_000);

const create = (StatementName: string, QueryStatement: string, WorkGroup = WORKGROUP) =>
  athena.client.send(new CreatePreparedStatementCommand({ StatementName, QueryStatement, WorkGroup }));

async function get(StatementName: string, WorkGroup = WORKGROUP): Promise<PreparedStatement | undefined> {
  const command = new GetPreparedStatementCommand({ StatementName, WorkGroup });
  return (await athena.client.send(command)).PreparedStatement;
}

describe('the operations', () => {
  test('create, get, update, delete', async () => {
    const made = { StatementName: 'by_symbol', WorkGroup: WORKGROUP };
    const first = { ...made, QueryStatement: 'SELECT ? AS s', Description: 'one symbol' };
    await athena.client.send(new CreatePreparedStatementCommand(first));
    expect(await get('by_symbol')).toEqual({
      StatementName: 'by_symbol',
      WorkGroupName: WORKGROUP,
      QueryStatement: 'SELECT ? AS s',
      Description: 'one symbol',
      LastModifiedTime: expect.any(Date),
    });
    await expect(athena.client.send(new CreatePreparedStatementCommand(first))).rejects.toThrow(
      InvalidRequestException,
    );
    await athena.client.send(new UpdatePreparedStatementCommand({ ...made, QueryStatement: 'SELECT 2' }));
    expect(await get('by_symbol')).toMatchObject({ QueryStatement: 'SELECT 2', Description: 'one symbol' });
    await athena.client.send(new DeletePreparedStatementCommand(made));
    await expect(get('by_symbol')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      ResourceName: 'by_symbol',
    });
  });

  test('what is not there is not found', async () => {
    const none = { StatementName: 'none', WorkGroup: WORKGROUP };
    await expect(
      athena.client.send(new UpdatePreparedStatementCommand({ ...none, QueryStatement: 'SELECT 1' })),
    ).rejects.toThrow(ResourceNotFoundException);
    await expect(athena.client.send(new DeletePreparedStatementCommand(none))).rejects.toThrow(
      ResourceNotFoundException,
    );
    await expect(get('none', 'nowhere')).rejects.toThrow('WorkGroup is not found.');
  });

  test.each(['1st', 'a-b', 'é', 'a'.repeat(257)])('%s is no name', async (name) => {
    await expect(create(name, 'SELECT 1')).rejects.toThrow(/at 'statementName' failed to satisfy constraint/);
  });

  test('they are listed in pages, by name, and fetched in batches', async () => {
    for (const name of ['list_c', 'list_a', 'list_b']) await create(name, `SELECT '${name}'`);
    const names: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await athena.client.send(
        new ListPreparedStatementsCommand({ WorkGroup: WORKGROUP, MaxResults: 2, NextToken }),
      );
      names.push(...(page.PreparedStatements ?? []).map(({ StatementName }) => StatementName));
      ({ NextToken } = page);
    } while (NextToken !== undefined);
    expect(names).toEqual(['list_a', 'list_b', 'list_c']);
    const batch = await athena.client.send(
      new BatchGetPreparedStatementCommand({
        WorkGroup: WORKGROUP,
        PreparedStatementNames: ['list_b', 'nothing'],
      }),
    );
    expect(batch.PreparedStatements).toMatchObject([
      { StatementName: 'list_b', QueryStatement: "SELECT 'list_b'" },
    ]);
    expect(batch.UnprocessedPreparedStatementNames).toMatchObject([{ StatementName: 'nothing' }]);
  });

  test('they belong to their workgroup, and go with it', async () => {
    await athena.client.send(new CreateWorkGroupCommand({ Name: 'other' }));
    await create('own', 'SELECT 1', 'other');
    await expect(get('own')).rejects.toThrow(ResourceNotFoundException);
    const drop = { WorkGroup: 'other' };
    await expect(athena.client.send(new DeleteWorkGroupCommand(drop))).rejects.toThrow(
      'WorkGroup other is not empty',
    );
    await athena.client.send(new DeleteWorkGroupCommand({ ...drop, RecursiveDeleteOption: true }));
    await athena.client.send(new CreateWorkGroupCommand({ Name: 'other' }));
    await expect(get('own', 'other')).rejects.toThrow(ResourceNotFoundException);
  });

  test('a workgroup keeps a thousand of them', async () => {
    await athena.client.send(new CreateWorkGroupCommand({ Name: 'full' }));
    for (let from = 0; from < 1000; from += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => create(`s${from + index}`, 'SELECT 1', 'full')),
      );
    await expect(create('one_more', 'SELECT 1', 'full')).rejects.toThrow(/has 1000 prepared statements/);
  }, 60_000);
});

describe('in SQL', () => {
  test('PREPARE keeps the statement, EXECUTE runs it with its values, DEALLOCATE drops it', async () => {
    const made = await athena.run('PREPARE day FROM\n  SELECT * FROM quotes WHERE symbol = ? AND dt = ?;');
    expect(made).toMatchObject({ Status: { State: 'SUCCEEDED' }, StatementType: 'DDL' });
    expect(await get('day')).toMatchObject({
      QueryStatement: 'SELECT * FROM quotes WHERE symbol = ? AND dt = ?',
    });
    const sql = "EXECUTE day USING 'AAPL', DATE '2026-11-19'";
    const ran = await athena.run(sql);
    expect(athena.seen.at(-1)?.sql).toBe(
      "SELECT * FROM quotes WHERE symbol = 'AAPL' AND dt = DATE '2026-11-19'",
    );
    expect(ran).toMatchObject({
      Query: sql,
      StatementType: 'DML',
      SubstatementType: 'SELECT',
      Status: { State: 'SUCCEEDED' },
      ResultConfiguration: { OutputLocation: expect.stringMatching(/\.csv$/) },
    });
    await athena.run('PREPARE day FROM SELECT 2');
    expect(await get('day')).toMatchObject({ QueryStatement: 'SELECT 2' });
    const dropped = await athena.run('DEALLOCATE PREPARE day');
    expect(dropped.Status?.State).toBe('SUCCEEDED');
    await expect(get('day')).rejects.toThrow(ResourceNotFoundException);
  });

  test('values may come as execution parameters', async () => {
    await create('two', 'SELECT ?, ?');
    const ran = await athena.run('Execute two', { ExecutionParameters: ["'a'", '2'] });
    expect(athena.seen.at(-1)?.sql).toBe("SELECT 'a', 2");
    expect(ran).toMatchObject({ Query: 'Execute two', ExecutionParameters: ["'a'", '2'] });
    await athena.run('EXECUTE two USING ?, 5', { ExecutionParameters: ['4'] });
    expect(athena.seen.at(-1)?.sql).toBe('SELECT 4, 5');
  });

  test('comments after the values are no part of them', async () => {
    await create('price_of_symbol', 'SELECT ?');
    const { Status } = await athena.run("EXECUTE price_of_symbol USING 'AAPL' -- one symbol");
    expect(Status).toMatchObject({ State: 'SUCCEEDED' });
    expect(athena.seen.at(-1)?.sql).toBe("SELECT 'AAPL'");
  });

  test.each([
    ['two USING ?, 5', [], 'expected 1 but found 0'],
    ['two USING ?, ?', ['4'], 'expected 2 but found 1'],
    ['two USING ?, 5', ['4', '6'], 'expected 1 but found 2'],
    ['two USING 4, 5', ['6'], 'expected 0 but found 1'],
  ])('EXECUTE %s with execution parameters %j fails', async (execute, ExecutionParameters, count) => {
    const before = athena.seen.length;
    expect((await athena.run(`EXECUTE ${execute}`, { ExecutionParameters })).Status).toMatchObject({
      State: 'FAILED',
      StateChangeReason: `INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: ${count}`,
      AthenaError: { ErrorCategory: 2, ErrorType: 1100, Retryable: false },
    });
    expect(athena.seen).toHaveLength(before);
  });

  test.each([
    ['EXECUTE two USING 1', 1100, /^INVALID_PARAMETER_USAGE: .* expected 2 but found 1$/],
    ['EXECUTE two USING a, 1', 1000, /^EXPRESSION_NOT_CONSTANT: /],
    ['EXECUTE nowhere', 1300, /^NOT_FOUND: Prepared statement not found: nowhere$/],
    ['DEALLOCATE PREPARE nowhere', 1300, /^NOT_FOUND: Prepared statement not found: nowhere$/],
  ])('%s fails', async (sql, ErrorType, reason) => {
    const before = athena.seen.length;
    expect((await athena.run(sql)).Status).toMatchObject({
      State: 'FAILED',
      StateChangeReason: expect.stringMatching(reason),
      AthenaError: { ErrorCategory: 2, ErrorType, Retryable: false },
    });
    expect(athena.seen).toHaveLength(before);
  });

  test('what is malformed starts nothing', async () => {
    await expect(athena.run('EXECUTE two WITH 1')).rejects.toMatchObject({
      name: 'InvalidRequestException',
      AthenaErrorCode: 'MALFORMED_QUERY',
      message: "line 1:13: mismatched input 'WITH'. Expecting: 'USING'",
    });
    athena.unparsable.set(`${' '.repeat(15)}SELEC ?`, "line 1:16: mismatched input 'SELEC'");
    await expect(athena.run('PREPARE x FROM SELEC ?')).rejects.toMatchObject({
      AthenaErrorCode: 'MALFORMED_QUERY',
      message: "line 1:16: mismatched input 'SELEC'",
    });
  });

  test('a failure has the place in the statement as it was prepared', async () => {
    await create('odd', 'SELECT ? AS a,\n  nope FROM quotes WHERE b = ? AND c');
    athena.when("SELECT 'long value' AS a,\n  nope FROM quotes WHERE b = 1234567 AND c", () =>
      Promise.reject(engineFailure('TYPE_MISMATCH', 'line 2:42: odd')),
    );
    const { Status } = await athena.run("EXECUTE odd USING 'long value', 1234567");
    expect(Status).toMatchObject({
      StateChangeReason: 'TYPE_MISMATCH: line 2:36: odd',
      AthenaError: { ErrorMessage: 'TYPE_MISMATCH: line 2:36: odd', ErrorType: 1002 },
    });
  });

  /** https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena-prepared-statements.html */
  test('each takes its own permission beside that to start', async () => {
    const base = [
      allow(['athena:StartQueryExecution', 'athena:GetQueryExecution'], WORKGROUP_ARN),
      allow(['s3:GetBucketLocation', 's3:PutObject'], 'arn:aws:s3:::results*'),
    ];
    await create('shared', 'SELECT 1');
    const as = (name: string, action?: string): AthenaClient =>
      new AthenaClient(
        athena.as(name, action === undefined ? base : [...base, allow(action, WORKGROUP_ARN)]),
      );
    const denied = (action: string): object => ({
      name: 'AccessDeniedException',
      message: expect.stringContaining(action),
    });
    const runner = as('runner');
    for (const [sql, action] of [
      ['EXECUTE shared', 'athena:GetPreparedStatement'],
      ['PREPARE mine FROM SELECT 1', 'athena:CreatePreparedStatement'],
      ['PREPARE shared FROM SELECT 2', 'athena:UpdatePreparedStatement'],
      ['DEALLOCATE PREPARE shared', 'athena:DeletePreparedStatement'],
    ] as const)
      await expect(athena.run(sql, { client: runner })).rejects.toMatchObject(denied(action));
    const reader = as('reader', 'athena:GetPreparedStatement');
    expect((await athena.run('EXECUTE shared', { client: reader })).Status?.State).toBe('SUCCEEDED');
  });
});
