import { setTimeout as sleep } from 'node:timers/promises';
import { TickerlakeError } from '../core/errors.ts';

/** What a look at a condition found. `mark` rises with every bit of progress; a standstill is what ends the wait. */
export type Look<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly mark: number; readonly waitingFor: string };

export interface WaitOptions<T> {
  readonly look: () => Promise<Look<T>>;
  /** No progress for so long is a failure: a deadline that a long run does not outgrow. */
  readonly standstillMs: number;
  readonly signal: AbortSignal;
  readonly report?: (waitingFor: string) => void;
  /** What to say on a standstill: names what is stuck and where to look. */
  readonly explain: (waitingFor: string) => Promise<{ readonly message: string; readonly hint: string }>;
  /** @default 250 */
  readonly pollMs?: number;
}

/**
 * Waits for a condition, never for a time.
 * @throws TickerlakeError WAIT_TIMED_OUT after a standstill
 */
export async function waitUntil<T>(options: WaitOptions<T>): Promise<T> {
  let lastMark = Number.NEGATIVE_INFINITY;
  let lastProgress = performance.now();
  for (;;) {
    options.signal.throwIfAborted();
    const look = await options.look();
    if (look.done) return look.value;
    options.report?.(look.waitingFor);
    if (look.mark > lastMark) {
      lastMark = look.mark;
      lastProgress = performance.now();
    } else if (performance.now() - lastProgress > options.standstillMs) {
      const { message, hint } = await options.explain(look.waitingFor);
      throw new TickerlakeError('WAIT_TIMED_OUT', message, { hint });
    }
    await sleep(options.pollMs ?? 250, undefined, { signal: options.signal });
  }
}
