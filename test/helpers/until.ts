/** Waits for a condition with a deadline, instead of sleeping. */
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 20;

/** Resolves to the first value of `probe` that is neither false nor missing; rejects naming `what` after the deadline. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  deadlineMs = 20_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    // A last look comes after the deadline: the machine may have slept over it.
    const isLast = performance.now() >= deadline;
    const value = await Promise.resolve(probe());
    if (value !== undefined && value !== null && value !== false) return value;
    if (isLast) throw new Error(`waited in vain for: ${what}`);
    await delay(POLL_MS);
  }
}
