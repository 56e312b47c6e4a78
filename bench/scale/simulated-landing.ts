/** Event pollers and land-quotes: batches by size, window and payload; one invocation at a time has a partition's records. */
import { cpuShare } from '../../cli/cost/flow.ts';
import type { EventQueue } from './event-queue.ts';
import type { Figures } from './figures.ts';
import { LIMITS } from './limits.ts';
import type { SimulatedStore } from './object-store.ts';
import type { PartitionLog } from './partition-log.ts';
import { landCpuSeconds, type Sizing } from './sizing.ts';
import { TokenBucket } from './token-bucket.ts';

/** Records of one partition that became one raw object. */
export interface LandedObject {
  readonly log: PartitionLog;
  readonly from: number;
  /** Behind the last. */
  readonly to: number;
}

export interface LandingWorld {
  readonly clock: EventQueue;
  readonly store: SimulatedStore;
  readonly sizing: Sizing;
  readonly figures: Figures;
  /** Whether invocations fail now. */
  readonly isDown: () => boolean;
  readonly landed: (object: LandedObject) => void;
  /** Counts invocations: 1 when one begins, -1 when it ends. */
  readonly working: (change: 1 | -1) => void;
}

const MB = 1e6;
/** A poller looks again for records after this. */
const LOOK_SECONDS = 0.1;
/** An invocation that fails is tried again after this. */
const RETRY_SECONDS = 5;

export class SimulatedPoller {
  readonly #world: LandingWorld;
  readonly #logs: readonly PartitionLog[];
  readonly #bytes: TokenBucket;
  readonly #mostRecords: number;
  #invocations = 0;

  constructor(world: LandingWorld, logs: readonly PartitionLog[]) {
    this.#world = world;
    this.#logs = logs;
    const { sizing, figures } = world;
    this.#mostRecords = Math.min(
      sizing.batchRecords,
      Math.floor((LIMITS.payload.value * MB) / figures.eventBytes),
    );
    const perSecond = LIMITS.poller.value * MB;
    // What it reads ahead while an invocation goes on.
    this.#bytes = new TokenBucket(perSecond, Math.max(perSecond, this.#mostRecords * figures.recordBytes));
  }

  start(): void {
    this.#world.clock.after(LOOK_SECONDS, () => {
      this.#look();
      this.start();
    });
  }

  #look(): void {
    const { clock, sizing, figures, isDown } = this.#world;
    if (isDown() || this.#invocations >= LIMITS.pollerInvocations.value) return;
    const now = clock.nowSeconds;
    const waiting = this.#logs.filter((log) => !log.isBusy && log.taken < log.endAt(now));
    let records = 0;
    let oldest = now;
    for (const log of waiting) {
      records += log.endAt(now) - log.taken;
      oldest = Math.min(oldest, log.cameAt(log.taken));
    }
    const isDue = records >= this.#mostRecords || now - oldest >= sizing.batchWindowSeconds;
    if (records === 0 || !isDue) return;
    const count = Math.min(records, this.#mostRecords);
    if (!this.#bytes.tryTake(count * figures.recordBytes, now)) return;
    this.#invoke(this.#take(waiting, count, now));
  }

  /** As much of each partition as its part of what waits. */
  #take(waiting: readonly PartitionLog[], count: number, now: number): LandedObject[] {
    const objects: LandedObject[] = [];
    let left = count;
    let partitionsLeft = waiting.length;
    for (const log of waiting) {
      const share = Math.min(log.endAt(now) - log.taken, Math.ceil(left / partitionsLeft));
      partitionsLeft -= 1;
      left -= share;
      if (share === 0) continue;
      objects.push({ log, from: log.taken, to: log.taken + share });
      log.taken += share;
      log.isBusy = true;
    }
    return objects;
  }

  #invoke(objects: readonly LandedObject[]): void {
    const { clock, store, sizing, figures, working, landed, isDown } = this.#world;
    const records = objects.reduce((sum, { from, to }) => sum + to - from, 0);
    const cpuSeconds = landCpuSeconds(records, objects.length, figures) / cpuShare(sizing.memoryMiB);
    this.#invocations += 1;
    working(1);
    const end = (isDone: boolean): void => {
      this.#invocations -= 1;
      working(-1);
      if (!isDone) {
        clock.after(RETRY_SECONDS, () => {
          this.#invoke(objects);
        });
        return;
      }
      for (const object of objects) {
        object.log.isBusy = false;
        landed(object);
      }
    };
    clock.after(cpuSeconds, () => {
      if (isDown()) {
        end(false);
        return;
      }
      let [open, isDone] = [objects.length, true];
      for (const { log } of objects) {
        store.request('PUT', `raw/${log.partition}`, (isPut) => {
          isDone &&= isPut;
          open -= 1;
          if (open === 0) end(isDone);
        });
      }
    });
  }
}
