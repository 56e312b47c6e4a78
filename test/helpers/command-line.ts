/** Runs the command `tickerlake` as its users do: as a process, in a state folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assembliesIn } from '../../cli/assembly/synthesize.ts';
import { statePaths } from '../../local/state.ts';
import { assemblyOf } from './local-lake.ts';
import { until } from './until.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly finished: Promise<Finished>;
}

export class CommandLine {
  readonly home = mkdtempSync(join(tmpdir(), 'tickerlake-cli-'));
  readonly #started: ChildProcess[] = [];

  /** Takes over the tools and the templates of this checkout, so that no test waits for them. */
  async prepare(): Promise<void> {
    const { tools } = statePaths();
    symlinkSync(tools, join(this.home, 'tools'));
    await assemblyOf('dev');
    cpSync(assembliesIn(statePaths().folder), assembliesIn(this.home), { recursive: true });
  }

  start(...args: string[]): Started {
    const child = spawn(process.execPath, ['cli/tickerlake.ts', ...args], {
      cwd: ROOT,
      env: { ...process.env, TICKERLAKE_HOME: this.home, NODE_OPTIONS: '', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#started.push(child);
    const texts = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      texts.out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      texts.err += text;
    });
    const finished = new Promise<Finished>((resolve) => {
      child.once('close', (code) => {
        resolve({ code, ...texts });
      });
    });
    return { process: child, out: () => texts.out, err: () => texts.err, finished };
  }

  run(...args: string[]): Promise<Finished> {
    return this.start(...args).finished;
  }

  /** Pids of what the guard of this state folder has started. */
  engines(): readonly number[] {
    const { journal } = statePaths({ TICKERLAKE_HOME: this.home });
    if (!existsSync(journal)) return [];
    return (JSON.parse(readFileSync(journal, 'utf8')) as { pid: number }[]).map(({ pid }) => pid);
  }

  /** Ends what a failed test left, and the folder. */
  async remove(): Promise<void> {
    for (const child of this.#started) {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    }
    await until('the end of all commands', () =>
      this.#started.every((child) => child.exitCode !== null || child.signalCode !== null),
    );
    rmSync(this.home, { recursive: true, force: true });
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
