/** Wakes who waits for something to do. */
import { setTimeout as delay } from 'node:timers/promises';

/** Nobody waits longer without looking again. */
const LONGEST_WAIT_MS = 60_000;

export class Bell {
  private rung = new AbortController();

  /** Wakes all who wait; who comes later waits for the next time. */
  ring(): void {
    this.rung.abort();
    this.rung = new AbortController();
  }

  /** Resolves when it rings, and at the latest after `ms`. */
  async wait(ms = LONGEST_WAIT_MS): Promise<void> {
    await pause(Math.min(ms, LONGEST_WAIT_MS), this.rung.signal);
  }
}

/** Resolves after `ms`, and at once when the signal is given. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
