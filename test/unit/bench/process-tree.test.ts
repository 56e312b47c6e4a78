import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  measureTree,
  parseTimes,
  type TreeFigures,
  type TreeOptions,
} from '../../../bench/harness/process-tree.ts';
import { type Guard, startGuard } from '../../../local/supervisor/index.ts';

let guard: Guard;
let folder: string;

beforeAll(async () => {
  guard = await startGuard();
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-tree-'));
});

afterAll(async () => {
  await guard.stopAll();
  await rm(folder, { recursive: true });
});

/** Runs a program of Node's. */
const run = (program: string, more: Partial<TreeOptions> = {}): Promise<TreeFigures> =>
  measureTree(guard, {
    name: 'program',
    command: process.execPath,
    args: ['-e', program],
    logFile: join(folder, 'program.log'),
    ...more,
  });

const BURN = 'const until = process.cpuUsage().user + 1e6; while (process.cpuUsage().user < until);';

describe('measuring a process tree', () => {
  test('counts the CPU time and the memory of what the program started', async () => {
    const program = `globalThis.held = Buffer.alloc(150e6, 1); ${BURN}`;
    const below = ['-c', '"$0" -e "$1"; exit $?', process.execPath, program];
    const figures = await run(program, { command: '/bin/sh', args: below });
    expect(figures.cpuSeconds).toBeGreaterThan(1);
    expect(figures.cpuSeconds).toBeLessThan(5);
    expect(figures.peakBytes).toBeGreaterThan(150e6);
    expect(figures.wallSeconds).toBeGreaterThan(figures.cpuSeconds / 4);
  }, 30_000);

  test('ends a program that never ends once it is done, and still counts it', async () => {
    const isDone = async (): Promise<boolean> =>
      (await readFile(join(folder, 'program.log'), 'utf8')).includes('all is written');
    const { cpuSeconds } = await run(
      `${BURN} console.log('all is written'); setInterval(() => undefined, 1e6);`,
      { isDone },
    );
    expect(cpuSeconds).toBeGreaterThan(1);
  }, 30_000);

  test('says how a program failed, with the end of its log', async () => {
    await expect(run("console.log('no such topic'); process.exit(3)")).rejects.toThrow(
      /^program ended with exit code 3; the end of its log:\n(.*\n)* {2}no such topic$/,
    );
  }, 30_000);

  test('ends a program that takes too long', async () => {
    await expect(run('setInterval(() => undefined, 1e6)', { timeoutMs: 500 })).rejects.toThrow(
      'program took longer than 1 s',
    );
  }, 30_000);
});

test('reads minutes and seconds of the children, not of the shell', () => {
  expect(parseTimes('0m7.000000s 0m8.000000s\n2m3.250000s 0m0.500000s\n')).toBe(123.75);
  expect(parseTimes('')).toBeUndefined();
});
