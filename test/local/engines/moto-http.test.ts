/** The emulator's HTTP: one connection for many requests, whatever becomes of their bodies. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startMoto } from '../../../local/engines/moto.ts';
import { type Guard, startGuard } from '../../../local/supervisor/index.ts';
import { toolPaths } from '../../../local/tools.ts';

const AUTHORIZATION = 'AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request';

let folder: string;
let guard: Guard;
let endpoint: string;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-moto-'));
  guard = await startGuard();
  ({ endpoint } = await startMoto(guard, { dir: folder }));
  await send('PUT', '/bucket');
}, 60_000);

afterAll(async () => {
  agent.destroy();
  await guard.stopAll();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
  /** The connection's own port: tells connections apart. */
  readonly port: number | undefined;
}

async function send(method: string, path: string, body = '', more: object = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const length = 'transfer-encoding' in more ? {} : { 'content-length': body.length };
  const headers = { authorization: AUTHORIZATION, ...length, ...more };
  const outgoing = request(`${endpoint}${path}`, { method, agent, headers }, (response) => {
    const { localPort: port } = response.socket;
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => {
      resolve({ status: response.statusCode, text, port });
    });
  });
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}

test('a connection serves one request after another', async () => {
  const put = await send('PUT', '/bucket/a', 'first');
  const head = await send('HEAD', '/bucket/a');
  const got = await send('GET', '/bucket/a');
  const removed = await send('DELETE', '/bucket/a');
  const missing = await send('GET', '/bucket/a');
  expect([put, head, got, removed, missing].map(({ status }) => status)).toEqual([200, 200, 200, 204, 404]);
  expect(got.text).toBe('first');
  expect(new Set([put, head, got, removed, missing].map(({ port }) => port)).size).toBe(1);
});

test('a body that nobody asked for is not taken for the next request', async () => {
  const first = await send('GET', '/moto-api/data.json', 'DELETE /bucket HTTP/1.1\r\n\r\n');
  const next = await send('PUT', '/bucket/b', 'second');
  expect([first.status, next.status, next.port]).toEqual([200, 200, first.port]);
  expect((await send('GET', '/bucket/b')).text).toBe('second');
});

test('a chunked body is taken whole', async () => {
  const chunked = { 'transfer-encoding': 'chunked' };
  const put = await send('PUT', '/bucket/c', 'in chunks', chunked);
  const got = await send('GET', '/bucket/c');
  expect([put.status, got.text, got.port]).toEqual([200, 'in chunks', put.port]);
});

test('a body that breaks off is no object', async () => {
  const { hostname, port } = new URL(endpoint);
  const socket = connect(Number(port), hostname);
  socket.write(
    `PUT /bucket/d HTTP/1.1\r\nhost: x\r\nauthorization: ${AUTHORIZATION}\r\ncontent-length: 100\r\n\r\nhalf`,
  );
  await new Promise<void>((resolve) => socket.end(resolve));
  await new Promise((resolve) => socket.resume().once('close', resolve));
  expect((await send('GET', '/bucket/d')).status).toBe(404);
});

test('parameters are served without loading EC2, which comes when it is asked for', async () => {
  const program = `
import sys
import ssm_mends
ssm_mends.load()
from moto.ssm.models import ec2_backends
print("moto.ec2.models" in sys.modules)
print(type(ec2_backends["123456789012"]["us-east-1"]).__name__)
`;
  const { stdout } = await promisify(execFile)(toolPaths().python, ['-s', '-B', '-c', program], {
    env: { ...process.env, PYTHONPATH: join(import.meta.dirname, '../../../local/engines/moto') },
  });
  expect(stdout.trim().split('\n')).toEqual(['False', 'EC2Backend']);
}, 60_000);
