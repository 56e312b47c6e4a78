/** A lake that takes in quotes while its functions, its endpoint, its broker and its database are killed at random. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TOPIC_NAMES } from '../../cli/lake/stations.ts';
import type { LakeReconciliation } from '../../cli/reconcile/reconcile-lake.ts';
import { functionName } from '../../core/names.ts';
import { randomBelow } from '../helpers/stepped.ts';
import { databaseOf } from './serving-probe.ts';
import type { FaultStand } from './stand.ts';

export interface SoakOptions {
  readonly durationMs: number;
  readonly killsPerMinute: number;
  /** Decides what is killed when; the machine's own timing it cannot decide. */
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: SoakProgress) => void;
}

/** Kills that hit something, by what they hit. */
export type Kills = Readonly<Record<Target, number>>;

export interface SoakProgress {
  readonly elapsedMs: number;
  readonly produced: number;
  readonly kills: Kills;
}

export interface SoakResult extends SoakProgress {
  readonly reconciliation: LakeReconciliation;
  /** Runs of produce-quotes that failed, since broker or endpoint were away; what they had produced is in their ledger. */
  readonly failedRuns: number;
  readonly sweeps: number;
  /** Raw objects that sweeps found without a receipt. */
  readonly swept: number;
}

type Killed = 'land-quotes' | 'curate-quotes' | 'filter-quotes' | 'serve-quotes';
type Target = Killed | 'endpoint' | 'broker' | 'database';
/** How often each is chosen. */
const TARGETS: readonly Target[] = [
  ...Array<Target>(3).fill('land-quotes'),
  ...Array<Target>(3).fill('curate-quotes'),
  ...Array<Target>(3).fill('filter-quotes'),
  ...Array<Target>(3).fill('serve-quotes'),
  ...Array<Target>(3).fill('endpoint'),
  ...Array<Target>(2).fill('database'),
  ...Array<Target>(1).fill('broker'),
];

const RECORDS_A_RUN = 200;
const RUN_PAUSE_MS = 250;
const SWEEP_PERIOD_MS = 15_000;
/** What an outage of the endpoint lasts. */
const CUT_MS = { least: 200, most: 1500 };
const PROGRESS_PERIOD_MS = 5000;
const REST_MS = 1500;
const MOST_MADE_UP = 3;

/** Plays until the time is over or the signal comes, heals, and compares the ledgers. */
export async function soak(stand: FaultStand, options: SoakOptions): Promise<SoakResult> {
  const run = new SoakRun(stand, options);
  return run.play();
}

class SoakRun {
  readonly #stand: FaultStand;
  readonly #options: SoakOptions;
  readonly #below: (limit: number) => number;
  readonly #startMs = performance.now();
  readonly #kills = Object.fromEntries(TARGETS.map((target) => [target, 0])) as Record<Target, number>;
  readonly #over: AbortSignal;
  #produced = 0;
  #failedRuns = 0;
  #sweeps = 0;
  #swept = 0;

  constructor(stand: FaultStand, options: SoakOptions) {
    this.#stand = stand;
    this.#options = options;
    this.#below = randomBelow(options.seed);
    this.#over = AbortSignal.any([options.signal, AbortSignal.timeout(options.durationMs)]);
  }

  async play(): Promise<SoakResult> {
    const progress = setInterval(() => {
      this.#options.onProgress?.(this.#progress());
    }, PROGRESS_PERIOD_MS);
    try {
      await Promise.all([this.#produce(), this.#kill(), this.#sweepNowAndThen()]);
      this.#options.signal.throwIfAborted();
      await this.#sweep();
      await this.#stand.settle();
      const reconciliation = await this.#stand.reconcile();
      return {
        ...this.#progress(),
        reconciliation,
        failedRuns: this.#failedRuns,
        sweeps: this.#sweeps,
        swept: this.#swept,
      };
    } finally {
      clearInterval(progress);
    }
  }

  #progress(): SoakProgress {
    return {
      elapsedMs: performance.now() - this.#startMs,
      produced: this.#produced,
      kills: { ...this.#kills },
    };
  }

  /** False once the time is over. */
  async #pause(ms: number): Promise<boolean> {
    await sleep(ms, undefined, { signal: this.#over }).catch(() => undefined);
    return !this.#over.aborted;
  }

  async #produce(): Promise<void> {
    do {
      try {
        this.#produced += await this.#stand.produce(RECORDS_A_RUN);
      } catch {
        this.#failedRuns += 1;
      }
    } while (await this.#pause(RUN_PAUSE_MS));
  }

  async #kill(): Promise<void> {
    const periodMs = 60_000 / this.#options.killsPerMinute;
    let dueMs = this.#startMs + periodMs;
    // What a slow restart delays is made up for, but never without a rest in which something can happen.
    while (await this.#pause(Math.max(REST_MS, dueMs - performance.now()))) {
      const target = TARGETS[this.#below(TARGETS.length)] ?? 'broker';
      if (await this.#hit(target)) this.#kills[target] += 1;
      dueMs = Math.max(dueMs + periodMs, performance.now() - MOST_MADE_UP * periodMs);
    }
  }

  /** Kills the target and sees that it comes back. Returns whether there was something to kill. */
  async #hit(target: Target): Promise<boolean> {
    const { lake } = this.#stand;
    if (target === 'endpoint') {
      const { reopen } = await lake.gateway.cut();
      await sleep(CUT_MS.least + this.#below(CUT_MS.most - CUT_MS.least));
      await reopen();
      return true;
    }
    if (target === 'broker') {
      await lake.broker.restart({ signal: 'SIGKILL' });
      return true;
    }
    if (target === 'database') {
      await databaseOf(this.#stand).restart({ signal: 'SIGKILL' });
      return true;
    }
    // Of what is made for each topic, those of both.
    const names = new Set(TOPIC_NAMES.map((topic) => functionName(lake.stage, target, topic)));
    const killed = lake.functions.definitions
      .filter(({ name }) => names.has(name))
      .map(({ name }) => lake.functions.pool(name).killInstances());
    return killed.some((count) => count > 0);
  }

  async #sweepNowAndThen(): Promise<void> {
    while (await this.#pause(SWEEP_PERIOD_MS)) await this.#sweep().catch(() => undefined);
  }

  async #sweep(): Promise<void> {
    for (const topic of TOPIC_NAMES) this.#swept += await this.#stand.sweep(0, topic);
    this.#sweeps += 1;
  }
}
