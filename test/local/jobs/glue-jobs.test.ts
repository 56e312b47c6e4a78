/** Jobs, triggers and workflows by the SDK's clients; the scripts are Python alone, so that no test here needs Spark. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  BatchStopJobRunCommand,
  CreateDatabaseCommand,
  CreateTableCommand,
  CreateTableOptimizerCommand,
  GetDataQualityRulesetCommand,
  GetJobCommand,
  GetJobRunCommand,
  GetJobRunsCommand,
  GetTableOptimizerCommand,
  GetWorkflowRunsCommand,
  GlueClient,
  type JobRun,
  StartJobRunCommand,
  UpdateTableOptimizerCommand,
  type WorkflowRun,
} from '@aws-sdk/client-glue';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { TickerlakeError } from '../../../core/errors.ts';
import type { PolicyStatement } from '../../../local/gateway/index.ts';
import type { Cloud } from '../../../local/resources/cloud.ts';
import { eventTypes } from '../../../local/resources/events.ts';
import { glueTypes } from '../../../local/resources/glue.ts';
import { ResourceRequest } from '../../../local/resources/resource-request.ts';
import { RoleBook } from '../../../local/resources/role-book.ts';
import { Schedules } from '../../../local/sources/schedules.ts';
import { JobLauncher } from '../../../local/spark/job-launcher.ts';
import { type Guard, startGuard } from '../../../local/supervisor/index.ts';
import type { Asset } from '../../../local/template/assembly.ts';
import type { JsonObject } from '../../../local/template/template.ts';
import { type SparkToolPaths, toolPaths } from '../../../local/tools.ts';
import { ACCOUNT, allow, REGION, startTestEndpoint, type TestEndpoint } from '../../helpers/aws-endpoint.ts';
import { until } from '../../helpers/until.ts';

const ROLE = 'job-role';
const CODE = 'arn:aws:s3:::assets/*';
const WORKFLOW_ARN = `arn:aws:glue:${REGION}:${ACCOUNT}:workflow/listing`;

/** What the script does is told by its arguments. */
const SCRIPT = `
import os, sys, time
import shared
from awsglue.utils import getResolvedOptions

args = getResolvedOptions(sys.argv, ["JOB_NAME", "act"])
print("hello from", args["JOB_NAME"], shared.NAME, os.environ["AWS_ENDPOINT_URL"], flush=True)
if args["act"] == "fail":
    raise ValueError("no good\\nsecond line")
if args["act"] == "sleep":
    time.sleep(600)
if args["act"] == "flaky" and "_attempt_" not in getResolvedOptions(sys.argv, ["run_id_seen"])["run_id_seen"]:
    raise RuntimeError("the first attempt")
`;

let endpoint: TestEndpoint;
let guard: Guard;
let folder: string;
let glue: GlueClient;
let roles: RoleBook;
let launcher: JobLauncher;
let tools: () => SparkToolPaths;

const installed = (): SparkToolPaths => ({
  python: toolPaths().python,
  sitePackages: '/nowhere',
  javaHome: '/nowhere',
  classpath: '/nowhere/*',
});

beforeAll(async () => {
  endpoint = await startTestEndpoint();
  guard = await startGuard();
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-jobs-'));
  glue = new GlueClient(endpoint.as());
  await writeFile(join(folder, 'script.py'), SCRIPT);
  await mkdir(join(folder, 'library'));
  await writeFile(join(folder, 'library', 'shared.py'), 'NAME = "a shared module"\n');
  const assets = new Map<string, Asset>([
    ['script.py', { objectKey: 'script.py', path: join(folder, 'script.py'), packaging: 'file' }],
    ['library.zip', { objectKey: 'library.zip', path: join(folder, 'library'), packaging: 'zip' }],
  ]);
  launcher = new JobLauncher({
    processes: guard,
    tools: () => tools(),
    directory: join(folder, 'run'),
    logsDirectory: folder,
    logName: (name) => name,
    assets,
    endpoint: () => endpoint.gateway.endpoint,
    region: REGION,
    issueCredentials: (role, session) => endpoint.gateway.issueCredentials(role, session),
    checkRole: (...asked) => endpoint.gateway.checkRole(...asked),
  });
}, 60_000);

