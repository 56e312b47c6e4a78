/**
 * The event source and land-quotes: batches in changing boundaries, retries, diversion, redelivery from earlier offsets,
 * kills, and zombies whose calls reach the store after their successors'.
 */
import { DIVERTED_PREFIX } from '../../../core/diverted-batch.ts';
import type { KafkaBatchResponse } from '../../../core/kafka-batch-response.ts';
import { parseKafkaEvent } from '../../../core/kafka-event.ts';
import { landDiverted } from '../../../lambdas/land-quotes/land-diverted.ts';
import { answer, QuoteLander } from '../../../lambdas/land-quotes/land-quotes.ts';
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
  /** Key of the diverted batch that it lands; undefined: it is the event source's. */
  readonly replayed: string | undefined;
  response?: KafkaBatchResponse;
  error?: unknown;
}

export class LandingActor {
  readonly #dice: Dice;
  readonly #topic: Topic;
  readonly #topicName: string;
  readonly #raw: MemoryObjectStore;
  /** Whether the pollers are provisioned: they then take partial answers and divert. */
  readonly #isProvisioned: boolean;
  /** Index into the topic of the next record to deliver, by partition. */
  readonly #positions: number[];
  readonly #zombies: SteppedProcess[] = [];
  /** What each document of the on-failure destination holds, by key. */
  readonly #diverted = new Map<string, readonly TopicRecord[]>();
  #process = new SteppedProcess();
  #lander: QuoteLander | undefined;
  #invocation: Invocation | undefined;
  #rewinds = 0;

  constructor(dice: Dice, topic: Topic, topicName: string, raw: MemoryObjectStore) {
    this.#dice = dice;
    this.#topic = topic;
    this.#topicName = topicName;
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

  /** Records of the batches that still lie in the destination. */
  get leftInDestination(): readonly TopicRecord[] {
    return [...this.#diverted].flatMap(([key, records]) => (this.#raw.objects.has(key) ? records : []));
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

  /** Somebody has one diverted batch landed, if the function is free. */
  async replayDiverted(): Promise<void> {
    if (this.#invocation !== undefined) return;
    const [key] = [...this.#diverted.keys()].filter((each) => this.#raw.objects.has(each));
    if (key !== undefined) await this.#invoke({ records: this.#diverted.get(key) ?? [], replayed: key });
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
    const raw = retryingClient(this.#raw.through(this.#process.gate));
    this.#lander ??= new QuoteLander(raw, this.#topicName);
    const lander = this.#lander;
    const land = async (): Promise<KafkaBatchResponse> => {
      const { records, replayed } = invocation;
      const outcomes =
        replayed === undefined
          ? await lander.land(parseKafkaEvent(kafkaEvent(records)))
          : await landDiverted(lander, raw, replayed);
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
    // Without provisioned pollers nobody reads it: https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
    const failed = this.#isProvisioned ? invocation.response.batchItemFailures : [];
    if (invocation.replayed === undefined) this.#commit(invocation.records, failed);
    else this.#dice.count('diverted-replayed');
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

  /** https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html */
  #retryOrDivert({ records, replayed }: Invocation): void {
    if (replayed !== undefined || !this.#isProvisioned || !this.#dice.strikesOneIn(4)) return;
    this.#dice.count('batch-diverted');
    const key = `${DIVERTED_PREFIX}mapping/${this.#diverted.size}`;
    const body = Buffer.from(JSON.stringify({ payload: JSON.stringify(kafkaEvent(records)) }));
    this.#diverted.set(key, records);
    // The store does it at once: nothing waits in its way.
    void this.#raw.put(key, { body, contentType: 'application/json' });
    this.#commit(records, []);
  }

  /** Up to the first failed record of each partition: https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html */
  #commit(records: readonly TopicRecord[], failed: KafkaBatchResponse['batchItemFailures']): void {
    for (const [partition, some] of Map.groupBy(records, (record) => record.partition)) {
      const firstFailed = failed
        .filter(({ itemIdentifier }) => itemIdentifier.partition === `${this.#topicName}-${partition}`)
        .reduce((first, { itemIdentifier: { offset } }) => Math.min(first, offset), Infinity);
      const last = some.findLast(({ offset }) => offset < firstFailed);
      const log = this.#topic[partition] ?? [];
      if (last !== undefined) this.#positions[partition] = log.indexOf(last) + 1;
    }
  }
}
