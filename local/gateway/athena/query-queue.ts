const MAX_RUNNING = 4;

/** Queries of one engine: a few run side by side, the others wait in the order in which they came. */
export class QueryQueue {
  readonly #waiting: (() => Promise<void>)[] = [];
  #running = 0;

  /** @param run never rejects */
  add(run: () => Promise<void>): void {
    this.#waiting.push(run);
    this.#next();
  }

  /** Starts what waits while there is room. */
  #next(): void {
    while (this.#running < MAX_RUNNING) {
      const run = this.#waiting.shift();
      if (run === undefined) return;
      this.#running += 1;
      void run().finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }
}
