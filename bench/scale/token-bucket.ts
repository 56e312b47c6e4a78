/** A rate limit: so much a second, and at most so much saved up. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #most: number;
  #tokens: number;
  #asOfSeconds = 0;

  constructor(perSecond: number, most = perSecond) {
    this.#perSecond = perSecond;
    this.#most = most;
    this.#tokens = most;
  }

  /** Takes at once, or not at all. */
  tryTake(amount: number, nowSeconds: number): boolean {
    this.#refill(nowSeconds);
    if (this.#tokens < amount) return false;
    this.#tokens -= amount;
    return true;
  }

  /** Takes now or later, in the order of the calls. @returns seconds to wait */
  reserve(amount: number, nowSeconds: number): number {
    this.#refill(nowSeconds);
    this.#tokens -= amount;
    return Math.max(0, -this.#tokens / this.#perSecond);
  }

  #refill(nowSeconds: number): void {
    this.#tokens = Math.min(this.#most, this.#tokens + (nowSeconds - this.#asOfSeconds) * this.#perSecond);
    this.#asOfSeconds = nowSeconds;
  }
}
