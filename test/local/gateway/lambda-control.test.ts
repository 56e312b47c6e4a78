/** Functions and event sources controlled through the Lambda API, by the AWS SDK's client. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteFunctionConcurrencyCommand,
  GetEventSourceMappingCommand,
  GetFunctionConcurrencyCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  type ListEventSourceMappingsCommandInput,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Fleet } from '../../../local/invoke/fleet.ts';
import { EventSources, type NewMapping } from '../../../local/sources/event-sources.ts';
import { ACCOUNT, allow, REGION, startTestEndpoint, type TestEndpoint } from '../../helpers/aws-endpoint.ts';
import { directProcesses } from '../../helpers/processes.ts';
import { until } from '../../helpers/until.ts';

const arn = (resource: string): string => `arn:aws:lambda:${REGION}:${ACCOUNT}:${resource}`;
const folder = mkdtempSync(join(tmpdir(), 'lambda-control-'));
let endpoint: TestEndpoint;
let fleet: Fleet;
let lambda: LambdaClient;

beforeAll(async () => {
  endpoint = await startTestEndpoint();
  lambda = new LambdaClient(endpoint.as());
  fleet = new Fleet({
    processes: directProcesses,
    node: process.execPath,
    surroundings: () => Promise.resolve({ endpoint: 'http://127.0.0.1:1', region: REGION, caFile: '/none' }),
    issueCredentials: () => endpoint.gateway.operator,
    logsDirectory: join(folder, 'logs'),
    logName: (name) => name,
    onWarning: () => undefined,
  });
  endpoint.gateway.registerLambda(fleet);
  for (const name of ['land', 'curate']) {
    const codeDirectory = join(folder, name);
    mkdirSync(codeDirectory);
    writeFileSync(join(codeDirectory, 'index.js'), 'exports.handler = async () => "done";');
    fleet.add({
      name,
      arn: arn(`function:${name}`),
      handler: 'index.handler',
      codeDirectory,
      environment: {},
      timeoutMs: 5000,
      memoryMb: 256,
      roleArn: `arn:aws:iam::${ACCOUNT}:role/operator`,
      logGroupName: name,
    });
  }
}, 90_000);

afterAll(async () => {
  fleet.stop();
  await endpoint.stop();
  rmSync(folder, { recursive: true });
}, 30_000);

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
describe('reserved concurrency', () => {
  const FunctionName = 'land';
  const reserve = (ReservedConcurrentExecutions: number) =>
    lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  const reserved = async (): Promise<number | undefined> =>
    (await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions;
  const invoke = () => lambda.send(new InvokeCommand({ FunctionName }));

  test('of 0 throttles every invocation until it is deleted', async () => {
    expect(await reserved()).toBeUndefined();
    expect(await reserve(0)).toMatchObject({ ReservedConcurrentExecutions: 0 });
    expect(await reserved()).toBe(0);
    await expect(invoke()).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      $metadata: { httpStatusCode: 429 },
    });
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    expect(await reserved()).toBeUndefined();
    expect((await invoke()).Payload?.transformToString()).toBe('"done"');
  });

  test('may be set by an ARN', async () => {
    await lambda.send(
      new PutFunctionConcurrencyCommand({
        FunctionName: arn('function:land'),
        ReservedConcurrentExecutions: 3,
      }),
    );
    expect(await reserved()).toBe(3);
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  });

  test('leaves at least 100 of the account’s 1000 to other functions', async () => {
    await lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: 'curate', ReservedConcurrentExecutions: 400 }),
    );
    await expect(reserve(501)).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    expect(await reserve(499)).toMatchObject({ ReservedConcurrentExecutions: 499 });
    // What the function itself had is free again.
    expect(await reserve(500)).toMatchObject({ ReservedConcurrentExecutions: 500 });
    for (const name of ['land', 'curate'])
      await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: name }));
  });

  test('is refused where it is no number, and where there is no function', async () => {
    await expect(reserve(-1)).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    const nowhere = new PutFunctionConcurrencyCommand({
      FunctionName: 'none',
      ReservedConcurrentExecutions: 1,
    });
    await expect(lambda.send(nowhere)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('is set by who may set it for this function', async () => {
    const actions = ['lambda:PutFunctionConcurrency', 'lambda:DeleteFunctionConcurrency'];
    const other = new LambdaClient(endpoint.role('other', [allow(actions, arn('function:curate'))]));
    const one = { FunctionName, ReservedConcurrentExecutions: 1 };
    await expect(other.send(new PutFunctionConcurrencyCommand(one))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await other.send(new PutFunctionConcurrencyCommand({ ...one, FunctionName: 'curate' }));
    await other.send(new DeleteFunctionConcurrencyCommand({ FunctionName: 'curate' }));
  });
});

/** A poller that starts and stops when it is let. */
class SteppedPoller {
  polling = false;
  gate = Promise.resolve();

  async start(): Promise<void> {
    await this.gate;
    this.polling = true;
  }

  async stop(): Promise<void> {
    await this.gate;
    this.polling = false;
  }

