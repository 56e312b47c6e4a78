/** Checks of the smoke test against services that answer what a script says; any call that nobody planned is an error. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Check, runCheck, type Verdict } from '../../../../cli/smoke/check.ts';
import {
  checkFreshness,
  checkQueryable,
  checkServed,
  FRESH_WITHIN_MS,
  produceSmoke,
} from '../../../../cli/smoke/quote-checks.ts';
import { type SmokeQuotes, TEST_SYMBOLS } from '../../../../cli/smoke/quotes.ts';
import { runSmoke, summaryLine } from '../../../../cli/smoke/smoke.ts';
import type { SmokeLake } from '../../../../cli/smoke/smoke-lake.ts';
import { checkConsumers, checkTopics } from '../../../../cli/smoke/stream-checks.ts';
import { checkAlarms, checkGlue } from '../../../../cli/smoke/upkeep-checks.ts';
import { scriptedClient } from '../scripted-lake.ts';
import { recordTerminal } from '../terminal-double.ts';

const CLUSTER = 'arn:aws:kafka:us-east-1:123456789012:cluster/quotes/log-1';
const OUTPUTS = {
  'tickerlake-dev-stream': { ClusterArn: CLUSTER },
  'tickerlake-dev-lake': { DatabaseName: 'tickerlake_dev' },
  'tickerlake-dev-query': { AnalystsWorkGroupName: 'analysts' },
  'tickerlake-dev-jobs': {
    CompactJobName: 'compact',
    LoadListingJobName: 'load',
    ListingCrawlerName: 'listing',
  },
  'tickerlake-dev-serving': { CrawlerName: 'serving' },
  'tickerlake-dev-pipeline': {
    ProduceQuotesFunctionName: 'produce',
    LandQuotesFunctionName: 'land',
    LandQuotesFilteredFunctionName: 'land-filtered',
    CurateQuotesFunctionName: 'curate',
    CurateQuotesFilteredFunctionName: 'curate-filtered',
    FilterQuotesFunctionName: 'filter',
    ServeQuotesFunctionName: 'serve',
    WatchlistParameterName: '/watchlist',
    CurateQuotesDeadLetterQueueUrl: 'letters',
    CurateQuotesFilteredDeadLetterQueueUrl: 'filtered-letters',
  },
};

type Answers = Parameters<typeof scriptedClient>[0];
type Service = 'athena' | 'cloudwatch' | 'glue' | 'kafka' | 'lambda' | 'sqs' | 'ssm';

function lakeOf(
  services: Partial<Record<Service, Answers>>,
  more: Partial<Pick<SmokeLake, 'alarms' | 'inside'>> = {},
): SmokeLake {
  const clients = Object.fromEntries(
    (['athena', 'cloudwatch', 'glue', 'kafka', 'lambda', 'sqs', 'ssm'] as const).map((name) => [
      name,
      scriptedClient(services[name] ?? {}),
    ]),
  );
  return {
    stage: 'dev',
    outputs: OUTPUTS,
    alarms: undefined,
    inside: undefined,
    ...clients,
    ...more,
  } as unknown as SmokeLake;
}

const signal = new AbortController().signal;
const QUOTES: SmokeQuotes = {
  records: 3,
  symbols: ['ZVZZT'],
  ranges: [{ topic: 'quotes', logId: 'log-1', partition: 1, records: 3, first: 10, last: 12 }],
  dt: '2026-11-20',
  producedMs: 1_000_000,
};

/** Athena that answers each statement with the next rows. */
function athenaOf(answers: readonly (readonly (readonly string[])[])[]): {
  answers: Answers;
  asked: string[];
} {
  const asked: string[] = [];
  let rows: readonly (readonly string[])[] = [];
  return {
    asked,
    answers: {
      StartQueryExecutionCommand: ({ QueryString }: { QueryString: string }) => {
        rows = answers[Math.min(asked.length, answers.length - 1)] ?? [];
        asked.push(QueryString);
        return { QueryExecutionId: 'id' };
      },
      GetQueryExecutionCommand: () => ({ QueryExecution: { Status: { State: 'SUCCEEDED' } } }),
      GetQueryResultsCommand: () => ({
        ResultSet: {
          ResultSetMetadata: { ColumnInfo: [{ Name: 'a', Type: 'bigint' }] },
          Rows: rows.map((row) => ({ Data: row.map((VarCharValue) => ({ VarCharValue })) })),
        },
      }),
    },
  };
}

