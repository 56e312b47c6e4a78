import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readRunFile, type StatePaths, statePaths, takeRunLock, writeRunFile } from '../../../local/state.ts';
import { processIdentity } from '../../../scripts/setup/process.mjs';
import { until } from '../../helpers/until.ts';

let folder: string;
let paths: StatePaths;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-state-'));
  paths = statePaths({ TICKERLAKE_HOME: folder });
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Another process that takes the run lock and lives on until it is killed. */
async function startOtherRun(): Promise<{ pid: number; kill(): Promise<void> }> {
  const program = join(folder, 'other.ts');
  const state = JSON.stringify(join(import.meta.dirname, '../../../local/state.ts'));
  await writeFile(
    program,
    `import { takeRunLock, writeRunFile } from ${state};
     takeRunLock();
     writeRunFile({ pid: process.pid });
     setInterval(() => undefined, 1000);`,
  );
  const env = { ...process.env, TICKERLAKE_HOME: folder };
  const child = spawn(process.execPath, ['--no-warnings', program], { env, stdio: 'ignore' });
  await until('the other run', () => stat(paths.runFile).catch(() => false));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { pid: child.pid ?? 0, kill };
}

describe('the run lock', () => {
  test('is refused while another process runs, and says which', async () => {
    const other = await startOtherRun();
    expect(() => takeRunLock(paths)).toThrow(
      expect.objectContaining({
        code: 'LAKE_ALREADY_RUNNING',
        message: `a lake is already running (pid ${String(other.pid)})`,
      }),
    );
    await other.kill();
  });

  test('of a killed run is taken over', async () => {
    await (await startOtherRun()).kill();
    takeRunLock(paths).release();
  });

  test('can be taken again after it was released', () => {
    takeRunLock(paths).release();
    takeRunLock(paths).release();
  });

  test('empties what the last run left', async () => {
    takeRunLock(paths).release();
    await writeFile(join(paths.logs, 'land-quotes.log'), 'old');
    takeRunLock(paths).release();
    expect(await readdir(paths.run)).toEqual(['logs']);
  });

  test('leaves what is installed alone', async () => {
    await mkdir(paths.tools, { recursive: true });
    await writeFile(join(paths.tools, 'kept'), '');
    takeRunLock(paths).release();
    expect(await readdir(paths.tools)).toEqual(['kept']);
  });

  test('ends what the journal of a killed run still names', async () => {
    const left = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
    const pid = left.pid ?? 0;
    await writeFile(paths.journal, JSON.stringify([{ name: 'kafka', pid, identity: processIdentity(pid) }]));
    const lock = takeRunLock(paths);
    expect(lock.notices).toEqual(['ended what a killed run had left running: kafka']);
    await until('it has ended', () => processIdentity(pid) === undefined);
    lock.release();
  });

  test('never ends a stranger that has got a dead process’s pid', async () => {
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
    const entry = { name: 'kafka', pid: stranger.pid, identity: 'start 1' };
    await writeFile(paths.journal, JSON.stringify([entry]));
    takeRunLock(paths).release();
    expect(processIdentity(stranger.pid ?? 0)).toBeDefined();
    stranger.kill('SIGKILL');
  });

  test('clears what another version left, and says so', async () => {
    await mkdir(paths.run, { recursive: true });
    await writeFile(join(folder, 'version.json'), '{"version":0}');
    const lock = takeRunLock(paths);
    expect(lock.notices).toEqual(['removed what a run of another version of tickerlake had left']);
    lock.release();
    expect(takeRunLock(paths).notices).toEqual([]);
  });

  test('on a folder that cannot be one is an error with its fix', async () => {
    await writeFile(join(folder, 'file'), '');
    const impossible = statePaths({ TICKERLAKE_HOME: join(folder, 'file') });
    expect(() => takeRunLock(impossible)).toThrow(
      expect.objectContaining({ code: 'STATE_UNUSABLE', hint: expect.stringContaining('TICKERLAKE_HOME') }),
    );
  });
});

describe('the run file', () => {
  test('is for its owner alone', async () => {
    takeRunLock(paths);
    writeRunFile({ pid: process.pid }, paths);
    expect((await stat(paths.runFile)).mode & 0o777).toBe(0o600);
  });

  test('is read back', () => {
    takeRunLock(paths);
    writeRunFile({ pid: process.pid, endpoint: 'http://127.0.0.1:1' }, paths);
    expect(readRunFile(paths)).toMatchObject({ endpoint: 'http://127.0.0.1:1' });
  });

  test.each([
    ['absent', undefined],
    ['of a process that has ended', (text: string) => text.replace(/"pid": \d+/, '"pid": 4194305')],
    ['of another version', (text: string) => text.replace(/"version": \d+/, '"version": 0')],
    ['cut short', (text: string) => text.slice(0, 10)],
  ])('%s means that no lake is running', async (_case, change) => {
    takeRunLock(paths);
    if (change !== undefined) {
      writeRunFile({ pid: process.pid }, paths);
      await writeFile(paths.runFile, change(await readFile(paths.runFile, 'utf8')));
    }
    expect(() => readRunFile(paths)).toThrow(expect.objectContaining({ code: 'LAKE_NOT_RUNNING' }));
  });
});
