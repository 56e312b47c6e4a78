/** Wakes who waits for something to do. */
import { setTimeout as delay } from 'node:timers/promises';

/** Nobody waits longer without looking again. */
const LONGEST_WAIT_MS = 60_000;

export class Bell {
  private readonly waiting = new Set<() => void>();

  /** Wakes all who wait; who comes later waits for the next time. */
  ring(): void {
    for (const wake of this.waiting) wake();
  }

  /** Resolves when it rings, and at the latest after `ms`. */
  async wait(ms = LONGEST_WAIT_MS): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wake = (): void => {
      resolve(undefined);
    };
    this.waiting.add(wake);
    const timer = setTimeout(wake, Math.min(ms, LONGEST_WAIT_MS));
    await promise;
    clearTimeout(timer);
    this.waiting.delete(wake);
  }
}

/** Resolves after `ms`, and at once when the signal is given. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
