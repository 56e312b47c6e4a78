/**
 * The pipeline as a discrete-event simulation: records come to partitions by a Poisson process, pollers hand them over, raw objects are
 * landed, announced, queued and curated, within AWS's limits and at the measured speed. The same seed gives the same figures.
 */
import { EventQueue } from './event-queue.ts';
import type { Figures } from './figures.ts';
import { SimulatedStore } from './object-store.ts';
import { PartitionLog } from './partition-log.ts';
import { SimulatedCuration } from './simulated-curation.ts';
import { type LandedObject, SimulatedPoller } from './simulated-landing.ts';
import type { Sizing } from './sizing.ts';

export interface Scenario {
  readonly sizing: Sizing;
  /** @default that of the sizing */
  readonly quotesPerSecond?: number;
  /** Records come for so long. */
  readonly seconds: number;
  /** And what is under way goes on for so long. @default 0 */
  readonly drainSeconds?: number;
  /** Landing fails in this time. @default - never */
  readonly outage?: { readonly fromSeconds: number; readonly seconds: number };
  readonly seed: number;
  readonly sampleSeconds?: number;
  /** Told of each object when it is landed, and when its rows can be queried. */
  readonly observe?: (what: 'landed' | 'curated', object: LandedObject, atSeconds: number) => void;
}

export interface Sample {
  readonly atSeconds: number;
  /** Records that were produced and cannot be queried yet. */
  readonly backlogRecords: number;
  /** The same as seconds of load. */
  readonly lagSeconds: number;
  readonly messages: number;
}

export interface Simulation {
  readonly produced: number;
  readonly landed: number;
  readonly curated: number;
  readonly objects: number;
  readonly samples: readonly Sample[];
  /** From the record's arrival until it can be queried, mean of those that can. */
  readonly meanSeconds: number;
  /** Records on their way, mean over the time; for Little's law. */
  readonly meanRecords: number;
  readonly s3: { readonly requests: number; readonly throttled: number; readonly refused: number };
  /** Invocations at once, at most. */
  readonly mostInvocations: { readonly land: number; readonly curate: number };
}

export function simulate(scenario: Scenario, figures: Figures): Simulation {
  const { sizing, seconds, drainSeconds = 0, outage, seed, sampleSeconds = 10, observe } = scenario;
  const quotesPerSecond = scenario.quotesPerSecond ?? sizing.quotesPerSecond;
  const endSeconds = seconds + drainSeconds;
  const clock = new EventQueue();
  const store = new SimulatedStore(clock, figures.s3LatencyMs, seed);
  const logs = Array.from(
    { length: sizing.partitions },
    (_, partition) => new PartitionLog(partition, quotesPerSecond / sizing.partitions, seconds, seed),
  );
  const tally = { landed: 0, curated: 0, objects: 0, waitedSeconds: 0 };
  const land = new Gauge();
  const curate = new Gauge();
  const curation = new SimulatedCuration({
    clock,
    store,
    sizing,
    figures,
    working: (change) => {
      curate.add(change);
    },
    curated: (object) => {
      tally.curated += object.to - object.from;
      tally.waitedSeconds += object.log.waited(object.from, object.to, clock.nowSeconds);
      observe?.('curated', object, clock.nowSeconds);
    },
  });
  const isDown = (): boolean =>
    outage !== undefined &&
    clock.nowSeconds >= outage.fromSeconds &&
    clock.nowSeconds < outage.fromSeconds + outage.seconds;
  for (let poller = 0; poller < sizing.pollers; poller += 1) {
    const own = logs.filter(({ partition }) => partition % sizing.pollers === poller);
    const world = {
      clock,
      store,
      sizing,
      figures,
      isDown,
      working: (change: 1 | -1) => {
        land.add(change);
      },
      landed: (object: LandedObject) => {
        tally.landed += object.to - object.from;
        tally.objects += 1;
        observe?.('landed', object, clock.nowSeconds);
        curation.notify(object);
      },
    };
    new SimulatedPoller(world, own).start();
  }
  curation.start();
  const samples: Sample[] = [];
  const sample = (): void => {
    const atSeconds = clock.nowSeconds;
    const backlogRecords = logs.reduce((sum, log) => sum + log.endAt(atSeconds), 0) - tally.curated;
    samples.push({
      atSeconds,
      backlogRecords,
      lagSeconds: backlogRecords / quotesPerSecond,
      messages: curation.messages,
    });
    clock.after(sampleSeconds, sample);
  };
  sample();
  clock.runUntil(endSeconds);
  return {
    produced: logs.reduce((sum, log) => sum + log.end, 0),
    landed: tally.landed,
    curated: tally.curated,
    objects: tally.objects,
    samples,
    meanSeconds: tally.waitedSeconds / Math.max(1, tally.curated),
    meanRecords: samples.reduce((sum, { backlogRecords }) => sum + backlogRecords, 0) / samples.length,
    s3: { requests: store.requests, throttled: store.throttled, refused: store.refused },
    mostInvocations: { land: land.most, curate: curate.most },
  };
}

class Gauge {
  most = 0;
  #now = 0;

  add(change: number): void {
    this.#now += change;
    this.most = Math.max(this.most, this.#now);
  }
}
