/**
 * The guard: a process that starts every other process of a run, each in a process group of its own, and takes all of
 * them down when the run ends, be it by kill -9 (the IPC channel closes then, whatever happened at the other end).
 * Run as `node guard-process.ts [journal file]`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { processIdentity, signalGroup } from '../../scripts/setup/process.mjs';
import type { JournalEntry, Report, Request, SpawnOptions } from './protocol.ts';

/** How long a process may take to end in order before it is killed. */
const GRACE_MS = 3000;

const journalFile = process.argv[2];
const running = new Map<number, { readonly child: ChildProcess; readonly entry: JournalEntry }>();
let stopping = false;

function report(message: Report): void {
  // The run may have gone: its channel's end is handled below, a lost report is not worth an error.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function writeJournal(): void {
  if (journalFile === undefined) return;
  try {
    const entries = [...running.values()].map(({ entry }) => entry);
    writeFileSync(`${journalFile}.partial`, JSON.stringify(entries));
    renameSync(`${journalFile}.partial`, journalFile);
  } catch {
    // A state folder that was removed under us must not keep us from taking processes down.
  }
}

function start(id: number, options: SpawnOptions): void {
  const fail = (error: unknown): void => {
    const { code = 'UNKNOWN', message } = error as NodeJS.ErrnoException;
    report({ type: 'failed', id, code, message });
  };
  let log: number | undefined;
  try {
    mkdirSync(dirname(options.logFile), { recursive: true });
    log = openSync(options.logFile, 'a');
    const child = spawn(options.command, options.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: options.env ?? process.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
    child.once('error', fail);
    const { pid } = child;
    if (pid === undefined) return;
    running.set(pid, { child, entry: { name: options.name, pid, identity: processIdentity(pid) ?? '' } });
    child.once('exit', (code, signal) => {
      // What the process had started in its group ends with it.
      signalGroup(pid, 'SIGKILL');
      running.delete(pid);
      writeJournal();
      report({ type: 'exited', pid, exit: { code, signal } });
    });
    writeJournal();
    report({ type: 'spawned', id, pid });
  } catch (error) {
    fail(error);
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

/** Ends every process: asked first, killed after the grace. */
async function stopAll(): Promise<void> {
  if (stopping) return;
  stopping = true;
  const ended = [...running.values()].map(
    ({ child }) =>
      new Promise((resolve) => {
        child.once('exit', resolve);
      }),
  );
  for (const pid of running.keys()) signalGroup(pid, 'SIGTERM');
  const kill = setTimeout(() => {
    for (const pid of running.keys()) signalGroup(pid, 'SIGKILL');
  }, GRACE_MS);
  await Promise.all(ended);
  clearTimeout(kill);
  if (journalFile !== undefined) rmSync(journalFile, { force: true });
  report({ type: 'stopped' });
  process.exit(0);
}

process.on('message', (request: Request) => {
  if (request.type === 'stop') void stopAll();
  else if (request.type === 'kill') {
    if (running.has(request.pid)) signalGroup(request.pid, request.signal);
  } else if (stopping) {
    report({ type: 'failed', id: request.id, code: 'STOPPING', message: 'the run is stopping' });
  } else start(request.id, request.options);
});
process.on('disconnect', () => void stopAll());
process.on('SIGTERM', () => void stopAll());
// A terminal's Ctrl-C or hang-up is the run's to handle; it tells us when it is done.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
