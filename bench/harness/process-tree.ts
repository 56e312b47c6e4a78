/** Runs a program and measures it with everything that it starts: CPU time, most memory held at once, wall time. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TickerlakeError } from '../../core/errors.ts';
import type { Guard } from '../../local/supervisor/index.ts';

export interface TreeOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment. @default - that of this process */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Its output. Beside it stands, for a while, a file of the same name and `.times`. */
  readonly logFile: string;
  /** @default 15 minutes */
  readonly timeoutMs?: number;
  /** Asked all the time: once it says true, the program is told to end (SIGTERM). @default - it ends by itself */
  readonly isDone?: () => Promise<boolean>;
}

export interface TreeFigures {
  /** User and system time of the program and of all below it, but for what nobody waited for. */
  readonly cpuSeconds: number;
  /** Resident memory of all its processes together, sampled ten times a second; pages that they share count for each. */
  readonly peakBytes: number;
  readonly wallSeconds: number;
}

const SAMPLE_MS = 100;
const DEFAULT_TIMEOUT_MS = 15 * 60_000;
const GRACE_MS = 30_000;
/** The shell outlives a signal to its group and says what its children took: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#times */
const SHELL = 'trap : TERM; times_file=$1; shift; "$@"; code=$?; times > "$times_file"; exit "$code"';

/** @throws TickerlakeError ENGINE_FAILED if it fails, with the end of its log, or takes too long */
export async function measureTree(guard: Guard, options: TreeOptions): Promise<TreeFigures> {
  const { name, command, args, env, cwd, logFile, isDone, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const timesFile = `${logFile}.times`;
  await mkdir(dirname(logFile), { recursive: true });
  await rm(timesFile, { force: true });
  const startedMs = performance.now();
  const child = await guard.spawn({
    name,
    command: '/bin/sh',
    args: ['-c', SHELL, name, timesFile, command, ...args],
    ...(env !== undefined && { env }),
    ...(cwd !== undefined && { cwd }),
    logFile,
  });
  let [isOver, wasAsked, peakBytes] = [false, false, 0];
  const exited = child.exited.then((exit) => {
    isOver = true;
    return exit;
  });
  const hasEnded = (): boolean => isOver;
  const ask = async (): Promise<void> => {
    while (!hasEnded() && !(await isDone?.())) await delay(SAMPLE_MS);
    if (hasEnded()) return;
    wasAsked = true;
    child.kill('SIGTERM');
    await Promise.race([exited, delay(GRACE_MS, undefined, { ref: false })]);
    if (!hasEnded()) child.kill('SIGKILL');
  };
  const asking = isDone === undefined ? Promise.resolve() : ask();
  const deadlineMs = startedMs + timeoutMs;
  while (!hasEnded()) {
    peakBytes = Math.max(peakBytes, await residentBytes(child.pid));
    if (performance.now() > deadlineMs) {
      child.kill('SIGKILL');
      await exited;
      throw await failure(options, `took longer than ${Math.round(timeoutMs / 1000)} s`);
    }
    await Promise.race([exited, delay(SAMPLE_MS)]);
  }
  const { code, signal } = await exited;
  const wallSeconds = (performance.now() - startedMs) / 1000;
  await asking;
  if (code !== 0 && !wasAsked)
    throw await failure(options, `ended with ${signal ?? `exit code ${String(code)}`}`);
  const cpuSeconds = parseTimes(await readFile(timesFile, 'utf8').catch(() => ''));
  if (cpuSeconds === undefined) throw await failure(options, 'was killed, so that nobody knows what it took');
  await rm(timesFile, { force: true });
  return { cpuSeconds, peakBytes, wallSeconds };
}

async function failure({ name, logFile }: TreeOptions, how: string): Promise<TickerlakeError> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  const lines = log.trimEnd().split('\n').slice(-15).join('\n  ');
  return new TickerlakeError('ENGINE_FAILED', `${name} ${how}; the end of its log:\n  ${lines}`, {
    hint: `see ${logFile}`,
  });
}

/** Seconds of the second line of `times`, which is of the children: "1m2.345s 0m0.50s". */
export function parseTimes(text: string): number | undefined {
  const [, user, system] = /^.*\n(\S+) (\S+)\s*$/.exec(text) ?? [];
  const seconds = [user, system].map((time) => {
    const [, minutes, rest] = /^(\d+)m([\d.]+)s$/.exec(time ?? '') ?? [];
    return Number(minutes) * 60 + Number(rest);
  });
  const sum = seconds.reduce((total, each) => total + each, 0);
  return Number.isNaN(sum) ? undefined : sum;
}

/** Of a process and all below it, now; 0 once it has ended. @throws TickerlakeError where there is no /proc */
export async function residentBytes(root: number): Promise<number> {
  const children = new Map<number, number[]>();
  const bytes = new Map<number, number>();
  for (const pid of await processIds()) {
    // https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const parent = Number(/^PPid:\t(\d+)$/m.exec(status)?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
    bytes.set(pid, Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024);
  }
  const sum = (pid: number): number =>
    (children.get(pid) ?? []).reduce((total, child) => total + sum(child), bytes.get(pid) ?? 0);
  return sum(root);
}

async function processIds(): Promise<number[]> {
  try {
    return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  } catch {
    throw new TickerlakeError('PREREQUISITE_MISSING', 'memory of other processes is read from /proc', {
      hint: 'run this bench on Linux',
    });
  }
}
