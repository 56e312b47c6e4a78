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

interface WaitingCall {
  readonly hasTakenEffect: boolean;
  readonly resume: (error?: Error) => void;
}

/** A process whose every store call waits, before and after it takes effect, until it is told to go on. */
export class SteppedProcess {
  readonly gate: StoreGate = { before: () => this.#stop(false), after: () => this.#stop(true) };
  #waiting: WaitingCall[] = [];
  #isKilled = false;

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Nothing of it runs any more, but a step may still let a call that it had sent take effect. */
  kill(): void {
    this.#isKilled = true;
    this.#waiting = this.#waiting.filter(({ hasTakenEffect }) => !hasTakenEffect);
  }

  /**
   * Lets one of its waiting calls go on to the next stop, or fail with an error.
   * @returns whether that call had taken effect already; undefined if none waits
   */
  async step(which: number, error?: Error): Promise<boolean | undefined> {
    const [call] = this.#waiting.splice(which % Math.max(this.#waiting.length, 1), 1);
    if (call === undefined) return undefined;
    call.resume(error);
    await settle();
    return call.hasTakenEffect;
  }

  #stop(hasTakenEffect: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isKilled) return;
      const resume = (error?: Error): void => {
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#waiting.push({ hasTakenEffect, resume });
    });
  }
}

/** One piece of work in a process of its own. */
export class Stepped<T> {
  result: T | undefined;
  error: unknown;
  readonly #process = new SteppedProcess();

  constructor(start: (gate: StoreGate) => Promise<T>) {
    start(this.#process.gate).then(
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
    await this.#process.step(which, error);
  }
}
