/**
 * Random schedules of the whole path: the topic is delivered, landed, announced, curated, swept and redriven while
 * everything that may go wrong does. In the end each record is in exactly one place.
 */
import type { CurationRequestResult, CurationSelection } from '../../core/curation-request.ts';
import { locations } from '../../core/layout.ts';
import { MemoryObjectStore } from './memory-object-store.ts';
import { SteppedCatalog } from './pipeline/catalog.ts';
import { CuratingActor, type LakeStores } from './pipeline/curating.ts';
import {
  DERIVED_TOPIC,
  type DerivedCounts,
  type DerivedTopic,
  findUnseen,
  produceDerivedTopic,
} from './pipeline/derived-topic.ts';
import { Dice, type InjectionCounts } from './pipeline/dice.ts';
import { findFaults } from './pipeline/findings.ts';
import { LandingActor } from './pipeline/landing.ts';
import { CurationQueue } from './pipeline/queue.ts';
import { RequestingActor } from './pipeline/requesting.ts';
import { NEW_CODE, OLD_CODE, produceTopic, type Topic } from './pipeline/topic.ts';

export interface PipelineResult {
  /** What is not as promised; empty if all is. */
  readonly faults: readonly string[];
  readonly injected: InjectionCounts;
  readonly ticks: number;
}

export interface PipelineOptions {
  /** Reads every curated row back, which takes its time. @default false */
  readonly readRows?: boolean;
}

const START_MS = Date.parse('2026-11-20T16:00:00Z');
const TICK_MS = 1000;
/** More than any function runs, and than the audit waits for an older version to end. */
const SKIP_MS = 2_400_000;
/** Sweeps in a row that find nothing: the first may have waited for its time, the audit needs two. */
const QUIET_SWEEPS = 3;
/** At least; landing may take longer. */
const ROUGH_TICKS = 150;
const PAGE_KEYS = 3;
const CURATORS = 2;
/** A schedule that has not settled by then never does. */
const MAX_TICKS = 20_000;

/** Plays one schedule. The same seed plays the same one. */
export async function playPipeline(
  seed: number,
  { readRows = false }: PipelineOptions = {},
): Promise<PipelineResult> {
  const dice = new Dice(seed);
  return new World(dice, produceTopic(dice), 'quotes').play((world) => world.findFaults(readRows));
}

/** Plays one schedule of a derived topic, beginning with the filter that writes it. */
export async function playDerivedPipeline(seed: number): Promise<PipelineResult & DerivedCounts> {
  const dice = new Dice(seed);
  const derived = await produceDerivedTopic(dice);
  const world = new World(dice, derived.topic, DERIVED_TOPIC);
  const result = await world.play(async () => [
    ...(await world.findFaults(false)),
    ...(await world.findUnseen(derived)),
  ]);
  return { ...result, ...derived.counts };
}

class NeverSettled extends Error {}

class World {
  readonly #dice: Dice;
  readonly #topic: Topic;
  readonly #stores: LakeStores;
  readonly #queue: CurationQueue;
  readonly #landing: LandingActor;
  readonly #curating: readonly CuratingActor[];
  readonly #requesting: RequestingActor;
  readonly #announced = new Set<string>();
  #code = NEW_CODE;
  #tick = 0;
  #skippedMs = 0;
  #answer: CurationRequestResult | undefined;

