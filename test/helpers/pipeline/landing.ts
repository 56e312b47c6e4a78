/**
 * The event source and land-quotes: batches in changing boundaries, retries, diversion, redelivery from earlier offsets,
 * kills, and zombies whose calls reach the store after their successors'.
 */
import { parseKafkaEvent } from '../../../core/kafka-event.ts';
import { answer, type KafkaBatchResponse, QuoteLander } from '../../../lambdas/land-quotes/land-quotes.ts';
import type { MemoryObjectStore } from '../memory-object-store.ts';
import { SteppedProcess, settle } from '../stepped.ts';
import type { Dice } from './dice.ts';
import { retryingClient, stepOrFail } from './faulty-calls.ts';
import { kafkaEvent, type Topic, type TopicRecord } from './topic.ts';

const CALLS = {
  oneIn: 16,
  failed: 'landing-call-failed',
  answerLost: 'landing-answer-lost',
  retried: 'landing-retried-by-client',
} as const;
const MAX_REWINDS = 2;
const MAX_ZOMBIES = 4;

interface Invocation {
  readonly records: readonly TopicRecord[];
  /** Of the event source, or the replay of a batch once diverted. */
  readonly replayed: DivertedBatch | undefined;
  response?: KafkaBatchResponse;
  error?: unknown;
}

interface DivertedBatch {
  readonly records: readonly TopicRecord[];
  isReplayed: boolean;
}

export class LandingActor {
  readonly #dice: Dice;
  readonly #topic: Topic;
  readonly #raw: MemoryObjectStore;
  /** Whether the pollers are provisioned: they then take partial answers and divert. */
  readonly #isProvisioned: boolean;
  /** Index into the topic of the next record to deliver, by partition. */
  readonly #positions: number[];
  readonly #zombies: SteppedProcess[] = [];
  readonly #diverted: DivertedBatch[] = [];
  #process = new SteppedProcess();
  #lander: QuoteLander | undefined;
  #invocation: Invocation | undefined;
  #rewinds = 0;

  constructor(dice: Dice, topic: Topic, raw: MemoryObjectStore) {
    this.#dice = dice;
    this.#topic = topic;
    this.#raw = raw;
    this.#isProvisioned = dice.isOneIn(2);
    this.#positions = topic.map(() => 0);
  }

  /** Whether everything was delivered and nothing of landing is under way; zombies may be. */
  get isIdle(): boolean {
    return this.#invocation === undefined && this.#remaining() === 0;
  }

  get hasZombies(): boolean {
    return this.#zombies.some((zombie) => zombie.isWaiting);
  }

  /** Records that nobody landed or is going to: still in the destination's bucket. */
  get leftInDestination(): readonly TopicRecord[] {
    return this.#diverted.filter(({ isReplayed }) => !isReplayed).flatMap(({ records }) => records);
  }

  async tick(): Promise<void> {
    if (this.#invocation === undefined) await this.#start();
    else await this.#goOn(this.#invocation);
  }

  async tickZombie(): Promise<void> {
    const zombie = this.#zombies[this.#dice.below(Math.max(this.#zombies.length, 1))];
    if (zombie === undefined) return;
    const isOutrun = this.#invocation === undefined || this.#process.isWaiting;
    if ((await zombie.step(this.#dice.below(16))) !== undefined && isOutrun)
      this.#dice.count('zombie-overtook');
  }

  /** Starts replaying one diverted batch if the function is free. */
  async replayDiverted(): Promise<void> {
    const batch = this.#diverted.find(({ isReplayed }) => !isReplayed);
    if (batch === undefined || this.#invocation !== undefined) return;
    await this.#invoke({ records: batch.records, replayed: batch });
  }

  #remaining(): number {
    return this.#topic.reduce((sum, log, index) => sum + log.length - (this.#positions[index] ?? 0), 0);
  }

  async #start(): Promise<void> {
    if (this.#dice.strikesOneIn(30)) this.#rewind();
    const records = this.#topic.flatMap((log, index) => {
      const from = this.#positions[index] ?? 0;
      return log.slice(from, from + this.#dice.below(6));
    });
    if (records.length > 0) await this.#invoke({ records, replayed: undefined });
  }

  #rewind(): void {
    if (this.#rewinds === MAX_REWINDS) return;
    this.#rewinds += 1;
    this.#dice.count('offsets-rewound');
    this.#topic.forEach((_, index) => {
      this.#positions[index] = this.#dice.below((this.#positions[index] ?? 0) + 1);
    });
  }

  async #invoke(invocation: Invocation): Promise<void> {
    this.#invocation = invocation;
    this.#lander ??= new QuoteLander(retryingClient(this.#raw.through(this.#process.gate)), 'quotes');
    const lander = this.#lander;
    const land = async (): Promise<KafkaBatchResponse> => {
      const outcomes = await lander.land(parseKafkaEvent(kafkaEvent(invocation.records)));
      return answer(outcomes, this.#isProvisioned);
    };
    land().then(
      (response) => {
        invocation.response = response;
      },
      (error: unknown) => {
        invocation.error = error;
      },
    );
    await settle();
  }

  async #goOn(invocation: Invocation): Promise<void> {
    if (invocation.response === undefined && invocation.error === undefined) {
      if (this.#dice.strikesOneIn(24)) this.#kill(invocation);
      else if (this.#zombies.length < MAX_ZOMBIES && this.#dice.strikesOneIn(16)) this.#abandon(invocation);
      else await stepOrFail(this.#process, this.#dice, CALLS);
      return;
    }
    this.#invocation = undefined;
    if (invocation.response === undefined) {
      this.#retryOrDivert(invocation);
      return;
    }
    const failed = invocation.response.batchItemFailures;
    if (invocation.replayed === undefined) this.#commit(invocation.records, failed);
    else if (failed.length === 0) {
      invocation.replayed.isReplayed = true;
      this.#dice.count('diverted-replayed');
    }
  }

  /** The process ends; what it has sent may arrive yet. */
  #kill(invocation: Invocation): void {
    this.#dice.count('landing-killed');
    this.#process.kill();
    this.#leave(invocation);
  }

  /** The event source takes it for failed, but it goes on. */
  #abandon(invocation: Invocation): void {
    this.#dice.count('landing-zombie');
    this.#leave(invocation);
  }

  #leave(invocation: Invocation): void {
    this.#zombies.push(this.#process);
    this.#process = new SteppedProcess();
    this.#lander = undefined;
    this.#invocation = undefined;
    this.#retryOrDivert(invocation);
  }

  #retryOrDivert({ records, replayed }: Invocation): void {
    if (replayed !== undefined || !this.#isProvisioned || !this.#dice.strikesOneIn(4)) return;
    this.#dice.count('batch-diverted');
    this.#diverted.push({ records, isReplayed: false });
    this.#commit(records, []);
  }

  /** Up to the first failed record of each partition: https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html */
  #commit(records: readonly TopicRecord[], failed: KafkaBatchResponse['batchItemFailures']): void {
    for (const [partition, some] of Map.groupBy(records, (record) => record.partition)) {
      const firstFailed = failed
        .filter(({ itemIdentifier }) => itemIdentifier.partition === `quotes-${partition}`)
        .reduce((first, { itemIdentifier: { offset } }) => Math.min(first, offset), Infinity);
      const last = some.findLast(({ offset }) => offset < firstFailed);
      const log = this.#topic[partition] ?? [];
      if (last !== undefined) this.#positions[partition] = log.indexOf(last) + 1;
    }
  }
}
