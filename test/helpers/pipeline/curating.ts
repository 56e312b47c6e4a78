/** curate-quotes: several at once, killed anywhere, their calls failing, a newer version deployed in between. */
import type { SQSBatchResponse } from 'aws-lambda';
import { ObjectCurator } from '../../../lambdas/curate-quotes/curate-object.ts';
import { answer, curateMessages } from '../../../lambdas/curate-quotes/curate-quotes.ts';
import type { MemoryObjectStore } from '../memory-object-store.ts';
import { SteppedProcess, settle } from '../stepped.ts';
import type { SteppedCatalog } from './catalog.ts';
import type { Dice } from './dice.ts';
import { retryingClient, stepOrFail } from './faulty-calls.ts';
import { type CurationQueue, type Message, RAW_BUCKET, sqsMessage } from './queue.ts';
import type { CurationProfile } from './topic.ts';

const CALLS = {
  oneIn: 60,
  failed: 'curation-call-failed',
  answerLost: 'curation-answer-lost',
} as const;
const TIME_OUT_MS = 900_000;
/** A killed function's calls arrive before its messages are visible again: a queue hides them for six function time-outs. */
const VISIBILITY_TICKS = 30;

export interface LakeStores {
  /** Name of the topic that they hold. */
  readonly topicName: string;
  readonly raw: MemoryObjectStore;
  readonly lake: MemoryObjectStore;
  readonly catalog: SteppedCatalog;
}

/** An execution environment of the function: one batch at a time. */
export class CuratingActor {
  readonly #dice: Dice;
  readonly #stores: LakeStores;
  readonly #queue: CurationQueue;
  #process = new SteppedProcess();
  #code: CurationProfile | undefined;
  #curator: ObjectCurator | undefined;
  #batch: readonly Message[] = [];
  #response: SQSBatchResponse | undefined;
  #endsMs = 0;
  #dying: { readonly process: SteppedProcess; readonly untilTick: number } | undefined;

  constructor(dice: Dice, stores: LakeStores, queue: CurationQueue) {
    this.#dice = dice;
    this.#stores = stores;
    this.#queue = queue;
  }

  get isIdle(): boolean {
    return this.#batch.length === 0 && this.#dying === undefined;
  }

  /** @param code what is deployed now: taken up between batches */
  async tick(tick: number, nowMs: number, code: CurationProfile): Promise<void> {
    if (this.#dying !== undefined) await this.#die(this.#dying, tick);
    else if (this.#batch.length === 0) await this.#start(tick, nowMs, code);
    else if (this.#response !== undefined) this.#finish(this.#response, tick);
    else if (nowMs > this.#endsMs) this.#kill(tick, 'curation-timed-out');
    else if (this.#dice.strikesOneIn(60)) this.#kill(tick, 'curation-killed');
    else await stepOrFail(this.#process, this.#dice, CALLS);
  }

  async #start(tick: number, nowMs: number, code: CurationProfile): Promise<void> {
    this.#batch = this.#queue.receive(tick);
    if (this.#batch.length === 0) return;
    this.#endsMs = nowMs + TIME_OUT_MS;
    if (this.#code !== code) this.#curator = undefined;
    this.#code = code;
    this.#curator ??= this.#deploy(code);
    const source = { bucket: RAW_BUCKET, topic: this.#stores.topicName };
    const batch = this.#batch;
    // A failure of the whole batch is one of the model: curateMessages catches what a message may do.
    void curateMessages(this.#curator, batch.map(sqsMessage), source).then((outcomes) => {
      this.#response = answer(outcomes);
    });
    await settle();
  }

  #deploy(code: CurationProfile): ObjectCurator {
    const { gate } = this.#process;
    const { raw, lake, catalog } = this.#stores;
    return new ObjectCurator(
      {
        raw: retryingClient(raw.through(gate)),
        lake: retryingClient(lake.through(gate)),
        partitions: catalog.partitionsThrough(gate),
        schemas: catalog.schemasThrough(gate, code.schemaText),
      },
      code,
    );
  }

  #finish({ batchItemFailures }: SQSBatchResponse, tick: number): void {
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const message of this.#batch) {
      if (failed.has(String(message.id)))
        this.#queue.return(message, tick + this.#dice.below(VISIBILITY_TICKS));
      else this.#queue.delete(message, tick);
    }
    this.#batch = [];
    this.#response = undefined;
  }

  #kill(tick: number, why: 'curation-killed' | 'curation-timed-out'): void {
    this.#dice.count(why);
    this.#process.kill();
    this.#dying = { process: this.#process, untilTick: tick + this.#dice.below(VISIBILITY_TICKS) };
    for (const message of this.#batch) this.#queue.return(message, this.#dying.untilTick + 1);
    this.#batch = [];
    this.#process = new SteppedProcess();
    this.#curator = undefined;
  }

  async #die(
    { process, untilTick }: { process: SteppedProcess; untilTick: number },
    tick: number,
  ): Promise<void> {
    if (tick > untilTick || !process.isWaiting) {
      this.#dying = undefined;
      return;
    }
    await process.step(this.#dice.below(16));
    this.#dice.count('killed-call-arrived');
  }
}
