/** S3 as a simulation needs it: requests take a while, and a prefix takes so many a second; the others get 503 and come again. */
import { mixKeys, Random } from '../../core/random.ts';
import type { EventQueue } from './event-queue.ts';
import { LIMITS } from './limits.ts';
import { TokenBucket } from './token-bucket.ts';

/** As adapters/objects.ts has it. */
const MOST_ATTEMPTS = 4;
/** Of the SDK's standard mode: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
const FIRST_BACKOFF_SECONDS = 0.1;
const MOST_BACKOFF_SECONDS = 20;

export type S3Method = 'PUT' | 'GET';

export class SimulatedStore {
  requests = 0;
  /** Requests that got 503 and were sent again. */
  throttled = 0;
  /** Requests that got 503 each time. */
  refused = 0;
  readonly #clock: EventQueue;
  readonly #latencyMs: readonly [number, number];
  readonly #random: Random;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: EventQueue, latencyMs: readonly [number, number], seed: number) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
    this.#random = new Random(mixKeys(seed, 0x53));
  }

  /** @param done told whether it was done in the end */
  request(method: S3Method, prefix: string, done: (isDone: boolean) => void, attempt = 1): void {
    this.requests += 1;
    const [least, most] = this.#latencyMs;
    const seconds = (least + (most - least) * this.#random.uniform()) / 1000;
    const isTaken = this.#bucket(method, prefix).tryTake(1, this.#clock.nowSeconds);
    this.#clock.after(seconds, () => {
      if (isTaken) done(true);
      else if (attempt === MOST_ATTEMPTS) {
        this.refused += 1;
        done(false);
      } else {
        this.throttled += 1;
        const backoff = Math.min(MOST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** (attempt - 1));
        this.#clock.after(backoff * this.#random.uniform(), () => {
          this.request(method, prefix, done, attempt + 1);
        });
      }
    });
  }

  #bucket(method: S3Method, prefix: string): TokenBucket {
    const name = `${method} ${prefix}`;
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = new TokenBucket(method === 'PUT' ? LIMITS.s3Puts.value : LIMITS.s3Gets.value);
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }
}
