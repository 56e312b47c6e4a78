import type { StoreGate } from './memory-object-store.ts';

export type Random = (below: number) => number;

/** A xorshift generator: the same seed gives the same numbers. */
export function randomBelow(seed: number): Random {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** Everything that can go on without the scheduler has gone on: nothing here does I/O. */
export const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** Work whose every store call waits, before and after it takes effect, until it is told to go on. */
export class Stepped<T> {
  result: T | undefined;
  error: unknown;
  readonly #waiting: ((error?: Error) => void)[] = [];

  constructor(start: (gate: StoreGate) => Promise<T>) {
    const stop = (): Promise<void> =>
      new Promise((resolve, reject) => {
        this.#waiting.push((error) => {
          if (error === undefined) resolve();
          else reject(error);
        });
      });
    start({ before: stop, after: stop }).then(
      (result) => {
        this.result = result;
      },
      (error: unknown) => {
        this.error = error;
      },
    );
  }

  get isOver(): boolean {
    return this.error !== undefined || this.result !== undefined;
  }

  /** Lets one of its waiting calls go on to the next stop, or fail with an error. */
  async step(which: number, error?: Error): Promise<void> {
    const [resume] = this.#waiting.splice(which % Math.max(this.#waiting.length, 1), 1);
    if (resume === undefined) return;
    resume(error);
    await settle();
  }
}
