/** Time as services of the gateway see it, so that a test can step it. */

export interface Clock {
  nowMs(): number;
  /** Calls `act` once after so long, unless what it gives is called before. */
  after(ms: number, act: () => void): () => void;
}

/** setTimeout holds at most this long; nothing here lasts longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, Math.min(ms, LONGEST_TIMER_MS));
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
