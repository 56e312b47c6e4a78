import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { lastLogLine } from '../../../cli/jobs/last-log-line.ts';

let logsDir: string;
beforeEach(async () => {
  logsDir = await mkdtemp(join(tmpdir(), 'tickerlake-logs-'));
});
afterEach(async () => {
  await rm(logsDir, { recursive: true, force: true });
});

const write = (text: string): Promise<void> => writeFile(join(logsDir, 'compact.log'), text);

test('is the last whole line, warnings left out, of a log of any size', async () => {
  const read = lastLogLine({ logsDir }, 'compact', 0);
  await write(`${'x'.repeat(10_000)}\n00:53:52 INFO 5 files merged\n26/11/21 WARN Spark: noise\n\n`);
  expect(await read()).toBe('5 files merged');
  await write(`INFO ${'y'.repeat(500)}\n`);
  expect((await read())?.length).toBe(100);
});

test('is nothing where there is no log, or one of an earlier run', async () => {
  const read = lastLogLine({ logsDir }, 'compact');
  expect(await read()).toBeUndefined();
  await write('INFO of yesterday\n');
  const yesterday = new Date(Date.now() - 86_400_000);
  await utimes(join(logsDir, 'compact.log'), yesterday, yesterday);
  expect(await read()).toBeUndefined();
});
