/**
 * Something that many ask for and that is read again only when its last answer is old: so many pages cost as much as one. One that
 * takes long is read less often: for no more than half of the time.
 */
export class PacedReading<T> {
  private readonly read: () => Promise<T>;
  private readonly everyMs: number;
  private pending: Promise<T> | undefined;
  private nextMs = 0;

  constructor(everyMs: number, read: () => Promise<T>) {
    this.everyMs = everyMs;
    this.read = read;
  }

  /** The last answer, or a new one; rejects as the reading did. */
  get(): Promise<T> {
    if (this.pending === undefined || performance.now() >= this.nextMs) {
      const startedMs = performance.now();
      // Nobody begins another while this one is under way.
      this.nextMs = Number.POSITIVE_INFINITY;
      this.pending = this.read().finally(() => {
        const endedMs = performance.now();
        this.nextMs = endedMs + Math.max(this.everyMs, endedMs - startedMs);
      });
    }
    return this.pending;
  }
}

/** The last value of something that takes long, without waiting for the next: undefined until there is one. */
export class LatestReading<T> {
  private readonly reading: PacedReading<T>;
  private last: { readonly value: T } | undefined;
  private lastProblem: string | undefined;

  constructor(everyMs: number, read: () => Promise<T>) {
    this.reading = new PacedReading(everyMs, read);
  }

  /** Why the last reading failed, if it did. */
  get problem(): string | undefined {
    return this.lastProblem;
  }

  peek(): T | undefined {
    void this.reading.get().then(
      (value) => {
        this.last = { value };
        this.lastProblem = undefined;
      },
      (error: unknown) => {
        this.lastProblem = error instanceof Error ? error.message : String(error);
      },
    );
    return this.last?.value;
  }
}