  constructor(dice: Dice, topic: Topic, topicName: string) {
    this.#dice = dice;
    this.#topic = topic;
    const nowMs = (): number => this.#nowMs();
    const makeStore = (): MemoryObjectStore => new MemoryObjectStore({ pageKeys: PAGE_KEYS, now: nowMs });
    this.#stores = { topicName, raw: makeStore(), lake: makeStore(), catalog: new SteppedCatalog() };
    this.#queue = new CurationQueue(dice);
    this.#landing = new LandingActor(dice, topic, topicName, this.#stores.raw);
    this.#curating = Array.from(
      { length: CURATORS },
      () => new CuratingActor(dice, this.#stores, this.#queue),
    );
    this.#requesting = new RequestingActor(dice, this.#stores, this.#queue, {
      nowMs,
      tick: () => this.#tick,
    });
  }

  async play(findFaults: (world: World) => Promise<string[]>): Promise<PipelineResult> {
    try {
      await this.playRough();
      await this.settle();
    } catch (error) {
      if (!(error instanceof NeverSettled)) throw error;
      return this.result([error.message]);
    }
    return this.result(await findFaults(this));
  }

  /** Everything at once, until the topic is landed and most of it curated. */
  private async playRough(): Promise<void> {
    const dice = this.#dice;
    const deployAt = dice.below(ROUGH_TICKS);
    const registerAt = dice.below(ROUGH_TICKS);
    this.#code = OLD_CODE[dice.below(OLD_CODE.length)] ?? NEW_CODE;
    for (let round = 0; round < ROUGH_TICKS || !this.#landing.isIdle; round += 1) {
      if (round === deployAt) this.#deploy();
      if (round === registerAt) this.#stores.catalog.isLateSchemaRegistered = true;
      if (dice.isOneIn(300)) this.#skipTime();
      if (dice.isOneIn(40)) await this.#landing.replayDiverted();
      if (dice.isOneIn(50)) this.#queue.redriveDeadLetters(this.#tick);
      if (dice.isOneIn(40)) await this.#request();
      await this.#act();
    }
    if (this.#code !== NEW_CODE) this.#deploy();
    this.#stores.catalog.isLateSchemaRegistered = true;
  }

  /** Nothing goes wrong any more; what did is mended by what is there to mend it. */
  private async settle(): Promise<void> {
    this.#dice.isRough = false;
    await this.#land();
    while (this.#landing.leftInDestination.length > 0 && !this.#dice.isOneIn(3)) {
      await this.#landing.replayDiverted();
      await this.#land();
    }
    await this.#drain();
    await this.#sweepUntilQuiet();
    await this.#requestAll('redrive');
    await this.#drain();
    await this.#sweepUntilQuiet();
  }

  async findFaults(readRows: boolean): Promise<string[]> {
    const { raw, lake, catalog } = this.#stores;
    const left = this.#landing.leftInDestination;
    if (left.length > 0) this.#dice.count('diverted-left');
    return findFaults({ topic: this.#topic, raw, lake, days: catalog.days, left, readRows });
  }

  /** What the view over a derived topic does not show as it should. */
  async findUnseen(derived: DerivedTopic): Promise<string[]> {
    return findUnseen(derived, this.#stores.lake, this.#landing.leftInDestination);
  }

  private result(faults: readonly string[]): PipelineResult {
    return { faults, injected: this.#dice.counts, ticks: this.#tick };
  }

  /** Lets one of those who have something to do go on. */
  async #act(): Promise<void> {
    this.#tick += 1;
    if (this.#tick > MAX_TICKS) throw new NeverSettled(`not settled after ${MAX_TICKS} ticks`);
    const acts = this.#curating
      .filter((curator) => !curator.isIdle || this.#queue.hasVisible(this.#tick))
      .map((curator) => () => curator.tick(this.#tick, this.#nowMs(), this.#code));
    if (!this.#landing.isIdle) acts.push(() => this.#landing.tick());
    if (this.#landing.hasZombies) acts.push(() => this.#landing.tickZombie());
    if (!this.#requesting.isIdle) acts.push(() => this.#tickRequesting());
    await acts[this.#dice.below(Math.max(acts.length, 1))]?.();
    this.#announceNew();
  }

  async #tickRequesting(): Promise<void> {
    this.#answer = (await this.#requesting.tick()) ?? this.#answer;
  }

  /** Until all is delivered and no zombie is left. */
  async #land(): Promise<void> {
    while (!this.#landing.isIdle || this.#landing.hasZombies) await this.#act();
  }

  /** Until the queue and its dead letters are empty and nobody works. */
  async #drain(): Promise<void> {
    const isBusy = (): boolean => this.#queue.size > 0 || this.#curating.some(({ isIdle }) => !isIdle);
    while (isBusy() || this.#queue.hasDeadLetters || !this.#requesting.isIdle) {
      if (!isBusy()) this.#queue.redriveDeadLetters(this.#tick);
      await this.#act();
    }
  }

  /** Sweeps, with time going by in between, until there is nothing more to ask for. */
  async #sweepUntilQuiet(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_SWEEPS; ) {
      this.#skippedMs += SKIP_MS;
      quiet = (await this.#requestAll('sweep')) === 0 ? quiet + 1 : 0;
      await this.#drain();
    }
  }

  /** Calls the function until it has no more to do. Returns how many raw objects it requested. */
  async #requestAll(action: 'sweep' | 'redrive'): Promise<number> {
    let requested = 0;
    let next: CurationSelection | undefined = { action };
    while (next !== undefined) {
      const answer: CurationRequestResult | undefined = await this.#call(next);
      requested += answer?.requested ?? 0;
      next = answer?.next === undefined ? undefined : { action: 'redrive', after: answer.next };
    }
    return requested;
  }

  async #call(selection: CurationSelection): Promise<CurationRequestResult | undefined> {
    this.#answer = undefined;
    await this.#requesting.start(selection, this.#code);
    while (!this.#requesting.isIdle) await this.#act();
    return this.#answer;
  }

  #announceNew(): void {
    for (const key of this.#stores.raw.objects.keys()) {
      if (this.#announced.has(key) || !key.startsWith(locations.raw(this.#stores.topicName))) continue;
      this.#announced.add(key);
      this.#queue.announce(key, this.#tick);
    }
  }

  #deploy(): void {
    if (this.#queue.size > 0) this.#dice.count('version-deployed-midway');
    this.#code = NEW_CODE;
  }

  #skipTime(): void {
    this.#dice.count('clock-skipped');
    this.#skippedMs += SKIP_MS;
  }

  /** Somebody, or the schedule, calls request-curation. */
  async #request(): Promise<void> {
    if (!this.#requesting.isIdle) return;
    const action = (['redrive', 'replay'] as const)[this.#dice.below(6)] ?? 'sweep';
    const age = action === 'sweep' && this.#dice.isOneIn(2) ? { minimumAgeSeconds: 60 } : {};
    await this.#requesting.start({ action, ...age }, this.#code);
  }

  #nowMs(): number {
    return START_MS + this.#tick * TICK_MS + this.#skippedMs;
  }
}
