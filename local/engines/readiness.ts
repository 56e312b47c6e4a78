/** Waits until an engine answers, and says why when it does not. */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { TickerlakeError } from '../../core/errors.ts';
import type { ManagedProcess } from '../supervisor/index.ts';

const POLL_MS = 50;
const LOG_TAIL_BYTES = 64 * 1024;

/** Thrown inside the engines when a port was taken between finding and binding it. */
export class PortTakenError extends TickerlakeError {
  constructor(engine: string, cause: string) {
    super('ENGINE_FAILED', `${engine}: a port is already in use (${cause})`, {
      hint: 'stop the other program, or let the port be chosen',
    });
  }
}

export interface Readiness {
  /** What people call the engine. */
  readonly engine: string;
  readonly process: ManagedProcess;
  readonly logFile: string;
  /** Resolves when the engine answered as it should; rejects or never resolves otherwise. */
  readonly probe: () => Promise<unknown>;
  readonly timeoutMs: number;
  /** Finds, in the end of the log, the line that says why the engine ended. */
  readonly reasonIn: (log: string) => string | undefined;
}

/** Resolves when the probe succeeds. Throws ENGINE_FAILED with the reason from the log when the engine ends before. */
export async function waitUntilReady(readiness: Readiness): Promise<void> {
  const { engine, process, logFile, probe, timeoutMs } = readiness;
  const deadline = performance.now() + timeoutMs;
  let ended = false;
  const hasEnded = (): boolean => ended;
  void process.exited.then(() => {
    ended = true;
  });
  let lastError: unknown;
  while (performance.now() < deadline) {
    // An engine that is gone is looked at first: somebody else may answer at its port.
    if (hasEnded()) throw await explainEnd(readiness);
    try {
      await probe();
      // A turn of the loop, so that an end which came with the answer is seen.
      await delay(0);
      if (!hasEnded()) return;
    } catch (error) {
      lastError = error;
      await delay(POLL_MS);
    }
  }
  process.kill('SIGKILL');
  await process.exited;
  throw new TickerlakeError(
    'ENGINE_FAILED',
    `${engine} does not answer after ${String(timeoutMs / 1000)} s`,
    {
      cause: lastError,
      hint: `see ${logFile}`,
    },
  );
}

async function explainEnd({ engine, process, logFile, reasonIn }: Readiness): Promise<TickerlakeError> {
  const { code, signal } = await process.exited;
  const log = await readFile(logFile, 'utf8').then(
    (text) => text.slice(-LOG_TAIL_BYTES),
    () => '',
  );
  if (/address already in use/i.test(log)) return new PortTakenError(engine, `see ${logFile}`);
  const reason = reasonIn(log) ?? 'it did not say why';
  const how = signal ?? `exit code ${String(code)}`;
  return new TickerlakeError('ENGINE_FAILED', `${engine} ended at its start (${how}): ${reason}`, {
    hint: `see ${logFile}`,
  });
}

/** Asks a process to end and kills it when it takes longer than the grace. */
export async function stopProcess(process: ManagedProcess, graceMs: number): Promise<void> {
  process.kill('SIGTERM');
  const impatience = setTimeout(() => {
    process.kill('SIGKILL');
  }, graceMs);
  await process.exited;
  clearTimeout(impatience);
}