const WATCHLIST = {
  GetParameterCommand: () => ({ Parameter: { Value: '{"symbols":["ZVZZT"]}', Version: 1 } }),
};

describe('topics', () => {
  const cluster = (ClusterType: string, State = 'ACTIVE'): Answers => ({
    DescribeClusterV2Command: () => ({ ClusterInfo: { ClusterType, State } }),
    DescribeTopicCommand: ({ TopicName }: { TopicName: string }) => ({
      PartitionCount: TopicName === 'quotes' ? 4 : 2,
    }),
  });

  test('of a provisioned cluster are read by the API of MSK', async () => {
    expect(await checkTopics(lakeOf({ kafka: cluster('PROVISIONED') }))).toMatchObject({
      state: 'failed',
      detail: 'topic quotes_filtered has 2 partitions, not 4',
    });
  });

  test('of a serverless cluster cannot be seen from outside, which is said', async () => {
    expect(await checkTopics(lakeOf({ kafka: cluster('SERVERLESS') }))).toMatchObject({
      state: 'skipped',
      detail: expect.stringMatching(/^not checked from here: /),
    });
  });

  test('of a cluster that is not active are none', async () => {
    expect(await checkTopics(lakeOf({ kafka: cluster('SERVERLESS', 'FAILED') }))).toMatchObject({
      state: 'failed',
      detail: 'the cluster is FAILED',
    });
  });
});

test.each([
  ['has none', [], 'land has no event source'],
  ['has one that is off', [{ State: 'Disabled' }], 'the event source of land is Disabled'],
  [
    'has one that meets a problem',
    [{ State: 'Enabled', LastProcessingResult: 'PROBLEM: Connection error.' }],
    'the event source of land says PROBLEM: Connection error.',
  ],
])('a consumer that %s is found', async (_what, mappings, detail) => {
  const lambda = {
    ListEventSourceMappingsCommand: ({ FunctionName }: { FunctionName: string }) => ({
      EventSourceMappings: FunctionName === 'land' ? mappings : [{ State: 'Enabled' }],
    }),
  };
  expect(await checkConsumers(lakeOf({ lambda }))).toMatchObject({ state: 'failed', detail });
});

describe('produce', () => {
  const INSIDE = { countPartitions: () => Promise.resolve(4), countServed: () => Promise.resolve(0) };
  const produce = (
    result: object,
    here?: { readonly source: string; readonly inside: SmokeLake['inside'] },
  ): ReturnType<typeof produceSmoke> => {
    const invoke = {
      InvokeCommand: () => ({ Payload: { transformToString: () => JSON.stringify(result) } }),
    };
    if (here === undefined) return produceSmoke(lakeOf({ lambda: invoke }), 100, signal);
    const Environment = { Variables: { QUOTE_SOURCE: here.source } };
    const lambda = { ...invoke, GetFunctionConfigurationCommand: () => ({ Environment }) };
    const ssm = { GetParameterCommand: () => ({ Parameter: { Value: '{"symbols":["AAPL"]}', Version: 1 } }) };
    return produceSmoke(lakeOf({ lambda, ssm }, here), 100, signal);
  };
  const acks = (partitions: readonly number[]): object[] =>
    partitions.map((partition) => ({ partition, records: 25, firstOffset: '0', lastOffset: '24' }));

  test('fails where nothing is acknowledged', async () => {
    const { verdict, quotes } = await produce({ produced: 0, partitions: [], rejected: {} });
    expect(verdict).toMatchObject({ state: 'failed', detail: 'the brokers acknowledged nothing' });
    expect(quotes).toBeUndefined();
  });

  test('fails where fewer are acknowledged than asked for, or break a rule', async () => {
    const result = { produced: 75, partitions: acks([0, 1, 2]), rejected: { price_invalid: 2 } };
    expect((await produce(result)).verdict).toMatchObject({
      detail: 'the brokers acknowledged 75 of 100 quotes, 2 break price_invalid',
    });
  });

  test('fails where a partition takes none', async () => {
    const result = { produced: 100, partitions: acks([0, 1, 2]), rejected: {} };
    expect((await produce(result)).verdict).toMatchObject({
      detail: 'only partitions 0, 1, 2 of 4 took quotes',
    });
  });

  test('is of symbols that nobody trades alone in an account', async () => {
    const result = { produced: 100, partitions: acks([0, 1, 2, 3]), rejected: {} };
    const { verdict, quotes } = await produce(result);
    expect(verdict.state).toBe('ok');
    expect(quotes?.symbols).toEqual([...TEST_SYMBOLS]);
  });

  test.each([
    ['simulator', ['AAPL', ...TEST_SYMBOLS]],
    ['http', [...TEST_SYMBOLS]],
  ])(
    'has on this machine a symbol of the watchlist where quotes are simulated: %s',
    async (source, symbols) => {
      const result = { produced: 100, partitions: acks([0, 1, 2, 3]), rejected: {} };
      const { quotes } = await produce(result, { source, inside: INSIDE });
      expect(quotes?.symbols).toEqual(symbols);
    },
  );
});

