/** Time as a port, so that waits are tested without waiting. */
export interface Clock {
  now(): number;
  /** Resolves after so long, sooner if the signal is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/**
 * Lets calls through at a rate: `ratePerSecond` tokens a second, at most one second's worth saved up. Callers are served in the
 * order they came.
 */
export class TokenBucket {
  private readonly clock: Clock;
  private readonly msPerToken: number;
  private readonly burstMs: number;
  /** When the bucket would be empty of debt: each call moves it on by one token. */
  private freeAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, ratePerSecond: number) {
    this.clock = clock;
    this.msPerToken = 1000 / ratePerSecond;
    this.burstMs = Math.max(0, 1000 - this.msPerToken);
  }

  /** Waits for a token; gives up waiting when the signal is aborted. */
  async take(signal: AbortSignal): Promise<void> {
    const now = this.clock.now();
    const turnMs = Math.max(this.freeAtMs, now - this.burstMs);
    this.freeAtMs = turnMs + this.msPerToken;
    if (turnMs > now) await this.clock.wait(turnMs - now, signal);
  }

  /** Lets nobody through for a while, as a server asked by Retry-After. */
  pause(ms: number): void {
    this.freeAtMs = Math.max(this.freeAtMs, this.clock.now() + ms);
  }
}
