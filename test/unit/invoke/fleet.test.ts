import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Fleet } from '../../../local/invoke/fleet.ts';
import type { FunctionDefinition } from '../../../local/invoke/function-definition.ts';
import type { Invocation } from '../../../local/invoke/function-pool.ts';
import { directProcesses } from '../../helpers/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
const logs = join(folder, 'logs');
/** One that is there: of another Node warns, some time, in the middle of the log. */
const caFile = join(folder, 'ca.pem');
writeFileSync(caFile, rootCertificates[0] ?? '');
let issued = 0;
const invocations: Invocation[] = [];
const fleet = new Fleet({
  processes: directProcesses,
  node: process.execPath,
  surroundings: () => Promise.resolve({ endpoint: 'http://127.0.0.1:1', region: 'eu-west-1', caFile }),
  issueCredentials: (roleName) => ({
    accessKeyId: `${roleName}-${++issued}`,
    secretAccessKey: 's',
    sessionToken: 't',
    expiration: new Date(Date.now() + 3600_000),
  }),
  logsDirectory: logs,
  logName: (name) => name,
  onWarning: () => undefined,
  onInvocation: (invocation) => void invocations.push(invocation),
});

function add(name: string, code: string, more: Partial<FunctionDefinition> = {}): void {
  const codeDirectory = join(folder, name);
  mkdirSync(codeDirectory);
  writeFileSync(join(codeDirectory, 'index.js'), code);
  fleet.add({
    name,
    arn: `arn:aws:lambda:eu-west-1:1:function:${name}`,
    handler: 'index.handler',
    codeDirectory,
    environment: { TABLE: 'quotes' },
    timeoutMs: 5000,
    memoryMb: 128,
    roleArn: `arn:aws:iam::1:role/${name}-role`,
    logGroupName: `/aws/lambda/${name}`,
    ...more,
  });
}

async function invoke(name: string, event: unknown = {}): Promise<{ result: unknown; failed: boolean }> {
  const { payload, functionError } = await fleet.pool(name).invoke(Buffer.from(JSON.stringify(event)));
  return { result: JSON.parse(payload.toString()), failed: functionError !== undefined };
}

const log = (name: string): string => readFileSync(join(logs, `${name}.log`), 'utf8');

beforeAll(() => {
  add(
    'echo',
    'let calls = 0; exports.handler = async (event, context) => ({ event, calls: ++calls, pid: process.pid, env: process.env, id: context.awsRequestId, left: context.getRemainingTimeInMillis() });',
  );
  add(
    'fails',
    'exports.handler = async () => { throw Object.assign(new Error("no"), { name: "Refused" }); };',
  );
  add(
    'hangs',
    'let calls = 0; exports.handler = (event) => event.hang ? new Promise(() => setInterval(() => {}, 1000)) : ++calls;',
    { timeoutMs: 300 },
  );
  add('exits', 'exports.handler = async () => process.exit(7);');
  add(
    'grows',
    'let calls = 0; exports.handler = ({ megabytes }) => { calls++; const held = Buffer.alloc(megabytes * 1024 * 1024, 1); return megabytes === 0 ? calls : new Promise((done) => setTimeout(() => done(held.length), 60_000)); };',
    { memoryMb: 192 },
  );
  add('broken', 'throw new Error("cannot load");');
  add('large', 'exports.handler = async () => "x".repeat(7e6);');
  add(
    'waits',
    'const fs = require("node:fs"); exports.handler = (event) => new Promise((done) => { console.log("in"); const t = setInterval(() => fs.existsSync(event.until) && (clearInterval(t), done(1)), 5); });',
    { reservedConcurrency: 1 },
  );
  add(
    'later',
    'exports.handler = async () => { setTimeout(() => { throw new Error("stray"); }, 1); await new Promise((done) => setTimeout(done, 1000)); };',
  );
});

afterAll(() => {
  fleet.stop();
  rmSync(folder, { recursive: true });
});

