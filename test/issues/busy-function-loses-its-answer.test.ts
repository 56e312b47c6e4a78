/**
 * A function that works for longer than five seconds without a pause answered into a connection that the runtime had closed meanwhile:
 * `read ECONNRESET`, an invocation that counted as failed and was repeated.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { Fleet } from '../../local/invoke/fleet.ts';
import { directProcesses } from '../helpers/processes.ts';

const BUSY_MS = 7000;
const folder = mkdtempSync(join(tmpdir(), 'busy-'));
const fleet = new Fleet({
  processes: directProcesses,
  node: process.execPath,
  surroundings: () =>
    Promise.resolve({ endpoint: 'http://127.0.0.1:1', region: 'eu-west-1', caFile: '/tmp/ca.pem' }),
  issueCredentials: () => ({
    accessKeyId: 'a',
    secretAccessKey: 's',
    sessionToken: 't',
    expiration: new Date(Date.now() + 3600_000),
  }),
  logsDirectory: join(folder, 'logs'),
  logName: (name) => name,
  onWarning: () => undefined,
});

afterAll(() => {
  fleet.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('an answer after a long while of work arrives', async () => {
  const codeDirectory = join(folder, 'busy');
  mkdirSync(codeDirectory);
  const code = `exports.handler = async () => {
    await new Promise((done) => setTimeout(done, 1));
    const end = Date.now() + ${BUSY_MS};
    while (Date.now() < end);
    return 'done';
  };`;
  writeFileSync(join(codeDirectory, 'index.js'), code);
  fleet.add({
    name: 'busy',
    arn: 'arn:aws:lambda:eu-west-1:1:function:busy',
    handler: 'index.handler',
    codeDirectory,
    environment: {},
    timeoutMs: 30_000,
    memoryMb: 128,
    roleArn: 'arn:aws:iam::1:role/busy-role',
    logGroupName: '/aws/lambda/busy',
  });
  const { payload, functionError } = await fleet.pool('busy').invoke(Buffer.from('{}'));
  expect({ functionError, answer: payload.toString() }).toEqual({
    functionError: undefined,
    answer: '"done"',
  });
}, 60_000);
