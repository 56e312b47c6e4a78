/** What has to be stopped, in the opposite order of how it was started. */

type Stop = () => Promise<void> | void;

interface Entry {
  readonly stop: Stop;
  readonly patienceMs: number;
}

/** Longer than any engine takes; past it the next one is stopped anyway, and the guard ends what is left. */
const PATIENCE_MS = 15_000;

export class StopList {
  private readonly entries: Entry[] = [];
  private running: Promise<void> | undefined;

  /** Whether stopping has begun: what ends from now on was meant to. */
  get begun(): boolean {
    return this.running !== undefined;
  }

  add(stop: Stop, { patienceMs = PATIENCE_MS }: { readonly patienceMs?: number } = {}): void {
    this.entries.push({ stop, patienceMs });
  }

  /** Runs every stop once, last first; one that fails or hangs does not keep the others from running. */
  run(): Promise<void> {
    this.running ??= this.stopAll();
    return this.running;
  }

  private async stopAll(): Promise<void> {
    for (const { stop, patienceMs } of this.entries.toReversed()) {
      const expired = Promise.withResolvers<undefined>();
      const timer = setTimeout(() => {
        expired.resolve(undefined);
      }, patienceMs);
      await Promise.race([
        Promise.resolve()
          .then(stop)
          .catch(() => undefined),
        expired.promise,
      ]);
      clearTimeout(timer);
    }
  }
}
