import type { AthenaClient } from '@aws-sdk/client-athena';
import { describe, expect, test } from '@jest/globals';
import { createAthenaQueries } from '../../../lambdas/probe-freshness/athena-queries.ts';

type Replies = Readonly<Record<string, readonly (object | Error)[]>>;

/** Answers each command from its list, the last one again and again; throws on any that nobody planned. */
function scripted(replies: Replies): { athena: AthenaClient; sent: { name: string; input: object }[] } {
  const sent: { name: string; input: object }[] = [];
  const left = new Map(Object.entries(replies).map(([name, list]) => [name, [...list]]));
  const send = (command: { constructor: { name: string }; input: object }): Promise<object> => {
    const { name } = command.constructor;
    sent.push({ name, input: command.input });
    const list = left.get(name);
    const reply = list !== undefined && list.length > 1 ? list.shift() : list?.[0];
    if (reply === undefined) throw new Error(`nobody planned ${name}`);
    return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply);
  };
  return { athena: { send } as unknown as AthenaClient, sent };
}

const STARTED = { StartQueryExecutionCommand: [{ QueryExecutionId: 'q' }] };
const state = (State: string, more: object = {}): object => ({
  QueryExecution: { Status: { State, ...more }, Statistics: { DataScannedInBytes: 12 } },
});
const ask = (replies: Replies, patienceMs = 10_000) => {
  const { athena, sent } = scripted(replies);
  const queries = createAthenaQueries(athena, { workgroup: 'w', database: 'd' });
  return { sent, answer: queries.ask('SELECT 1', patienceMs) };
};

describe('a statement', () => {
  test('is waited for, and its rows come without the names', async () => {
    const { sent, answer } = ask({
      ...STARTED,
      GetQueryExecutionCommand: [state('QUEUED'), state('SUCCEEDED')],
      GetQueryResultsCommand: [
        {
          ResultSet: {
            Rows: [
              { Data: [{ VarCharValue: 'newest' }, { VarCharValue: 'row_count' }] },
              { Data: [{}, { VarCharValue: '0' }] },
            ],
          },
        },
      ],
    });
    expect(await answer).toEqual({ rows: [[null, '0']], scannedBytes: 12 });
    expect(sent[0]?.input).toMatchObject({ WorkGroup: 'w', QueryExecutionContext: { Database: 'd' } });
  });

  test('that fails says why', async () => {
    const failed = state('FAILED', { StateChangeReason: 'Bytes scanned limit was exceeded' });
    await expect(ask({ ...STARTED, GetQueryExecutionCommand: [failed] }).answer).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: 'Bytes scanned limit was exceeded',
      hint: expect.stringContaining('workgroup w') as unknown,
    });
  });

  test('that does not end in time is stopped', async () => {
    const { sent, answer } = ask(
      {
        ...STARTED,
        GetQueryExecutionCommand: [state('RUNNING')],
        StopQueryExecutionCommand: [{}],
      },
      0,
    );
    await expect(answer).rejects.toMatchObject({ code: 'WAIT_TIMED_OUT', canRetry: true });
    expect(sent.at(-1)).toEqual({ name: 'StopQueryExecutionCommand', input: { QueryExecutionId: 'q' } });
  });

  test('that cannot be stopped either still tells that it does not end', async () => {
    const { answer } = ask(
      {
        ...STARTED,
        GetQueryExecutionCommand: [state('RUNNING')],
        StopQueryExecutionCommand: [new Error('denied')],
      },
      0,
    );
    await expect(answer).rejects.toMatchObject({ code: 'WAIT_TIMED_OUT' });
  });

  test.each([
    [
      'refuses it',
      { StartQueryExecutionCommand: [new Error('not authorized')] },
      'Athena refused: not authorized',
    ],
    ['gives it no id', { StartQueryExecutionCommand: [{}] }, 'Athena gave the query no id'],
  ])('fails when Athena %s', async (_case, replies, message) => {
    await expect(ask(replies).answer).rejects.toMatchObject({ code: 'QUERY_FAILED', message });
  });
});