  /** Holds what comes until the function that it returns is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.gate = promise.then(() => undefined);
    return () => {
      resolve(undefined);
    };
  }
}

const mapping = (id: string, more: Partial<NewMapping> = {}): NewMapping => ({
  id,
  arn: arn(`event-source-mapping:${id}`),
  resource: `stack/${id}`,
  functionName: 'land',
  functionArn: arn('function:land'),
  source: 'topic quotes',
  sourceArn: 'arn:aws:kafka:us-east-1:1:cluster/c/uuid',
  enabled: true,
  configuration: { BatchSize: 7, Topics: ['quotes'] },
  ...more,
});

describe('event source mappings', () => {
  let poller: SteppedPoller;
  let sources: EventSources;

  beforeAll(async () => {
    poller = new SteppedPoller();
    sources = new EventSources();
    endpoint.gateway.registerEventSources(sources);
    sources.add(mapping('m-1'), [poller]);
    sources.add(
      mapping('m-2', {
        functionName: 'curate',
        functionArn: arn('function:curate'),
        sourceArn: 'arn:aws:sqs:us-east-1:1:work',
        enabled: false,
      }),
      [new SteppedPoller()],
    );
    await sources.ready();
  });

  const get = (UUID: string) => lambda.send(new GetEventSourceMappingCommand({ UUID }));
  const enable = (UUID: string, Enabled: boolean, more: object = {}) =>
    lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled, ...more }));
  const inState = (UUID: string, state: string) =>
    until(`${UUID} ${state}`, async () => (await get(UUID)).State === state);

  test('are described as Lambda describes them', async () => {
    expect(await get('m-1')).toMatchObject({
      UUID: 'm-1',
      EventSourceMappingArn: arn('event-source-mapping:m-1'),
      EventSourceArn: 'arn:aws:kafka:us-east-1:1:cluster/c/uuid',
      FunctionArn: arn('function:land'),
      State: 'Enabled',
      BatchSize: 7,
      Topics: ['quotes'],
      LastModified: expect.any(Date),
    });
    expect((await get('m-2')).State).toBe('Disabled');
    await expect(get('m-3')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('are listed by function, by source and page by page', async () => {
    const ids = async (filter: ListEventSourceMappingsCommandInput): Promise<unknown> => {
      const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand(filter));
      return EventSourceMappings.map(({ UUID }) => UUID);
    };
    expect(await ids({})).toEqual(['m-1', 'm-2']);
    expect(await ids({ FunctionName: 'curate' })).toEqual(['m-2']);
    expect(await ids({ FunctionName: arn('function:land') })).toEqual(['m-1']);
    expect(await ids({ EventSourceArn: 'arn:aws:sqs:us-east-1:1:work' })).toEqual(['m-2']);
    expect(await ids({ FunctionName: 'none' })).toEqual([]);
    const { NextMarker } = await lambda.send(new ListEventSourceMappingsCommand({ MaxItems: 1 }));
    expect(await ids({ MaxItems: 1, Marker: NextMarker })).toEqual(['m-2']);
  });

  test('stop polling when they are disabled, and poll again when they are enabled', async () => {
    expect(poller.polling).toBe(true);
    const letStop = poller.hold();
    expect((await enable('m-1', false)).State).toBe('Disabling');
    await expect(enable('m-1', true)).rejects.toMatchObject({ name: 'ResourceInUseException' });
    expect((await get('m-1')).State).toBe('Disabling');
    letStop();
    await inState('m-1', 'Disabled');
    expect(poller.polling).toBe(false);
    const letStart = poller.hold();
    expect((await enable('m-1', true)).State).toBe('Enabling');
    letStart();
    await inState('m-1', 'Enabled');
    expect(poller.polling).toBe(true);
    expect((await enable('m-1', true)).State).toBe('Enabled');
  });

  test('that were never enabled begin to poll when they are', async () => {
    expect((await enable('m-2', true)).State).toBe('Enabling');
    await inState('m-2', 'Enabled');
  });

  test('whose poller cannot start say why', async () => {
    const broken = {
      start: () => Promise.reject(new Error('not let in')),
      stop: () => Promise.resolve(),
    };
    sources.add(mapping('m-4', { enabled: false }), [broken]);
    await enable('m-4', true);
    await inState('m-4', 'Disabled');
    expect((await get('m-4')).LastProcessingResult).toBe(
      'PROBLEM: stack/m-4 (AWS::Lambda::EventSourceMapping): land cannot poll topic quotes: not let in',
    );
  });

  test('take no change but Enabled, by name', async () => {
    await expect(enable('m-1', true, { BatchSize: 9 })).rejects.toMatchObject({
      name: 'NotImplementedException',
      message: expect.stringContaining('UpdateEventSourceMapping of BatchSize') as unknown,
    });
  });

  test('are changed by who may change this one', async () => {
    const update = 'lambda:UpdateEventSourceMapping';
    const other = new LambdaClient(
      endpoint.role('updater', [allow(update, arn('event-source-mapping:m-2'))]),
    );
    await expect(
      other.send(new UpdateEventSourceMappingCommand({ UUID: 'm-1', Enabled: true })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await other.send(new UpdateEventSourceMappingCommand({ UUID: 'm-2', Enabled: true }));
  });
});