describe('an invocation', () => {
  test('gets the event, the template environment, the role credentials and nothing of this machine', async () => {
    const { result } = await invoke('echo', { a: 1 });
    const { event, env, id, left } = result as {
      event: unknown;
      env: Record<string, string>;
      id: string;
      left: number;
    };
    expect(event).toEqual({ a: 1 });
    expect(env).toMatchObject({
      TABLE: 'quotes',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      NODE_EXTRA_CA_CERTS: caFile,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_FUNCTION_NAME: 'echo',
    });
    expect(env['AWS_ACCESS_KEY_ID']).toMatch(/^echo-role-/);
    expect(env['HOME']).toBeUndefined();
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(left).toBeGreaterThan(1000);
  });

  test('reuses a warm environment, and a killed one starts cold', async () => {
    const first = (await invoke('echo')).result as { calls: number; pid: number };
    const second = (await invoke('echo')).result as { calls: number; pid: number };
    expect(second).toMatchObject({ pid: first.pid, calls: first.calls + 1 });
    fleet.pool('echo').killInstances();
    expect((await invoke('echo')).result).toMatchObject({ calls: 1 });
  });

  test('leaves START, END and REPORT lines with its output between them', async () => {
    await invoke('fails');
    expect(log('fails')).toMatch(
      /START RequestId: (\S+) Version: \$LATEST\n.*Invoke Error.*\n(?:.*\n)*?END RequestId: \1\nREPORT RequestId: \1\tDuration: .*Init Duration: /,
    );
  });
});

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
describe('whoever counts invocations is told', () => {
  const last = (): Invocation | undefined => invocations.at(-1);

  test('of one that succeeded, with its time but not that of the start', async () => {
    fleet.pool('echo').killInstances();
    await invoke('echo');
    const told = last();
    expect(told).toEqual({ functionName: 'echo', outcome: 'succeeded', durationMs: expect.any(Number) });
    const line = log('echo')
      .split('\n')
      .findLast((each) => each.startsWith('REPORT '));
    const report = /Duration: (\S+) ms.*Init Duration: /.exec(line ?? '');
    expect(told?.durationMs).toBeCloseTo(Number(report?.[1]), 1);
  });

  test.each(['fails', 'exits'])('of one that failed: %s', async (name) => {
    await invoke(name);
    expect(last()).toMatchObject({ functionName: name, outcome: 'failed' });
  });

  test('of one that was throttled', async () => {
    fleet.reserveConcurrency('echo', 0);
    await expect(invoke('echo')).rejects.toThrow('Rate Exceeded');
    fleet.reserveConcurrency('echo', undefined);
    expect(last()).toEqual({ functionName: 'echo', outcome: 'throttled', durationMs: 0 });
  });

  test('of nothing where the request was refused for itself', async () => {
    const told = invocations.length;
    await expect(fleet.pool('echo').invoke(Buffer.alloc(7e6))).rejects.toThrow('too large');
    expect(invocations).toHaveLength(told);
  });
});

/** Only there does the system tell how much memory a process holds. */
const onLinux = process.platform === 'linux' ? test : test.skip;

describe('a failure is worded as Lambda words it', () => {
  test('an error of the handler', async () => {
    const { result, failed } = await invoke('fails');
    expect(failed).toBe(true);
    expect(result).toMatchObject({ errorType: 'Refused', errorMessage: 'no' });
  });

  test('a time-out, after which the next invocation starts cold', async () => {
    expect((await invoke('hangs')).result).toBe(1);
    const { result, failed } = await invoke('hangs', { hang: true });
    expect(failed).toBe(true);
    expect(result).toMatchObject({ errorType: 'Sandbox.Timedout' });
    expect(JSON.stringify(result)).toContain('Task timed out after 0.30 seconds');
    expect((await invoke('hangs')).result).toBe(1);
  });

  test('an exit of the process', async () => {
    const { result } = await invoke('exits');
    expect(result).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect(JSON.stringify(result)).toContain('exit status 7');
  });

  /** https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
  onLinux('more memory than the limit, after which the next invocation starts cold', async () => {
    const pool = fleet.pool('grows');
    const { payload, functionError, logTail } = await pool.invoke(Buffer.from('{"megabytes":200}'));
    const { errorType, errorMessage } = JSON.parse(payload.toString()) as Record<string, string>;
    expect({ functionError, errorType }).toEqual({
      functionError: 'Unhandled',
      errorType: 'Runtime.ExitError',
    });
    expect(errorMessage).toMatch(
      /^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: signal: killed$/,
    );
    expect(logTail).toContain(`${errorMessage}\nRuntime.ExitError\nEND RequestId: `);
    expect(logTail).toMatch(/Memory Size: 192 MB\tMax Memory Used: 192 MB\tInit .*\tStatus: error\n$/);
    expect((await invoke('grows', { megabytes: 0 })).result).toBe(1);
  });

  test('a module that does not load', async () => {
    const { result, failed } = await invoke('broken');
    expect(failed).toBe(true);
    expect(result).toMatchObject({ errorMessage: 'cannot load' });
  });

  test('an error outside of the handler', async () => {
    expect((await invoke('later')).result).toMatchObject({ errorMessage: 'stray' });
  });

  test('a response over 6 MB', async () => {
    expect((await invoke('large')).result).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
  });
});

describe('the service refuses', () => {
  test('more at once than the reserved concurrency', async () => {
    const until = join(folder, 'go');
    const first = invoke('waits', { until });
    await expect(invoke('waits', { until })).rejects.toMatchObject({ name: 'TooManyRequestsException' });
    writeFileSync(until, '');
    await expect(first).resolves.toEqual({ result: 1, failed: false });
  });

  test('a function that does not exist', async () => {
    await expect(
      fleet.invoke({ functionName: 'absent', payload: Buffer.alloc(0), type: 'RequestResponse' }),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('a payload over 6 MB', async () => {
    await expect(fleet.pool('echo').invoke(Buffer.alloc(7e6))).rejects.toMatchObject({
      name: 'RequestTooLargeException',
    });
  });
});
