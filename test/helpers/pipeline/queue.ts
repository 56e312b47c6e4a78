/**
 * S3's events and the queue of raw objects: at least once, in any order, late or never; a receive hides a message until its
 * time-out, and the last one sends it to the dead letters. Time is counted in ticks of the schedule.
 */
import type { CurateMessage } from '../../../lambdas/curate-quotes/curate-quotes.ts';
import type { Dice } from './dice.ts';

const MAX_RECEIVES = 3;
const MAX_DELAY = 60;
export const RAW_BUCKET = 'raw';

export interface Message {
  readonly id: number;
  readonly body: string;
  receives: number;
  visibleAt: number;
}

export class CurationQueue {
  readonly #dice: Dice;
  readonly #deadLetters: Message[] = [];
  #messages: Message[] = [];
  #sent = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** Messages waiting and worked on. */
  get size(): number {
    return this.#messages.length;
  }

  hasVisible(tick: number): boolean {
    return this.#messages.some(({ visibleAt }) => visibleAt <= tick);
  }

  get hasDeadLetters(): boolean {
    return this.#deadLetters.length > 0;
  }

  /** S3 tells of a new raw object through EventBridge: https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html */
  announce(key: string, tick: number): void {
    const body = JSON.stringify({
      'detail-type': 'Object Created',
      source: 'aws.s3',
      detail: { bucket: { name: RAW_BUCKET }, object: { key } },
    });
    if (this.#dice.strikesOneIn(10)) {
      this.#dice.count('event-lost');
      return;
    }
    const isDoubled = this.#dice.strikesOneIn(6);
    if (isDoubled) this.#dice.count('event-doubled');
    for (let copy = 0; copy < (isDoubled ? 3 : 1); copy += 1) {
      const isDelayed = this.#dice.strikesOneIn(4);
      if (isDelayed) this.#dice.count('event-delayed');
      this.send(body, tick + (isDelayed ? this.#dice.below(MAX_DELAY) : 0));
    }
  }

  send(body: string, visibleAt: number): void {
    this.#sent += 1;
    this.#messages.push({ id: this.#sent, body, receives: 0, visibleAt });
  }

  /** Some messages, hidden from now until they are deleted or returned. */
  receive(tick: number): Message[] {
    const taken: Message[] = [];
    for (let want = 1 + this.#dice.below(3); want > 0; want -= 1) {
      const visible = this.#messages.filter(({ visibleAt }) => visibleAt <= tick);
      const message = visible[this.#dice.below(Math.max(visible.length, 1))];
      if (message === undefined) break;
      message.receives += 1;
      message.visibleAt = Number.POSITIVE_INFINITY;
      if (message.receives <= MAX_RECEIVES) {
        taken.push(message);
      } else {
        this.#dice.count('dead-letter');
        this.#remove(message);
        this.#deadLetters.push(message);
      }
    }
    return taken;
  }

  delete(message: Message, tick: number): void {
    this.#remove(message);
    if (!this.#dice.strikesOneIn(30)) return;
    // A standard queue may deliver again what was deleted.
    this.#dice.count('message-doubled');
    this.#messages.push({ ...message, visibleAt: tick + this.#dice.below(MAX_DELAY) });
  }

  return(message: Message, visibleAt: number): void {
    message.visibleAt = visibleAt;
  }

  /** Redriven messages count as new: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html */
  redriveDeadLetters(tick: number): void {
    for (const { body } of this.#deadLetters.splice(0)) this.send(ofLongAgo(body), tick);
  }

  #remove(message: Message): void {
    this.#messages = this.#messages.filter(({ id }) => id !== message.id);
  }
}

/** Time is counted in ticks, which events do not carry; but a dead letter has been hidden for all of its receives. */
function ofLongAgo(body: string): string {
  return JSON.stringify({ ...(JSON.parse(body) as object), time: '2000-01-01T00:00:00Z' });
}

/** As Lambda's event source hands it over. */
export function sqsMessage({ id, body, receives }: Message): CurateMessage {
  return { messageId: String(id), body, attributes: { ApproximateReceiveCount: String(receives) } };
}