describe('queryable', () => {
  test('waits until each quote is there, and asks for the day and the coordinates alone', async () => {
    const athena = athenaOf([[], [['1', '2', '2']], [['1', '3', '3']]]);
    const waits: string[] = [];
    let isSeen = false;
    const verdict = await checkQueryable(lakeOf({ athena: athena.answers }), QUOTES, {
      report: (text) => waits.push(text),
      signal,
      onSeen: () => (isSeen = true),
    });
    expect(verdict).toEqual({ state: 'ok', detail: '3 quotes in view quotes, each once' });
    expect(waits).toEqual(['0 of 3 quotes queryable', '2 of 3 quotes queryable']);
    expect(isSeen).toBe(true);
    expect(athena.asked[0]).toContain(
      "dt = '2026-11-20' AND symbol IN ('ZVZZT') AND ((log_id = 'log-1' AND kafka_partition = 1 AND kafka_offset BETWEEN 10 AND 12))",
    );
  });

  test('fails at once where a quote is there twice', async () => {
    const athena = athenaOf([[['1', '4', '3']]]);
    const verdict = await checkQueryable(lakeOf({ athena: athena.answers }), QUOTES, {
      report: () => undefined,
      signal,
      onSeen: () => undefined,
    });
    expect(verdict).toMatchObject({
      state: 'failed',
      detail: 'view quotes shows 4 rows of 3 quotes in partition 1: some twice',
    });
  });
});

test('freshness fails when the quotes came late, and is left out when they never did', () => {
  expect(checkFreshness(QUOTES, QUOTES.producedMs + FRESH_WITHIN_MS).state).toBe('ok');
  expect(checkFreshness(QUOTES, QUOTES.producedMs + FRESH_WITHIN_MS + 1)).toMatchObject({
    state: 'failed',
    detail: expect.stringMatching(/^queryable only 120 s after/),
  });
  expect(checkFreshness(QUOTES, undefined).state).toBe('skipped');
});

describe('served', () => {
  const served = (
    counts: readonly string[],
    more: { readonly rows?: readonly number[] },
    waits: string[] = [],
  ): Promise<Verdict> => {
    const athena = athenaOf(counts.map((count) => [[count]]));
    const rows = [...(more.rows ?? [])];
    const inside = more.rows && {
      countPartitions: () => Promise.resolve(4),
      countServed: () => Promise.resolve(rows.shift() ?? 0),
    };
    return checkServed(
      lakeOf({ athena: athena.answers, ssm: WATCHLIST }, { inside }),
      QUOTES,
      (text) => waits.push(text),
      signal,
    );
  };

  test('looks into the database where it can be reached', async () => {
    const waits: string[] = [];
    expect(await served(['3', '2', '3'], { rows: [1, 3] }, waits)).toMatchObject({ state: 'ok' });
    expect(waits).toEqual(['2 of 3 quotes in view quotes_filtered', '1 of 3 quotes served']);
  });

  test('is left out where the database cannot be reached, with the statement that proves it from inside', async () => {
    expect(await served(['3', '3'], {})).toEqual({
      state: 'skipped',
      detail:
        'not proved from here: RDS is private; 3 quotes in view quotes_filtered, each once, which is what serve-quotes reads',
      next: "from inside the VPC (docs/serving.md, Log in): SELECT count(*) FROM quotes_filtered WHERE (source_log_id = 'log-1' AND source_topic = 'quotes' AND source_partition = 1 AND source_offset BETWEEN 10 AND 12), which has to be 3",
    });
  });

  test('fails where the derived view shows a quote twice, whether the database can be reached or not', async () => {
    const twice = { state: 'failed', detail: 'view quotes_filtered shows 4 rows of 3 quotes' };
    expect(await served(['3', '4'], { rows: [3] })).toMatchObject(twice);
    expect(await served(['3', '4'], {})).toMatchObject(twice);
  });
});

