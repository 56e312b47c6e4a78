import {
  ConcurrentRunsExceededException,
  EntityNotFoundException,
  type GlueClient,
} from '@aws-sdk/client-glue';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { printCompacted } from '../../../cli/compact/compact.ts';
import { compactTopic } from '../../../cli/compact/compact-topic.ts';
import { readHistory } from '../../../cli/history/read-history.ts';
import { runJob } from '../../../cli/jobs/run-job.ts';
import type { LakeConnection } from '../../../cli/lake/connection.ts';
import { followNewRun, listRuns } from '../../../cli/listing/follow-workflow.ts';
import { type CutTerm, renderView } from '../../../core/view.ts';
import { MemoryObjectStore } from '../../helpers/memory-object-store.ts';
import { memoryS3, scriptedClient } from './scripted-lake.ts';
import { recordTerminal } from './terminal-double.ts';

let calls: string[];
beforeEach(() => {
  calls = [];
});

/** Glue whose answers are given by command, each the next of a list until its last stays. */
function glue(answers: Readonly<Record<string, readonly unknown[]>>): GlueClient {
  const scripts = Object.entries(answers).map(([command, list]) => {
    let at = 0;
    const answer = (input: unknown): unknown => {
      calls.push(command);
      const given = list[Math.min(at++, list.length - 1)];
      if (given instanceof Error) throw given;
      return typeof given === 'function' ? (given as (request: unknown) => unknown)(input) : given;
    };
    return [command, answer] as const;
  });
  return scriptedClient(Object.fromEntries(scripts)) as GlueClient;
}

const run = (state: string, ErrorMessage?: string): object => ({
  JobRun: { JobRunState: state, ErrorMessage },
});

describe('runJob', () => {
  const request = (client: GlueClient, signal = AbortSignal.timeout(5000)): Parameters<typeof runJob>[0] => ({
    glue: client,
    jobName: 'tickerlake-dev-compact',
    arguments: { '--topic': 'quotes' },
    signal,
    logHint: 'tickerlake logs compact',
    pollMs: 1,
  });

  test('waits for the end and tells the state with the last line of the log', async () => {
    const client = glue({
      StartJobRunCommand: [{ JobRunId: 'jr_1' }],
      GetJobRunCommand: [run('STARTING'), run('RUNNING'), run('SUCCEEDED')],
    });
    const told: string[] = [];
    const lastLogLine = (): Promise<string | undefined> =>
      Promise.resolve(told.length === 0 ? undefined : 'merged 5 files');
    const report = (text: string): void => {
      told.push(text);
    };
    expect(await runJob({ ...request(client), report, lastLogLine })).toMatchObject({ id: 'jr_1' });
    expect(told).toEqual(['starting', 'running: merged 5 files']);
  });

  test.each(['FAILED', 'TIMEOUT', 'ERROR', 'STOPPED'])(
    '%s is an error with the run’s own words',
    async (state) => {
      const client = glue({
        StartJobRunCommand: [{ JobRunId: 'jr_1' }],
        GetJobRunCommand: [run(state, 'a file is gone')],
      });
      await expect(runJob(request(client))).rejects.toMatchObject({
        code: 'JOB_FAILED',
        message: `job tickerlake-dev-compact ended as ${state}: a file is gone`,
        hint: 'tickerlake logs compact',
      });
    },
  );

  test('a job that runs as often as it may is told apart from one that fails', async () => {
    const busy = new ConcurrentRunsExceededException({ message: 'busy', $metadata: {} });
    await expect(runJob(request(glue({ StartJobRunCommand: [busy] })))).rejects.toMatchObject({
      code: 'JOB_FAILED',
      hint: expect.stringContaining('has ended'),
    });
  });

  test('a run whose caller gives up is stopped', async () => {
    const controller = new AbortController();
    const client = glue({
      StartJobRunCommand: [{ JobRunId: 'jr_1' }],
      GetJobRunCommand: [
        () => {
          controller.abort();
          return run('RUNNING');
        },
      ],
      BatchStopJobRunCommand: [{}],
    });
    await expect(runJob(request(client, controller.signal))).rejects.toThrow(/abort/i);
    expect(calls).toEqual(['StartJobRunCommand', 'GetJobRunCommand', 'BatchStopJobRunCommand']);
  });
});

