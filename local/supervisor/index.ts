/** Starts the processes of a run through a guard that outlives the run just long enough to take them all down. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TickerlakeError } from '../../core/errors.ts';
import { signalGroup } from '../../scripts/setup/process.mjs';
import type { Exit, Report, Request, SpawnOptions } from './protocol.ts';

export type { Exit, SpawnOptions } from './protocol.ts';

/** A process that the guard started and will end. */
export interface ManagedProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the process has ended, however it did; never rejects. */
  readonly exited: Promise<Exit>;
  /** Signals the process and what it started in its group. */
  kill(signal?: NodeJS.Signals): void;
}

export interface Guard {
  readonly pid: number;
  /** Starts a process in a group of its own. Rejects (ENGINE_FAILED) when it cannot be started. */
  spawn(options: SpawnOptions): Promise<ManagedProcess>;
  /** Ends every process (SIGTERM, after 3 s SIGKILL) and the guard itself; resolves when none is left. */
  stopAll(): Promise<void>;
}

export interface GuardOptions {
  /** File that names what runs, for `endStaleProcesses` after a guard that was itself killed. @default - none */
  readonly journalFile?: string;
  /** Where the guard's own errors go. @default - discarded */
  readonly logFile?: string;
}

interface Pending {
  readonly name: string;
  readonly resolve: (process: ManagedProcess) => void;
  readonly reject: (error: Error) => void;
}

/** Starts a guard. It does not keep the run's event loop alive: a run that just ends is cleaned up after. */
export async function startGuard(options: GuardOptions = {}): Promise<Guard> {
  const program = join(import.meta.dirname, 'guard-process.ts');
  const log = openLog(options.logFile);
  // A process group of its own: a terminal's Ctrl-C must reach the run, which stops things in order.
  const child = spawn(
    process.execPath,
    [program, ...(options.journalFile === undefined ? [] : [options.journalFile])],
    { detached: true, stdio: ['ignore', log ?? 'ignore', log ?? 'ignore', 'ipc'] },
  );
  if (log !== undefined) closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      reject(new TickerlakeError('ENGINE_FAILED', `the guard process does not start: ${cause.message}`));
    });
  });
  return new ProcessGuard(child);
}

function openLog(logFile: string | undefined): number | undefined {
  if (logFile === undefined) return undefined;
  mkdirSync(dirname(logFile), { recursive: true });
  return openSync(logFile, 'a');
}

class ProcessGuard implements Guard {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  readonly #running = new Map<number, (exit: Exit) => void>();
  readonly #ended: Promise<void>;
  #lastId = 0;
  #stopping = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    child.on('message', (report: Report) => {
      this.#receive(report);
    });
    this.#ended = new Promise((resolve) => {
      child.once('exit', () => {
        this.#lose();
        resolve();
      });
    });
    child.unref();
    child.channel?.unref();
  }

  spawn(options: SpawnOptions): Promise<ManagedProcess> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (!this.#child.connected || this.#stopping) {
        reject(new TickerlakeError('ENGINE_FAILED', `${options.name} does not start: the guard has ended`));
        return;
      }
      this.#pending.set(id, { name: options.name, resolve, reject });
      this.#child.channel?.ref();
      this.#send({ type: 'spawn', id, options });
    });
  }

  async stopAll(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      this.#child.ref();
      if (this.#child.connected) this.#send({ type: 'stop' });
    }
    await this.#ended;
  }

  #send(request: Request): void {
    // A channel that closes under a message is told by 'exit'.
    this.#child.send(request, () => undefined);
  }

  #receive(report: Report): void {
    switch (report.type) {
      case 'spawned': {
        const pending = this.#take(report.id);
        pending?.resolve(this.#manage(pending.name, report.pid));
        return;
      }
      case 'failed': {
        const pending = this.#take(report.id);
        pending?.reject(
          new TickerlakeError('ENGINE_FAILED', `${pending.name} does not start: ${report.message}`),
        );
        return;
      }
      case 'exited':
        this.#running.get(report.pid)?.(report.exit);
        this.#running.delete(report.pid);
        return;
      case 'stopped':
        return;
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#child.channel?.unref();
    return pending;
  }

  #manage(name: string, pid: number): ManagedProcess {
    const exited = new Promise<Exit>((resolve) => {
      this.#running.set(pid, resolve);
    });
    const kill = (signal: NodeJS.Signals = 'SIGTERM'): void => {
      if (this.#child.connected) this.#send({ type: 'kill', pid, signal });
    };
    return { name, pid, exited, kill };
  }

  /** The guard has ended: in order, or killed, and then what it left is ours to end. */
  #lose(): void {
    for (const { name, reject } of this.#pending.values()) {
      reject(new TickerlakeError('ENGINE_FAILED', `${name} does not start: the guard has ended`));
    }
    this.#pending.clear();
    for (const [pid, resolve] of this.#running) {
      signalGroup(pid, 'SIGKILL');
      resolve({ code: null, signal: 'SIGKILL' });
    }
    this.#running.clear();
  }
}