describe('alarms', () => {
  const alarms = (
    states: Readonly<Record<string, string>>,
    expected?: readonly string[],
  ): Promise<Verdict> => {
    const found = Object.entries(states).map(([AlarmName, StateValue]) => ({ AlarmName, StateValue }));
    const cloudwatch = { DescribeAlarmsCommand: () => ({ MetricAlarms: found, CompositeAlarms: [] }) };
    return checkAlarms(lakeOf({ cloudwatch }, { alarms: expected }));
  };

  test('that are not there at all are found', async () => {
    expect(await alarms({})).toMatchObject({ state: 'failed', detail: 'there is no alarm of stage dev' });
  });

  test('that a stack made and somebody deleted are found', async () => {
    expect(
      await alarms({ 'tickerlake-dev-a': 'OK' }, ['tickerlake-dev-a', 'tickerlake-dev-b']),
    ).toMatchObject({
      state: 'failed',
      detail: 'alarms are missing: tickerlake-dev-b',
    });
  });

  test('without data yet are fine', async () => {
    expect(await alarms({ 'tickerlake-dev-a': 'INSUFFICIENT_DATA' })).toMatchObject({ state: 'ok' });
  });
});

describe('crawlers and jobs', () => {
  const glueOf = (compactions: readonly (readonly object[])[], served = {}): ReturnType<typeof checkGlue> => {
    const glue = {
      GetCrawlerCommand: ({ Name }: { Name: string }) => ({ Crawler: Name === 'serving' ? served : {} }),
      GetJobRunsCommand: ({ JobName, NextToken = '0' }: { JobName: string; NextToken?: string }) => {
        if (JobName !== 'compact') return { JobRuns: [{ JobRunState: 'SUCCEEDED' }] };
        const page = Number(NextToken);
        return {
          JobRuns: compactions[page] ?? [],
          NextToken: page + 1 < compactions.length ? String(page + 1) : undefined,
        };
      },
    };
    return checkGlue(lakeOf({ glue }));
  };
  const run = (topic: string, JobRunState: string, ErrorMessage?: string): object => ({
    Arguments: { '--topic': topic },
    JobRunState,
    ErrorMessage,
  });

  test('a crawler whose last crawl failed is found', async () => {
    const served = { LastCrawl: { Status: 'FAILED', ErrorMessage: 'no route' } };
    expect(await glueOf([[]], served)).toMatchObject({
      state: 'failed',
      detail: 'crawler serving failed: no route',
    });
  });

  test('compaction of one topic that failed is found behind the other’s success', async () => {
    const runs = [run('quotes', 'SUCCEEDED'), run('quotes_filtered', 'FAILED', 'no file')];
    expect(await glueOf([runs])).toMatchObject({
      state: 'failed',
      detail: 'job compact of topic quotes_filtered ended as FAILED: no file',
    });
  });

  test('the last run of a topic may be pages behind', async () => {
    const quotes = [run('quotes', 'SUCCEEDED')];
    expect(await glueOf([quotes, quotes, [run('quotes_filtered', 'TIMEOUT')]])).toMatchObject({
      state: 'failed',
      detail: 'job compact of topic quotes_filtered ended as TIMEOUT: it said nothing',
    });
  });

  test('a failure that a later run made good is no fault, and a topic without a run is as new', async () => {
    expect(await glueOf([[run('quotes', 'SUCCEEDED'), run('quotes', 'FAILED')]])).toEqual({
      state: 'ok',
      detail:
        'listing has not run yet, serving has not run yet, compact of topic quotes succeeded, compact of topic quotes_filtered has not run yet, load succeeded',
    });
  });
});