const METADATA = {
  'current-snapshot-id': 7,
  snapshots: [
    { 'snapshot-id': 3, 'timestamp-ms': 1, summary: { 'total-records': '10' } },
    {
      'snapshot-id': 7,
      'timestamp-ms': Date.parse('2026-11-21T10:00:00Z'),
      summary: { 'total-records': '20', 'total-data-files': '2', 'total-files-size': '4096' },
    },
  ],
};
const LOCATION = 's3://lake/history/quotes/metadata/1.metadata.json';
const missing = new EntityNotFoundException({ message: 'no table', $metadata: {} });

describe('readHistory', () => {
  const table = { database: 'tickerlake_dev', table: 'quotes_history' };

  async function read(answer: unknown, metadata = JSON.stringify(METADATA)): ReturnType<typeof readHistory> {
    const lake = new MemoryObjectStore();
    await lake.put('history/quotes/metadata/1.metadata.json', {
      body: Buffer.from(metadata),
      contentType: 'application/json',
    });
    return readHistory(glue({ GetTableCommand: [answer] }), memoryS3({ lake }), table);
  }
  const at = (location: string | undefined): object => ({
    Table: { Parameters: { metadata_location: location } },
  });

  test('is what the current snapshot says', async () => {
    expect(await read(at(LOCATION))).toEqual({
      rows: 20,
      files: 2,
      bytes: 4096,
      snapshots: 2,
      committedAt: '2026-11-21T10:00:00.000Z',
    });
  });

  test('is empty before the first commit', async () => {
    expect(await read(at(LOCATION), '{"current-snapshot-id":-1}')).toMatchObject({
      rows: 0,
      committedAt: null,
    });
  });

  test('is nothing before there is a table', async () => {
    expect(await read(missing)).toBeUndefined();
  });

  test.each([
    [at(undefined), undefined, /names no metadata/],
    [at('file:///tmp/x'), undefined, /its metadata is at "file/],
    [at(LOCATION), '<xml>', /is no JSON/],
  ])('%j is refused', async (answer, metadata, message) => {
    await expect(read(answer, metadata)).rejects.toThrow(message);
  });
});

describe('compactTopic', () => {
  const LAKE = {
    stage: 'dev',
    logsDir: '/nowhere',
    outputs: {
      'tickerlake-dev-jobs': { CompactJobName: 'tickerlake-dev-compact' },
      'tickerlake-dev-lake': { DatabaseName: 'tickerlake_dev' },
    },
  } as unknown as LakeConnection;
  const view = (cut: readonly CutTerm[]): object => ({
    Table: renderView({ database: 'tickerlake_dev', viewName: 'quotes', cut, hasHistory: cut.length > 0 }),
  });

  test('says what history and cut were and are, and hands the job its ranges', async () => {
    const lake = new MemoryObjectStore();
    await lake.put('history/quotes/metadata/1.metadata.json', {
      body: Buffer.from(JSON.stringify(METADATA)),
      contentType: 'application/json',
    });
    let given: unknown;
    let isDone = false;
    const client = glue({
      GetTableCommand: [
        ({ Name }: { Name: string }) => {
          if (Name === 'quotes') return view(isDone ? [{ logId: 'log-1', partition: 2, offset: 41 }] : []);
          if (isDone) return { Table: { Parameters: { metadata_location: LOCATION } } };
          throw missing;
        },
      ],
      StartJobRunCommand: [
        (input: unknown) => {
          given = input;
          return { JobRunId: 'jr_1' };
        },
      ],
      GetJobRunCommand: [
        () => {
          isDone = true;
          return run('SUCCEEDED');
        },
      ],
    });
    const ranges = [{ log_id: 'log-1', kafka_partition: 2, from_offset: 0, to_offset: 9 }];
    const compacted = await compactTopic(
      LAKE,
      { glue: client, s3: memoryS3({ lake }) },
      { topic: 'quotes', ranges, signal: AbortSignal.timeout(5000) },
    );
    expect(given).toEqual({
      JobName: 'tickerlake-dev-compact',
      Arguments: {
        '--topic': 'quotes',
        '--quality_ruleset': 'tickerlake-dev-quotes',
        '--ranges': JSON.stringify(ranges),
      },
    });
    const { terminal, out } = recordTerminal();
    printCompacted(terminal, [compacted]);
    expect(out()).toMatch(/quotes +[\d.]+ +0 +20 +2 +4,096 +2\n/);
    expect(out()).toMatch(/quotes +log-1 +2 +– +41\n/);
  });
});

describe('followNewRun', () => {
  const graph = (crawl: string | undefined, job?: string, ErrorMessage?: string): object[] => [
    { Type: 'TRIGGER', Name: 'dropped' },
    { Type: 'CRAWLER', Name: 'c', CrawlerDetails: { Crawls: crawl === undefined ? [] : [{ State: crawl }] } },
    {
      Type: 'JOB',
      Name: 'j',
      JobDetails: { JobRuns: job === undefined ? [] : [{ Id: 'jr_1', JobRunState: job, ErrorMessage }] },
    },
  ];
  const answer = (Status: string, Nodes: object[]): object => ({ Run: { Status, Graph: { Nodes } } });
  const TRIGGERS = {
    Triggers: [
      { WorkflowName: 'another', Type: 'EVENT', EventBatchingCondition: { BatchWindow: 900 } },
      { WorkflowName: 'tickerlake-dev-listing', Type: 'EVENT', EventBatchingCondition: { BatchWindow: 0 } },
    ],
  };

  async function follow(
    runs: readonly unknown[],
    told: string[] = [],
    begun: readonly object[] = [
      { Runs: [{ WorkflowRunId: 'old' }] },
      { Runs: [{ WorkflowRunId: 'old' }, { WorkflowRunId: 'new' }] },
    ],
  ): ReturnType<typeof followNewRun> {
    const request = {
      glue: glue({
        GetTriggersCommand: [TRIGGERS],
        GetJobRunCommand: [{ JobRun: { ErrorMessage: 'from the run' } }],
        GetCrawlerCommand: [{ Crawler: { LastCrawl: { ErrorMessage: 'from the crawler' } } }],
        GetWorkflowRunsCommand: begun,
        GetWorkflowRunCommand: runs,
      }),
      workflowName: 'tickerlake-dev-listing',
      signal: AbortSignal.timeout(5000),
      report: (text: string) => {
        told.push(text);
      },
      pollMs: 1,
      startMs: 30,
    };
    return followNewRun(request, await listRuns(request));
  }

  test('tells each node as it goes, and ends with them', async () => {
    const told: string[] = [];
    const { id, nodes } = await follow(
      [
        answer('RUNNING', graph('RUNNING')),
        answer('RUNNING', graph('SUCCEEDED', 'RUNNING')),
        answer('COMPLETED', graph('SUCCEEDED', 'SUCCEEDED')),
      ],
      told,
    );
    expect(id).toBe('new');
    expect(nodes.map(({ state }) => state)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(told).toEqual([
      'crawler c running, job j waits',
      'crawler c succeeded, job j running',
      'crawler c succeeded, job j succeeded',
    ]);
  });

  test.each([
    [answer('COMPLETED', graph('SUCCEEDED', 'FAILED', 'no header')), /job j ended as FAILED: no header/],
    [answer('COMPLETED', graph('FAILED')), /crawler c ended as FAILED: from the crawler/],
    [answer('COMPLETED', graph('SUCCEEDED', 'TIMEOUT')), /job j ended as TIMEOUT: from the run/],
    [answer('COMPLETED', graph('SUCCEEDED')), /job j never began/],
    [answer('ERROR', graph('SUCCEEDED', 'SUCCEEDED')), /ended as ERROR/],
  ])('a run of which a node failed is an error, completed as it may be', async (last, message) => {
    await expect(follow([last])).rejects.toMatchObject({
      code: 'JOB_FAILED',
      message: expect.stringMatching(message),
    });
  });

  test('a workflow that nothing starts is an error', async () => {
    await expect(follow([], [], [{ Runs: [{ WorkflowRunId: 'old' }] }])).rejects.toMatchObject({
      code: 'WAIT_TIMED_OUT',
      message: 'workflow tickerlake-dev-listing did not begin',
    });
  });
});
