import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Guard, startGuard } from '../../../local/supervisor/index.ts';
import { processIdentity } from '../../../scripts/setup/process.mjs';
import { until } from '../../helpers/until.ts';

let folder: string;
let guard: Guard | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-supervisor-'));
});

afterEach(async () => {
  await guard?.stopAll();
  guard = undefined;
  await rm(folder, { recursive: true, force: true });
});

const isRunning = (pid: number): boolean => processIdentity(pid) !== undefined;

const readPid = (file: string): Promise<number | undefined> =>
  until(`pid in ${file}`, () =>
    readFile(join(folder, file), 'utf8').then(
      (text) => (text.endsWith('\n') ? Number(text) : undefined),
      () => undefined,
    ),
  );

/** A shell that starts another in the background, writes both pids, and waits. */
const FAMILY = 'sleep 600 & echo $! > grandchild; echo $$ > child; wait';

const shell = (script: string, name = 'shell') => ({
  name,
  command: '/bin/sh',
  args: ['-c', script],
  cwd: folder,
  logFile: join(folder, 'logs', `${name}.log`),
});

describe('a process of the guard', () => {
  test('reports its exit code', async () => {
    guard = await startGuard();
    const process = await guard.spawn(shell('exit 7'));
    expect(await process.exited).toEqual({ code: 7, signal: null });
  });

  test('reports the signal that ended it', async () => {
    guard = await startGuard();
    const process = await guard.spawn(shell('sleep 600'));
    process.kill('SIGKILL');
    expect(await process.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('appends both of its outputs to its log', async () => {
    guard = await startGuard();
    await (await guard.spawn(shell('echo one; echo two >&2'))).exited;
    await (await guard.spawn(shell('echo three'))).exited;
    expect(await readFile(join(folder, 'logs/shell.log'), 'utf8')).toBe('one\ntwo\nthree\n');
  });

  test('has just the environment that it was given', async () => {
    guard = await startGuard();
    const process = await guard.spawn({ ...shell('/usr/bin/env'), env: { ONLY: 'this', NOT: undefined } });
    await process.exited;
    const lines = (await readFile(join(folder, 'logs/shell.log'), 'utf8')).trim().split('\n');
    expect(lines.filter((line) => !/^(PWD|OLDPWD|_|SHLVL)=/.test(line))).toEqual(['ONLY=this']);
  });

  test('that cannot be started is an error which names it', async () => {
    guard = await startGuard();
    const options = { ...shell(''), name: 'ghost', command: join(folder, 'no-such-program') };
    await expect(guard.spawn(options)).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('ghost does not start') as unknown,
    });
  });

  test('takes what it left in its group with it when it ends', async () => {
    guard = await startGuard();
    const process = await guard.spawn(shell('sleep 600 & echo $! > grandchild'));
    const grandchild = await readPid('grandchild');
    await process.exited;
    await until('the grandchild has ended', () => !isRunning(grandchild ?? 0));
  });
});

describe('stopAll', () => {
  test('ends processes and what they had started', async () => {
    guard = await startGuard();
    const process = await guard.spawn(shell(FAMILY));
    const grandchild = (await readPid('grandchild')) ?? 0;
    const guardPid = guard.pid;
    await guard.stopAll();
    expect([process.pid, guardPid].filter(isRunning)).toEqual([]);
    // Its parent is gone, so that nobody can wait for it: it ends by the same signal, in its own time.
    await until('the grandchild has ended', () => !isRunning(grandchild));
    expect((await process.exited).signal).toBe('SIGTERM');
  });

  test('kills what does not end when asked', async () => {
    guard = await startGuard();
    const process = await guard.spawn(shell("trap '' TERM; echo $$ > child; while true; do sleep 1; done"));
    await readPid('child');
    await guard.stopAll();
    expect(isRunning(process.pid)).toBe(false);
  });

  test('refuses new processes', async () => {
    guard = await startGuard();
    await guard.stopAll();
    await expect(guard.spawn(shell('exit 0'))).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  });
});

describe('when the run is killed', () => {
  /** A run of its own: starts a guard and a family, writes the guard's pid, and lives on. */
  async function startRun(): Promise<{ run: number; pids: number[]; ended: Promise<unknown> }> {
    const program = join(folder, 'run.ts');
    const supervisor = join(import.meta.dirname, '../../../local/supervisor/index.ts');
    const journal = JSON.stringify(join(folder, 'journal.json'));
    await writeFile(
      program,
      `import { writeFileSync } from 'node:fs';
       import { startGuard } from ${JSON.stringify(supervisor)};
       const guard = await startGuard({ journalFile: ${journal} });
       await guard.spawn(${JSON.stringify(shell(FAMILY))});
       writeFileSync('guard', guard.pid + '\\n');
       setInterval(() => undefined, 1000);`,
    );
    const run = spawn(process.execPath, ['--no-warnings', program], { cwd: folder, stdio: 'ignore' });
    const pids = await Promise.all(['guard', 'child', 'grandchild'].map(readPid));
    return { run: run.pid ?? 0, pids: pids.map((pid) => pid ?? 0), ended: once(run, 'exit') };
  }

  test('with SIGKILL, nothing is left', async () => {
    const { run, pids, ended } = await startRun();
    process.kill(run, 'SIGKILL');
    await ended;
    await until('all have ended', () => !pids.some(isRunning));
  });

  test('the guard itself with SIGKILL, the run ends what the guard had started', async () => {
    guard = await startGuard();
    const process_ = await guard.spawn(shell(FAMILY));
    const grandchild = (await readPid('grandchild')) ?? 0;
    process.kill(guard.pid, 'SIGKILL');
    expect((await process_.exited).signal).toBe('SIGKILL');
    await until('all have ended', () => ![process_.pid, grandchild].some(isRunning));
  });

  test('together with its guard, the journal names what is left', async () => {
    const { run, pids, ended } = await startRun();
    const [guardPid = 0, child = 0] = pids;
    const journal = JSON.parse(await readFile(join(folder, 'journal.json'), 'utf8')) as object[];
    process.kill(run, 'SIGSTOP');
    process.kill(guardPid, 'SIGKILL');
    process.kill(run, 'SIGKILL');
    await ended;
    expect(journal).toEqual([{ name: 'shell', pid: child, identity: processIdentity(child) }]);
    process.kill(-child, 'SIGKILL');
    await until('all have ended', () => !pids.some(isRunning));
  });
});
