/** request-curation: sweeps, redrives and replays in between, killed anywhere. */
import type { MessageQueue } from '../../../adapters/queue.ts';
import type { CurationRequestResult, CurationSelection } from '../../../core/curation-request.ts';
import { requestCuration } from '../../../lambdas/request-curation/request-curation.ts';
import type { StoreGate } from '../memory-object-store.ts';
import { SteppedProcess, settle } from '../stepped.ts';
import type { LakeStores } from './curating.ts';
import type { Dice } from './dice.ts';
import { retryingClient, stepOrFail } from './faulty-calls.ts';
import { type CurationQueue, RAW_BUCKET } from './queue.ts';
import type { CurationProfile } from './topic.ts';

const CALLS = { oneIn: 40, failed: 'request-call-failed', answerLost: 'request-answer-lost' } as const;
/** The function's time; a call also ends after so many requests. */
const RUN_MS = 300_000;
const MAX_REQUESTS = 3;

export interface Clock {
  /** Epoch ms. */
  readonly nowMs: () => number;
  readonly tick: () => number;
}

export class RequestingActor {
  readonly #dice: Dice;
  readonly #stores: LakeStores;
  readonly #queue: CurationQueue;
  readonly #clock: Clock;
  #process: SteppedProcess | undefined;
  #outcome: CurationRequestResult | 'failed' | undefined;

  constructor(dice: Dice, stores: LakeStores, queue: CurationQueue, clock: Clock) {
    this.#dice = dice;
    this.#stores = stores;
    this.#queue = queue;
    this.#clock = clock;
  }

  get isIdle(): boolean {
    return this.#process === undefined;
  }

  /** Lets it go on, if it runs. Returns the outcome once it is over: undefined if it failed. */
  async tick(): Promise<CurationRequestResult | undefined> {
    const process = this.#process;
    if (process === undefined) return undefined;
    if (this.#outcome !== undefined) {
      const outcome = this.#outcome;
      this.#process = undefined;
      this.#outcome = undefined;
      if (outcome === 'failed') return undefined;
      if (outcome.requested > 0) this.#dice.count(`${outcome.action}-requested`);
      if ((outcome.strays ?? 0) > 0) this.#dice.count('strays-found');
      return outcome;
    }
    if (!this.#dice.strikesOneIn(40)) {
      await stepOrFail(process, this.#dice, CALLS);
      return undefined;
    }
    this.#dice.count('request-killed');
    process.kill();
    this.#process = undefined;
    return undefined;
  }

  async start(selection: CurationSelection, code: CurationProfile): Promise<void> {
    const process = new SteppedProcess();
    this.#process = process;
    const { raw, lake } = this.#stores;
    const ports = {
      raw: retryingClient(raw.through(process.gate)),
      lake: retryingClient(lake.through(process.gate)),
      queue: this.#queueThrough(process.gate),
      now: this.#clock.nowMs,
    };
    const options = {
      rawBucket: RAW_BUCKET,
      topic: this.#stores.topicName,
      stopAtMs: this.#clock.nowMs() + RUN_MS,
      curationVersion: code.curationVersion,
      maxRequests: MAX_REQUESTS,
    };
    const over = (outcome: CurationRequestResult | 'failed'): void => {
      if (this.#process === process) this.#outcome = outcome;
    };
    requestCuration(ports, selection, options).then(over, () => {
      over('failed');
    });
    await settle();
  }

  #queueThrough(gate: StoreGate): MessageQueue {
    const pass = async <T>(effect: () => T): Promise<T> => {
      await gate.before?.({ action: 'put', key: 'queue' });
      const result = effect();
      await gate.after?.({ action: 'put', key: 'queue' });
      return result;
    };
    return {
      send: (bodies) =>
        bodies.length === 0
          ? Promise.resolve()
          : pass(() => {
              for (const body of bodies) this.#queue.send(body, this.#clock.tick());
            }),
      count: () => pass(() => this.#queue.size),
    };
  }
}
