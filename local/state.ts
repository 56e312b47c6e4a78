/** The state folder: what is installed, and the one run that may be going on. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TickerlakeError } from '../core/errors.ts';
import { tryTakeLock } from '../scripts/setup/lock.mjs';
import { locate } from '../scripts/setup/parts.mjs';
import { isSameProcess, signalGroup } from '../scripts/setup/process.mjs';
import type { JournalEntry } from './supervisor/protocol.ts';

/** Raised when a run's files change in a way that older or newer code cannot read. */
export const STATE_VERSION = 1;

/** The account that a local run plays, from AWS's own examples. */
export const LOCAL_ACCOUNT = '123456789012';

/** The region that a local run plays: the caller's, or the one that most examples use. */
export function localRegion(env: NodeJS.ProcessEnv = process.env): string {
  return env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
}

/** Paths in the state folder. TICKERLAKE_HOME moves the folder; by default it is .tickerlake in the checkout. */
export interface StatePaths {
  readonly folder: string;
  readonly tools: string;
  /** Everything of the current or last run; emptied when a run starts. */
  readonly run: string;
  /** One <name>.log an engine and function. */
  readonly logs: string;
  /** What other processes need to talk to the run; holds credentials, so it is readable by its owner alone. */
  readonly runFile: string;
  /** What the run's guard has started. */
  readonly journal: string;
}

export function statePaths(env: NodeJS.ProcessEnv = process.env): StatePaths {
  const { state, tools } = locate(join(import.meta.dirname, '..'), env);
  const run = join(state, 'run');
  return {
    folder: state,
    tools,
    run,
    logs: join(run, 'logs'),
    runFile: join(run, 'run.json'),
    journal: join(state, 'processes.json'),
  };
}

/** The right to run, held by one process at a time. */
export interface RunLock {
  /** What was found and mended, one sentence each, for people. */
  readonly notices: readonly string[];
  /** Names the guard, so that whoever takes over after a kill -9 waits for no one. */
  addProcess(pid: number): void;
  /** Gives up the right to run; what the run leaves in its folder stays to be looked at. */
  release(): void;
}

/**
 * Takes the right to run and empties the run folder. What a killed run left behind is ended first.
 * Throws LAKE_ALREADY_RUNNING when another process runs, STATE_UNUSABLE when the folder cannot be written.
 */
export function takeRunLock(paths: StatePaths = statePaths()): RunLock {
  try {
    mkdirSync(paths.folder, { recursive: true });
    const { lock, holder } = tryTakeLock(join(paths.folder, 'run.lock'));
    if (lock === undefined) {
      throw new TickerlakeError('LAKE_ALREADY_RUNNING', `a lake is already running (pid ${holder})`, {
        hint: 'use it as it is, stop it with Ctrl-C, or set TICKERLAKE_HOME to run a second one',
      });
    }
    const notices = [...endStaleProcesses(paths.journal), ...checkVersion(paths)];
    rmSync(paths.run, { recursive: true, force: true });
    mkdirSync(paths.logs, { recursive: true });
    return {
      notices,
      addProcess: (pid) => {
        lock.addChild(pid);
      },
      release: () => {
        rmSync(paths.runFile, { force: true });
        lock.release();
      },
    };
  } catch (error) {
    throw error instanceof TickerlakeError ? error : unusable(paths.folder, error);
  }
}

/** Writes what other processes need to talk to this run, at once and for the owner's eyes. */
export function writeRunFile(run: object, paths: StatePaths = statePaths()): void {
  const partial = `${paths.runFile}.partial`;
  writeFileSync(partial, `${JSON.stringify({ version: STATE_VERSION, ...run }, undefined, 2)}\n`, {
    mode: 0o600,
  });
  renameSync(partial, paths.runFile);
}

/** What the running lake wrote of itself; throws LAKE_NOT_RUNNING when there is none. */
export function readRunFile(paths: StatePaths = statePaths()): unknown {
  const notRunning = new TickerlakeError('LAKE_NOT_RUNNING', 'no lake is running', { hint: 'npm run up' });
  let run: { version?: number; pid?: number };
  try {
    run = JSON.parse(readFileSync(paths.runFile, 'utf8')) as typeof run;
  } catch {
    throw notRunning;
  }
  if (run.version !== STATE_VERSION || run.pid === undefined || !isRunning(run.pid)) throw notRunning;
  return run;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function endStaleProcesses(journal: string): string[] {
  let entries: readonly JournalEntry[];
  try {
    entries = JSON.parse(readFileSync(journal, 'utf8')) as readonly JournalEntry[];
  } catch {
    return [];
  }
  const stale = entries.filter(({ pid, identity }) => isSameProcess(pid, identity));
  for (const { pid } of stale) signalGroup(pid, 'SIGKILL');
  rmSync(journal, { force: true });
  const names = stale.map(({ name }) => name).join(', ');
  return stale.length === 0 ? [] : [`ended what a killed run had left running: ${names}`];
}

function checkVersion({ folder, run }: StatePaths): string[] {
  const file = join(folder, 'version.json');
  const text = `${JSON.stringify({ version: STATE_VERSION })}\n`;
  let found: string | undefined;
  try {
    found = readFileSync(file, 'utf8');
  } catch {
    // A folder without the file is new, or of before the file.
  }
  if (found === text) return [];
  writeFileSync(file, text);
  if (found === undefined) return [];
  rmSync(run, { recursive: true, force: true });
  return ['removed what a run of another version of tickerlake had left'];
}

function unusable(folder: string, cause: unknown): TickerlakeError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason =
    {
      EACCES: 'permission denied',
      EROFS: 'read-only file system',
      ENOSPC: 'disk full',
      ENOTDIR: 'not a folder',
    }[code ?? ''] ?? message;
  return new TickerlakeError('STATE_UNUSABLE', `cannot use the state folder ${folder} (${reason})`, {
    cause,
    hint: 'make it writable, or set TICKERLAKE_HOME to a folder of your own',
  });
}