afterAll(async () => {
  await endpoint.stop();
  await guard.stopAll();
  await rm(folder, { recursive: true, force: true });
});

async function putRole(name: string, service: string, ...statements: PolicyStatement[]): Promise<void> {
  await roles.put({
    name,
    arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    trust: { Statement: { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' } },
    policies: [{ name: 'policy', document: { Version: '2012-10-17', Statement: statements } }],
  });
}

beforeEach(async () => {
  tools = installed;
  roles = new RoleBook(endpoint.gateway);
  await putRole(ROLE, 'glue.amazonaws.com', allow('s3:GetObject', CODE));
});

const schedules = new Schedules(() => Promise.resolve());

async function provision(type: string, properties: JsonObject): Promise<void> {
  const entry = [...glueTypes, ...eventTypes].find((each) => each.type === type);
  const identity = { stack: 'stack', logicalId: 'Thing', type, constructPath: undefined };
  const { gateway } = endpoint;
  const cloud: Partial<Cloud> = {
    region: REGION,
    account: ACCOUNT,
    gateway,
    roles,
    jobs: launcher,
    schedules,
  };
  await entry?.provision(new ResourceRequest(identity, properties), cloud as Cloud);
}

async function provisionJob(name: string, changes: JsonObject = {}): Promise<void> {
  await provision('AWS::Glue::Job', {
    Name: name,
    Role: ROLE,
    GlueVersion: '5.1',
    Command: { Name: 'glueetl', PythonVersion: '3', ScriptLocation: 's3://assets/script.py' },
    DefaultArguments: { '--act': 'work', '--extra-py-files': 's3://assets/library.zip', '--run_id_seen': '' },
    ...changes,
  });
}

async function start(name: string, act = 'work'): Promise<string> {
  const { JobRunId: id = '' } = await glue.send(
    new StartJobRunCommand({ JobName: name, Arguments: { '--act': act } }),
  );
  return id;
}

async function ended(name: string, id: string): Promise<JobRun> {
  return until(`the end of run ${id}`, async () => {
    const { JobRun: run } = await glue.send(new GetJobRunCommand({ JobName: name, RunId: id }));
    return run?.CompletedOn === undefined ? undefined : run;
  });
}

const running = (id: string): Promise<number> =>
  until('its process', () => endpoint.gateway.glue.runningJobs().find(({ runId }) => runId === id)?.pid);

describe('a job', () => {
  test('runs its script with the shared package and its arguments', async () => {
    await provisionJob('plain');
    const run = await ended('plain', await start('plain'));
    expect(run).toMatchObject({ JobRunState: 'SUCCEEDED', Attempt: 0, GlueVersion: '5.1', Timeout: 480 });
    expect(await readFile(join(folder, 'plain.log'), 'utf8')).toContain(
      `hello from plain a shared module ${endpoint.gateway.endpoint}`,
    );
    expect((await glue.send(new GetJobCommand({ JobName: 'plain' }))).Job?.Command?.Name).toBe('glueetl');
  });

  test('that fails says why in the words of its exception', async () => {
    await provisionJob('failing');
    const run = await ended('failing', await start('failing', 'fail'));
    expect(run).toMatchObject({ JobRunState: 'FAILED', ErrorMessage: 'ValueError: no good' });
    expect(await readFile(join(folder, 'failing.log'), 'utf8')).toContain('Traceback');
  });

  test('without an argument that its script needs fails with its name', async () => {
    await provisionJob('lacking', { DefaultArguments: { '--extra-py-files': 's3://assets/library.zip' } });
    const { JobRunId: id = '' } = await glue.send(new StartJobRunCommand({ JobName: 'lacking' }));
    expect((await ended('lacking', id)).ErrorMessage).toMatch(/GlueArgumentError: .*--act/);
  });

  test('runs no more often at once than it may, and ends when it is stopped', async () => {
    await provisionJob('single');
    const id = await start('single', 'sleep');
    await expect(start('single')).rejects.toThrow('1 of 1 are under way');
    await running(id);
    const { SuccessfulSubmissions: stopped } = await glue.send(
      new BatchStopJobRunCommand({ JobName: 'single', JobRunIds: [id] }),
    );
    expect(stopped).toHaveLength(1);
    expect(await ended('single', id)).toMatchObject({ JobRunState: 'STOPPED' });
    await ended('single', await start('single'));
  });

  test('is ended when its time is over', async () => {
    await provisionJob('slow', { Timeout: 0.005 });
    expect(await ended('slow', await start('slow', 'sleep'))).toMatchObject({ JobRunState: 'TIMEOUT' });
  });

  test('whose process is killed fails, and is tried again as often as it says', async () => {
    await provisionJob('killed', { MaxRetries: 1 });
    const id = await start('killed', 'sleep');
    await running(id);
    endpoint.gateway.glue.killJobRun(id);
    expect(await ended('killed', id)).toMatchObject({
      JobRunState: 'FAILED',
      ErrorMessage: 'the script was ended by SIGKILL',
    });
    const { JobRuns: runs = [] } = await glue.send(new GetJobRunsCommand({ JobName: 'killed' }));
    expect(runs.map(({ Id: each, Attempt: attempt }) => [each, attempt])).toEqual([
      [`${id}_attempt_1`, 1],
      [id, 0],
    ]);
    await running(`${id}_attempt_1`);
    endpoint.gateway.glue.killJobRun(`${id}_attempt_1`);
    await ended('killed', `${id}_attempt_1`);
  });

  test('fails without Spark, and says how to get it', async () => {
    await provisionJob('bare');
    tools = () => {
      throw new TickerlakeError('PREREQUISITE_MISSING', 'not installed: Spark', {
        hint: 'node scripts/setup.mjs --with spark',
      });
    };
    expect(await ended('bare', await start('bare'))).toMatchObject({
      JobRunState: 'FAILED',
      ErrorMessage: 'not installed: Spark — try: node scripts/setup.mjs --with spark',
    });
  });

  test('fails where its role may not read its code', async () => {
    await putRole(ROLE, 'glue.amazonaws.com');
    await provisionJob('blind');
    expect((await ended('blind', await start('blind'))).ErrorMessage).toMatch(
      /script\.py: .*not authorized to perform: s3:GetObject/,
    );
  });

  test('is started by those alone who may', async () => {
    await provisionJob('guarded');
    const stranger = new GlueClient(endpoint.role('stranger', [allow('glue:StartJobRun', '*')]));
    const { JobRunId: id } = await stranger.send(
      new StartJobRunCommand({ JobName: 'guarded', Arguments: { '--act': 'work' } }),
    );
    await expect(stranger.send(new GetJobRunCommand({ JobName: 'guarded', RunId: id }))).rejects.toThrow(
      'glue:GetJobRun',
    );
    await ended('guarded', id ?? '');
  });

  test.each([
    ['Role', { Role: 'other-role' }, 'does not trust glue.amazonaws.com'],
    ['GlueVersion', { GlueVersion: '4.0' }, 'GlueVersion is 4.0; the runner has 5.1 only'],
    [
      'Command',
      { Command: { Name: 'pythonshell', ScriptLocation: 's3://assets/script.py' } },
      'the runner has glueetl only',
    ],
    [
      'script',
      { Command: { Name: 'glueetl', ScriptLocation: 's3://assets/other.py' } },
      'no asset of cdk.out',
    ],
  ])('of another %s is refused when it is provisioned', async (_name, changes, problem) => {
    await putRole('other-role', 'lambda.amazonaws.com');
    await expect(provisionJob('refused', changes)).rejects.toThrow(problem);
  });
});

describe('an event', () => {
  const source = 'test.listing';

  async function provisionWorkflow(act: string): Promise<void> {
    await provisionJob('load', {
      DefaultArguments: { '--act': act, '--extra-py-files': 's3://assets/library.zip' },
    });
    await provisionJob('after', {
      DefaultArguments: { '--act': 'work', '--extra-py-files': 's3://assets/library.zip' },
    });
    await provision('AWS::Glue::Workflow', { Name: 'listing', MaxConcurrentRuns: 1 });
    await provision('AWS::Glue::Trigger', {
      Name: 'dropped',
      WorkflowName: 'listing',
      Type: 'EVENT',
      EventBatchingCondition: { BatchSize: 2, BatchWindow: 900 },
      Actions: [{ JobName: 'load' }],
    });
    await provision('AWS::Glue::Trigger', {
      Name: 'loaded',
      WorkflowName: 'listing',
      Type: 'CONDITIONAL',
      StartOnCreation: true,
      Predicate: { Conditions: [{ LogicalOperator: 'EQUALS', JobName: 'load', State: 'SUCCEEDED' }] },
      Actions: [{ JobName: 'after' }],
    });
  }

  async function provisionRule(): Promise<void> {
    await provision('AWS::Events::Rule', {
      Name: 'dropped-files',
      EventPattern: { source: [source] },
      Targets: [{ Id: 'Workflow', Arn: WORKFLOW_ARN, RoleArn: `arn:aws:iam::${ACCOUNT}:role/notify` }],
    });
  }

  async function send(count: number): Promise<void> {
    const Entries = Array.from({ length: count }, () => ({
      Source: source,
      DetailType: 'dropped',
      Detail: '{}',
    }));
    await new EventBridgeClient(endpoint.as()).send(new PutEventsCommand({ Entries }));
    await endpoint.gateway.eventsSettled();
  }

  const lastRun = async (): Promise<WorkflowRun | undefined> =>
    (await glue.send(new GetWorkflowRunsCommand({ Name: 'listing', IncludeGraph: true }))).Runs?.[0];
  const lastRunEnded = (): Promise<WorkflowRun> =>
    until('the end of the workflow', async () => {
      const run = await lastRun();
      return run?.Status === 'COMPLETED' ? run : undefined;
    });

  test('reaches a workflow through its rule, which runs to its end', async () => {
    await putRole('notify', 'events.amazonaws.com', allow('glue:notifyEvent', WORKFLOW_ARN));
    await provisionWorkflow('work');
    await provisionRule();
    await send(1);
    expect(await lastRun()).toBeUndefined();
    await send(1);
    const run = await lastRunEnded();
    expect(run).toMatchObject({
      StartingEventBatchCondition: { BatchSize: 2 },
      Statistics: { TotalActions: 2, SucceededActions: 2 },
    });
    expect(JSON.parse(run.WorkflowRunProperties?.['aws:eventIds'] ?? '')).toHaveLength(2);
    const { JobRuns: runs = [] } = await glue.send(new GetJobRunsCommand({ JobName: 'load' }));
    expect(runs[0]?.Arguments).toEqual({
      '--WORKFLOW_NAME': 'listing',
      '--WORKFLOW_RUN_ID': run.WorkflowRunId,
    });
  });

  test('does not reach a workflow that the role may not notify', async () => {
    await putRole('notify', 'events.amazonaws.com');
    await provisionWorkflow('work');
    await provisionRule();
    await send(2);
    expect(await lastRun()).toBeUndefined();
    expect(endpoint.gateway.eventDeliveries().failures.at(-1)).toContain('glue:notifyEvent');
  });

  test('is told of a run that failed, and of nothing that followed it', async () => {
    const sqs = new SQSClient(endpoint.as());
    const { QueueUrl: url } = await sqs.send(new CreateQueueCommand({ QueueName: 'failed-runs' }));
    const queueArn = `arn:aws:sqs:${REGION}:${ACCOUNT}:failed-runs`;
    endpoint.gateway.putQueuePolicy(queueArn, {
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
      },
    });
    await provision('AWS::Events::Rule', {
      Name: 'failed-runs',
      EventPattern: {
        source: ['aws.glue'],
        'detail-type': ['Glue Job State Change'],
        detail: { jobName: ['load', 'after'], state: ['FAILED', 'TIMEOUT', 'ERROR'] },
      },
      Targets: [{ Id: 'Queue', Arn: queueArn }],
    });
    await putRole('notify', 'events.amazonaws.com', allow('glue:notifyEvent', WORKFLOW_ARN));
    await provisionWorkflow('fail');
    await provisionRule();
    await send(2);
    const run = await lastRunEnded();
    expect(run.Statistics).toMatchObject({ TotalActions: 1, FailedActions: 1 });
    await endpoint.gateway.eventsSettled();
    const { Messages: messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 }),
    );
    expect(messages.map(({ Body: body = '' }) => JSON.parse(body) as unknown)).toEqual([
      expect.objectContaining({
        detail: expect.objectContaining({ jobName: 'load', state: 'FAILED', message: 'ValueError: no good' }),
      }),
    ]);
  });
});