describe('a check', () => {
  const check = (run: Check['run'], limitMs = 20): Check => ({ name: 'x', limitMs, next: 'look', run });

  test('that takes too long fails with what it waited for', async () => {
    const waiting = check((report) => {
      report('1 of 2');
      return new Promise(() => undefined);
    });
    expect(await runCheck(waiting, () => undefined, signal)).toMatchObject({
      state: 'failed',
      detail: 'no end after 0 s: 1 of 2',
      next: 'look',
    });
  });

  test('that throws fails with the error on one line', async () => {
    const throwing = check(() => Promise.reject(new TypeError('a\n  b')));
    expect(await runCheck(throwing, () => undefined, signal)).toMatchObject({
      state: 'failed',
      detail: 'TypeError: a b',
    });
  });

  test('ends with its caller', async () => {
    const stopped = AbortSignal.abort(new Error('stop'));
    await expect(
      runCheck(
        check(() => Promise.resolve({ state: 'ok', detail: '' })),
        () => undefined,
        stopped,
      ),
    ).resolves.toMatchObject({ state: 'ok' });
    const waiting = check(() => new Promise(() => undefined), 60_000);
    await expect(runCheck(waiting, () => undefined, stopped)).rejects.toThrow('stop');
  });
});

test('the last line counts what passed, failed and was left out', () => {
  const of = (state: Verdict['state']) => ({ state, name: 'x', detail: '', next: '', seconds: 1 });
  const checks = [of('ok'), of('ok'), of('failed'), of('skipped')];
  expect(summaryLine({ stage: 'dev', checks, seconds: 40.6 })).toBe(
    'smoke: 2 of 4 checks passed, 1 failed, 1 skipped in 41 s',
  );
});

test.each([
  ['SERVERLESS', 'smoke: 7 of 9 checks passed, 2 skipped', ['topics', 'served']],
  ['PROVISIONED', 'smoke: 8 of 9 checks passed, 1 skipped', ['served']],
])(
  'a good stage in an account, with a %s cluster, ends as docs/deploy.md tells',
  async (ClusterType, summary, left) => {
    const produced = [0, 1, 2, 3].map((partition) => ({
      partition,
      records: 25,
      firstOffset: '0',
      lastOffset: '24',
    }));
    const result = JSON.stringify({ produced: 100, partitions: produced, rejected: {} });
    const lake = lakeOf({
      athena: athenaOf([produced.map(({ partition }) => [String(partition), '25', '25']), [['0']]]).answers,
      cloudwatch: { DescribeAlarmsCommand: () => ({ MetricAlarms: [{ AlarmName: 'a', StateValue: 'OK' }] }) },
      glue: { GetCrawlerCommand: () => ({}), GetJobRunsCommand: () => ({}) },
      kafka: {
        DescribeClusterV2Command: () => ({ ClusterInfo: { ClusterType, State: 'ACTIVE' } }),
        DescribeTopicCommand: () => ({ PartitionCount: 4 }),
      },
      lambda: {
        InvokeCommand: () => ({ Payload: { transformToString: () => result } }),
        ListEventSourceMappingsCommand: () => ({ EventSourceMappings: [{ State: 'Enabled' }] }),
      },
      sqs: { GetQueueAttributesCommand: () => ({ Attributes: { ApproximateNumberOfMessages: '0' } }) },
      ssm: { GetParameterCommand: () => ({ Parameter: { Value: '{"symbols":["AAPL"]}', Version: 1 } }) },
    });
    const report = await runSmoke(lake, { records: 100, terminal: recordTerminal().terminal, signal });
    expect(report.checks.filter(({ state }) => state !== 'ok').map(({ name }) => name)).toEqual(left);
    expect(summaryLine(report).replace(/ in \d+ s$/, '')).toBe(summary);
    expect(readFileSync(join(import.meta.dirname, '../../../../docs/deploy.md'), 'utf8')).toContain(
      `\`${summary} in`,
    );
  },
);
