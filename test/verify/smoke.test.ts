/** The smoke test of a deployment against a lake that is well, and one that is broken in one place after the other. */
import { cpSync } from 'node:fs';
import { PutFunctionConcurrencyCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { assembliesIn } from '../../cli/assembly/synthesize.ts';
import { connectionOf } from '../../cli/lake/local-lake.ts';
import type { CheckResult } from '../../cli/smoke/check.ts';
import { runSmoke } from '../../cli/smoke/smoke.ts';
import { closeLake, lakeAt, type SmokeLake } from '../../cli/smoke/smoke-lake.ts';
import { checkConsumers, checkTopics } from '../../cli/smoke/stream-checks.ts';
import { checkGlue } from '../../cli/smoke/upkeep-checks.ts';
import { functionName, jobName } from '../../core/names.ts';
import type { Lake } from '../../local/lake.ts';
import { startLake } from '../../local/lake.ts';
import { statePaths, writeRunFile } from '../../local/state.ts';
import { CommandLine } from '../helpers/command-line.ts';
import { assemblyOf, stateIn } from '../helpers/local-lake.ts';
import { until } from '../helpers/until.ts';
import { recordTerminal } from '../unit/cli/terminal-double.ts';

const commandLine = new CommandLine();
let lake: Lake;
let smokeLake: SmokeLake;

beforeAll(async () => {
  const assemblyDir = await assemblyOf('dev');
  cpSync(assembliesIn(statePaths().folder), assembliesIn(commandLine.home), { recursive: true });
  const state = stateIn(commandLine.home);
  lake = await startLake({ stage: 'dev', assemblyDir, state });
  const connection = connectionOf(lake);
  writeRunFile({ ...connection, pid: process.pid, startedAt: new Date() }, state);
  smokeLake = lakeAt(connection);
}, 180_000);
afterAll(async () => {
  if ((smokeLake as SmokeLake | undefined) !== undefined) closeLake(smokeLake);
  await (lake as Lake | undefined)?.stop();
  await commandLine.remove();
}, 60_000);

async function smokeHere(records = 100): Promise<ReadonlyMap<string, CheckResult>> {
  const { terminal } = recordTerminal();
  const { checks } = await runSmoke(smokeLake, { records, terminal, signal: new AbortController().signal });
  return new Map(checks.map((check) => [check.name, check]));
}

test('a good lake passes every check, and says so a line each', async () => {
  const { code, out, err } = await commandLine.run('smoke');
  expect(err).not.toContain('error:');
  const lines = out.trim().split('\n');
  expect(lines.slice(0, -1).map((line) => line.replace(/ +\d+\.\d s.*$/, ''))).toEqual([
    'ok      topics',
    'ok      consumers',
    'ok      produce',
    'ok      queryable',
    'ok      freshness',
    'ok      served',
    'ok      crawlers and jobs',
    'ok      dead letters',
    'ok      alarms',
  ]);
  expect(out).toMatch(/ topics .* quotes has 4 partitions, quotes_filtered has 4 partitions\n/);
  expect(out).toMatch(/ produce .* 100 quotes acknowledged in partitions 0, 1, 2, 3\n/);
  expect(out).toMatch(/ queryable .* 100 quotes in view quotes, each once\n/);
  expect(out).toMatch(/ served .* [1-9]\d* rows in RDS, by the coordinates of their quotes\n/);
  expect(lines.at(-1)).toMatch(/^smoke: 9 of 9 checks passed in \d+ s$/);
  expect(code).toBe(0);
}, 180_000);

test('another stage than the one that runs is refused', async () => {
  const { code, err } = await commandLine.run('smoke', '--stage', 'prod');
  expect(err).toBe(
    'error: the lake that runs is of stage dev, not prod — try: tickerlake smoke --stage dev, or --aws for a stage that is deployed\n',
  );
  expect(code).toBe(2);
}, 30_000);

test('a function that cannot be invoked is found, and what hangs on it is left out', async () => {
  const name = functionName('dev', 'produce-quotes');
  const reserve = (count: number): Promise<unknown> =>
    smokeLake.lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: count }),
    );
  await reserve(0);
  const { code, out } = await commandLine.run('smoke', '--json');
  await reserve(1);
  const { checks } = JSON.parse(out) as { checks: CheckResult[] };
  const states = Object.fromEntries(checks.map((check) => [check.name, check.state]));
  expect(states).toEqual({
    topics: 'ok',
    consumers: 'ok',
    produce: 'failed',
    queryable: 'skipped',
    freshness: 'skipped',
    served: 'skipped',
    'crawlers and jobs': 'ok',
    'dead letters': 'ok',
    alarms: 'ok',
  });
  expect(checks.find((check) => check.name === 'produce')).toMatchObject({
    detail: expect.stringMatching(/TooManyRequests/),
    next: expect.stringContaining('tickerlake logs produce-quotes'),
  });
  expect(code).toBe(1);
}, 60_000);

