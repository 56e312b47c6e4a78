/** Randomness of a schedule, and what of it went wrong on purpose. */
import { mixKeys } from '../../../core/random.ts';
import { type Random, randomBelow } from '../stepped.ts';

/** Everything that a schedule may inject. A run in which one of them never happened proves nothing of it. */
export const INJECTIONS = [
  'offset-gap',
  'poison',
  'landing-killed',
  'landing-call-failed',
  'landing-answer-lost',
  'landing-retried-by-client',
  'landing-zombie',
  'zombie-overtook',
  'batch-diverted',
  'diverted-replayed',
  'diverted-left',
  'offsets-rewound',
  'event-lost',
  'event-doubled',
  'event-delayed',
  'curation-killed',
  'killed-call-arrived',
  'curation-call-failed',
  'curation-answer-lost',
  'message-doubled',
  'dead-letter',
  'late-schema',
  'version-deployed-midway',
  'clock-skipped',
  'curation-timed-out',
  'request-killed',
  'request-call-failed',
  'request-answer-lost',
  'strays-found',
  'sweep-requested',
  'redrive-requested',
  'replay-requested',
] as const;

export type Injection = (typeof INJECTIONS)[number];
export type InjectionCounts = Record<Injection, number>;

export function noInjections(): InjectionCounts {
  return Object.fromEntries(INJECTIONS.map((kind) => [kind, 0])) as InjectionCounts;
}

export class Dice {
  readonly counts = noInjections();
  /** False once nothing more is to go wrong. */
  isRough = true;
  readonly #below: Random;

  constructor(seed: number) {
    this.#below = randomBelow(mixKeys(seed));
  }

  /** A whole number from 0 to, and without, `end`. */
  below(end: number): number {
    return this.#below(end);
  }

  isOneIn(sides: number): boolean {
    return this.#below(sides) === 0;
  }

  /** Like `isOneIn`, for what goes wrong. */
  strikesOneIn(sides: number): boolean {
    return this.isRough && this.isOneIn(sides);
  }

  count(kind: Injection): void {
    this.counts[kind] += 1;
  }
}
