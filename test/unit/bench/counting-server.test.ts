import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { CountingServer } from '../../../bench/scan/counting-server.ts';

const BYTES = 6_000_000;
const folder = mkdtempSync(join(tmpdir(), 'tickerlake-counting-'));
let server: CountingServer;

beforeAll(async () => {
  writeFileSync(join(folder, 'digits'), '0123456789');
  writeFileSync(join(folder, 'large'), Buffer.alloc(BYTES));
  server = await CountingServer.start(folder, 0);
});

beforeEach(() => {
  server.reset();
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function get(path: string, range?: string): Promise<string> {
  const response = await fetch(`${server.url}/${path}`, { headers: range === undefined ? {} : { range } });
  return `${response.status} ${await response.text()}`;
}

test.each([
  [undefined, '200 0123456789', 10],
  ['bytes=2-4', '206 234', 3],
  ['bytes=8-', '206 89', 2],
  ['bytes=8-100', '206 89', 2],
])('range %s of a file is %s, and counts as %i bytes', async (range, answer, bytes) => {
  expect(await get('digits', range)).toBe(answer);
  expect(server.traffic).toEqual({ bytes, requests: 1 });
});

test('what is too large for one piece is counted to the last byte', async () => {
  await get('large');
  await get('large', 'bytes=1-');
  expect(server.traffic).toEqual({ bytes: 2 * BYTES - 1, requests: 2 });
});

test('to ask for a size alone, or for what is not there, reads nothing', async () => {
  const { headers } = await fetch(`${server.url}/digits`, { method: 'HEAD' });
  expect(headers.get('content-length')).toBe('10');
  expect(await get('../digits-of-others')).toMatch(/^404/);
  expect(server.traffic).toEqual({ bytes: 0, requests: 0 });
});