test('an event source that does not poll is found, and its function named', async () => {
  const name = functionName('dev', 'serve-quotes');
  const uuid = lake.sources.list().find(({ FunctionArn }) => FunctionArn.endsWith(`:${name}`))?.UUID;
  const enable = async (Enabled: boolean): Promise<void> => {
    await smokeLake.lambda.send(new UpdateEventSourceMappingCommand({ UUID: uuid, Enabled }));
    await until(`the event source ${Enabled ? 'on' : 'off'}`, () =>
      lake.sources
        .list()
        .some((source) => source.UUID === uuid && source['State'] === (Enabled ? 'Enabled' : 'Disabled')),
    );
  };
  await enable(false);
  const verdict = await checkConsumers(smokeLake);
  await enable(true);
  expect(verdict).toMatchObject({
    state: 'failed',
    detail: 'the event source of tickerlake-dev-serve-quotes is Disabled',
  });
  expect(await checkConsumers(smokeLake)).toMatchObject({ state: 'ok' });
}, 60_000);

test('a quote that the watchlist does not keep leaves serving unchecked, and says how to check it', async () => {
  const Name = lake.outputs['tickerlake-dev-pipeline']?.['WatchlistParameterName'];
  const { Parameter: before } = await smokeLake.ssm.send(new GetParameterCommand({ Name }));
  const put = (Value: string | undefined): Promise<unknown> =>
    smokeLake.ssm.send(new PutParameterCommand({ Name, Value, Overwrite: true }));
  await put('{"symbols":[],"movePercentOver":1000}');
  const checks = await smokeHere(10);
  await put(before?.Value);
  // A warm filter goes by the empty list for half a minute more.
  lake.functions.pool(functionName('dev', 'filter-quotes')).killInstances();
  expect(checks.get('served')).toMatchObject({
    state: 'skipped',
    next: expect.stringContaining('add ZVZZT to "symbols" of parameter /tickerlake/dev/watchlist'),
  });
  expect(checks.get('queryable')).toMatchObject({
    state: 'ok',
    detail: '10 quotes in view quotes, each once',
  });
}, 120_000);

test('a job whose last run failed for one topic is found, with what it said', async () => {
  const interceptor = lake.gateway.intercept(
    ({ operation }) => operation === 'GetJobRuns',
    ({ respond }) => {
      respond({
        status: 200,
        headers: { 'content-type': 'application/x-amz-json-1.1' },
        body: JSON.stringify({
          JobRuns: [
            { JobRunState: 'SUCCEEDED', Arguments: { '--topic': 'quotes' } },
            {
              JobRunState: 'TIMEOUT',
              ErrorMessage: 'Job run timed out',
              Arguments: { '--topic': 'quotes_filtered' },
            },
          ],
        }),
      });
    },
  );
  const verdict = await checkGlue(smokeLake);
  interceptor.remove();
  expect(verdict).toMatchObject({
    state: 'failed',
    detail: `job ${jobName('dev', 'compact')} of topic quotes_filtered ended as TIMEOUT: Job run timed out`,
  });
}, 30_000);

test('a topic that has not the partitions of its definition is found', async () => {
  const inside = {
    countPartitions: () => Promise.resolve(3),
    countServed: () => Promise.resolve(0),
  };
  expect(await checkTopics({ ...smokeLake, inside })).toMatchObject({
    state: 'failed',
    detail: 'topic quotes has 3 partitions, not 4; topic quotes_filtered has 3 partitions, not 4',
  });
});

test('a dead letter is found, and the alarm that it raises, with its section of the runbook', async () => {
  const QueueUrl = lake.outputs['tickerlake-dev-pipeline']?.['CurateQuotesDeadLetterQueueUrl'] ?? '';
  await smokeLake.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));
  await until('the alarm', () => lake.alarms.all().some(({ state }) => state === 'ALARM'), 120_000);
  const { code, out } = await commandLine.run('smoke', '--records', '10');
  expect(out).toMatch(
    /FAILED {2}dead letters .* 1 raw object could not be curated\n +try: .*redrive --dead-letters\n/,
  );
  expect(out).toMatch(/FAILED {2}alarms .* in ALARM: \S+.*\n +try: .*docs\/runbook\.md#dead-letters/);
  expect(out).toMatch(/smoke: 7 of 9 checks passed, 2 failed in \d+ s\n$/);
  expect(code).toBe(1);
}, 180_000);