describe('what Glue keeps of a table', () => {
  const table = { CatalogId: ACCOUNT, DatabaseName: 'lake', TableName: 'history' };
  const optimizer = {
    ...table,
    Type: 'retention',
    TableOptimizerConfiguration: {
      roleArn: `arn:aws:iam::${ACCOUNT}:role/optimizer`,
      enabled: true,
      retentionConfiguration: { icebergConfiguration: { snapshotRetentionPeriodInDays: 5 } },
    },
  } as const;

  beforeAll(async () => {
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'lake' } }));
    for (const [name, parameters] of [
      ['history', { table_type: 'ICEBERG' }],
      ['plain', {}],
    ] as const) {
      await glue.send(
        new CreateTableCommand({ DatabaseName: 'lake', TableInput: { Name: name, Parameters: parameters } }),
      );
    }
  });

  test('are its optimizers, once each', async () => {
    await glue.send(new CreateTableOptimizerCommand(optimizer));
    await expect(glue.send(new CreateTableOptimizerCommand(optimizer))).rejects.toThrow('has an optimizer');
    const { TableOptimizer: found } = await glue.send(
      new GetTableOptimizerCommand({ ...table, Type: 'retention' }),
    );
    expect(found?.configuration).toEqual(optimizer.TableOptimizerConfiguration);
    await expect(glue.send(new GetTableOptimizerCommand({ ...table, Type: 'compaction' }))).rejects.toThrow(
      'no optimizer of type compaction',
    );
  });

  test('is refused for other tables than those of Iceberg, and out of bounds', async () => {
    const plain = { ...optimizer, TableName: 'plain' };
    await expect(glue.send(new CreateTableOptimizerCommand(plain))).rejects.toThrow('no Iceberg table');
    const eager = {
      ...optimizer.TableOptimizerConfiguration,
      retentionConfiguration: { icebergConfiguration: { runRateInHours: 1 } },
    };
    await expect(
      glue.send(new UpdateTableOptimizerCommand({ ...optimizer, TableOptimizerConfiguration: eager })),
    ).rejects.toThrow('runRateInHours is 1, out of its bounds');
  });

  test('takes the right to pass the role', async () => {
    const poor = new GlueClient(endpoint.role('poor', [allow('glue:*', '*')]));
    await expect(
      poor.send(new CreateTableOptimizerCommand({ ...optimizer, Type: 'compaction' })),
    ).rejects.toThrow('iam:PassRole');
  });
});

test('a ruleset is told as the template has it', async () => {
  const ruleset = 'Rules = [ IsComplete "symbol" ]';
  await provision('AWS::Glue::DataQualityRuleset', { Name: 'quotes', Ruleset: ruleset });
  expect((await glue.send(new GetDataQualityRulesetCommand({ Name: 'quotes' }))).Ruleset).toBe(ruleset);
  await expect(glue.send(new GetDataQualityRulesetCommand({ Name: 'others' }))).rejects.toThrow('not found');
});
