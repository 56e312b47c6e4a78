/** EventBridge, the queue and curate-quotes: invocations as many as messages ask for, up to what is allowed at the time. */
import { cpuShare } from '../../cli/cost/flow.ts';
import type { EventQueue } from './event-queue.ts';
import type { Figures } from './figures.ts';
import { LIMITS } from './limits.ts';
import type { SimulatedStore } from './object-store.ts';
import type { LandedObject } from './simulated-landing.ts';
import { curateCpuSeconds, MESSAGES_AT_ONCE, type Sizing } from './sizing.ts';
import { TokenBucket } from './token-bucket.ts';

export interface CurationWorld {
  readonly clock: EventQueue;
  readonly store: SimulatedStore;
  readonly sizing: Sizing;
  readonly figures: Figures;
  readonly curated: (object: LandedObject) => void;
  readonly working: (change: 1 | -1) => void;
}

/** Five at first: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const FIRST_CONCURRENCY = 5;
const SECONDS_A_MINUTE = 60;
/** Messages that are behind us are let go of now and then. */
const MOST_PASSED = 10_000;
/** A message whose try failed is seen again after this. */
const RETRY_SECONDS = 30;

export class SimulatedCuration {
  /** Messages waiting. */
  readonly #waiting: LandedObject[] = [];
  #first = 0;
  #invocations = 0;
  #allowed: number;
  readonly #world: CurationWorld;
  readonly #events = new TokenBucket(LIMITS.eventInvocations.value);

  constructor(world: CurationWorld) {
    this.#world = world;
    this.#allowed = Math.min(FIRST_CONCURRENCY, this.#mostAllowed);
  }

  get messages(): number {
    return this.#waiting.length - this.#first;
  }

  start(): void {
    this.#world.clock.after(1, () => {
      // More pollers only where there is something to poll.
      if (this.messages > 0) {
        const step = LIMITS.queueConcurrencyStep.value / SECONDS_A_MINUTE;
        this.#allowed = Math.min(this.#mostAllowed, this.#allowed + step);
      }
      this.#poll();
      this.start();
    });
  }

  /** A raw object is there: its event becomes a message. */
  notify(object: LandedObject): void {
    const { clock, figures } = this.#world;
    const waitSeconds = this.#events.reserve(1, clock.nowSeconds);
    clock.after(waitSeconds + figures.notificationMs / 1000, () => {
      this.#waiting.push(object);
      this.#poll();
    });
  }

  get #mostAllowed(): number {
    return Math.min(this.#world.sizing.curateConcurrency, LIMITS.queueConcurrency.value);
  }

  #poll(): void {
    while (this.messages > 0 && this.#invocations + 1 <= this.#allowed) {
      const end = Math.min(this.#waiting.length, this.#first + this.#world.sizing.messagesEach);
      const objects = this.#waiting.slice(this.#first, end);
      this.#first = end;
      if (this.#first > MOST_PASSED) {
        this.#waiting.splice(0, this.#first);
        this.#first = 0;
      }
      this.#invoke(objects);
    }
  }

  #invoke(objects: readonly LandedObject[]): void {
    this.#invocations += 1;
    this.#world.working(1);
    const waiting = [...objects];
    const thread = new Thread(this.#world.clock);
    let working = Math.min(MESSAGES_AT_ONCE, waiting.length);
    const next = (): void => {
      const object = waiting.shift();
      if (object !== undefined) {
        this.#curate(object, thread, next);
        return;
      }
      working -= 1;
      if (working > 0) return;
      this.#invocations -= 1;
      this.#world.working(-1);
      this.#poll();
    };
    for (let worker = working; worker > 0; worker -= 1) next();
  }

  /** Reads object and receipt, computes, puts the file, then the receipt. */
  #curate(object: LandedObject, thread: Thread, done: () => void): void {
    const { clock, store, sizing, figures, curated } = this.#world;
    const { log, from, to } = object;
    const fail = (): void => {
      clock.after(RETRY_SECONDS, () => {
        this.#waiting.push(object);
      });
      done();
    };
    const cpuSeconds = curateCpuSeconds(to - from, 1, figures) / cpuShare(sizing.memoryMiB);
    const receipts = `receipts/${log.partition}`;
    this.#both(`raw/${log.partition}`, receipts, (isRead) => {
      if (!isRead) {
        fail();
        return;
      }
      thread.compute(cpuSeconds, () => {
        // All partitions' files of a day share one prefix.
        store.request('PUT', 'curated/day', (isPut) => {
          if (!isPut) {
            fail();
            return;
          }
          store.request('PUT', receipts, (isDone) => {
            if (!isDone) {
              fail();
              return;
            }
            curated(object);
            done();
          });
        });
      });
    });
  }

  #both(first: string, second: string, done: (isDone: boolean) => void): void {
    let [open, isDone] = [2, true];
    for (const prefix of [first, second]) {
      this.#world.store.request('GET', prefix, (isRead) => {
        isDone &&= isRead;
        open -= 1;
        if (open === 0) done(isDone);
      });
    }
  }
}

/** Of one invocation: it computes for one message after the other, while the others wait for S3. */
class Thread {
  readonly #clock: EventQueue;
  #freeAtSeconds = 0;

  constructor(clock: EventQueue) {
    this.#clock = clock;
  }

  compute(seconds: number, done: () => void): void {
    this.#freeAtSeconds = Math.max(this.#freeAtSeconds, this.#clock.nowSeconds) + seconds;
    this.#clock.schedule(this.#freeAtSeconds, done);
  }
}
