import type { GlueClient } from '@aws-sdk/client-glue';
import { describe, expect, test } from '@jest/globals';
import { createGlueRuns } from '../../../lambdas/probe-freshness/glue-runs.ts';

const TOPICS = ['quotes', 'quotes_filtered'];
const run = (topic: string | undefined, state: string, completed: number): object => ({
  JobRunState: state,
  CompletedOn: new Date(completed),
  Arguments: topic === undefined ? {} : { '--topic': topic },
});

/** Answers with pages, by the token of each request. */
function glueOf(pages: readonly object[] | Error) {
  const tokens: unknown[] = [];
  const send = ({ input }: { input: { NextToken?: string } }): Promise<object> => {
    tokens.push(input.NextToken);
    if (pages instanceof Error) return Promise.reject(pages);
    return Promise.resolve(pages[Number(input.NextToken ?? 0)] ?? {});
  };
  return { tokens, runs: createGlueRuns({ send } as unknown as GlueClient) };
}

describe('the last successes', () => {
  test('are the newest of each topic, failed and unfinished runs aside', async () => {
    const { runs } = glueOf([
      {
        JobRuns: [
          run('quotes', 'FAILED', 9),
          run('quotes', 'SUCCEEDED', 7),
          run('quotes', 'SUCCEEDED', 5),
          { JobRunState: 'RUNNING', Arguments: { '--topic': 'quotes_filtered' } },
          run('quotes_filtered', 'SUCCEEDED', 3),
          run(undefined, 'SUCCEEDED', 8),
        ],
      },
    ]);
    expect(await runs.lastSuccesses('compact', TOPICS)).toEqual(
      new Map([
        ['quotes', 7],
        ['quotes_filtered', 3],
      ]),
    );
  });

  test('are looked for further back until each topic has one, and no further', async () => {
    const { runs, tokens } = glueOf([
      { JobRuns: [run('quotes', 'SUCCEEDED', 7)], NextToken: '1' },
      { JobRuns: [run('quotes_filtered', 'SUCCEEDED', 2)], NextToken: '2' },
      { JobRuns: [run('quotes_filtered', 'SUCCEEDED', 1)] },
    ]);
    expect([...(await runs.lastSuccesses('compact', TOPICS)).values()]).toEqual([7, 2]);
    expect(tokens).toEqual([undefined, '1']);
  });

  test('fail with the job’s name', async () => {
    const { runs } = glueOf(new Error('throttled'));
    await expect(runs.lastSuccesses('compact', TOPICS)).rejects.toMatchObject({
      code: 'CATALOG_UNAVAILABLE',
      message: 'Glue cannot list the runs of job compact: throttled',
      canRetry: true,
    });
  });
});

describe('the making of a table', () => {
  test('is what Glue says', async () => {
    const { runs } = glueOf([{ Table: { CreateTime: new Date(42) } }]);
    expect(await runs.tableCreatedAt('d', 't')).toBe(42);
  });

  test.each([
    ['is not told', [{ Table: {} }], 'Glue cannot say when table d.t was made'],
    ['cannot be asked', new Error('denied'), 'Glue cannot describe table d.t: denied'],
  ])('fails when it %s', async (_case, pages, message) => {
    await expect(glueOf(pages).runs.tableCreatedAt('d', 't')).rejects.toMatchObject({
      code: 'CATALOG_UNAVAILABLE',
      message,
    });
  });
});
