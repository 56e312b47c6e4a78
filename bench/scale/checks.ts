/** The derived sizes, each checked by simulation: it keeps up, and what is a rung smaller does not. */
import type { Figures } from './figures.ts';
import { judgeSizing, smallerThan, type Verdict } from './keeps-up.ts';
import { LIMITS } from './limits.ts';
import { HEADROOM, type Sizing, sizeFor } from './sizing.ts';

export const LOADS = [1000, 100_000, 1_000_000] as const;

/** Above what a size is for: it has to fail then. */
const OVERLOAD = 1.1;
const MB = 1e6;
const MINUTE_SECONDS = 60;

export interface CheckedSize {
  readonly what: string;
  readonly quotesPerSecond: number;
  readonly keepsUp: boolean;
  readonly usualLagSeconds: number;
  readonly peakLagSeconds: number;
  readonly lagAfterSeconds: number;
  /** Null if the lag was still there at the end. */
  readonly recoverySeconds: number | null;
  readonly throttled: number;
  readonly refused: number;
  readonly mostInvocations: { readonly land: number; readonly curate: number };
  /** Each minute. */
  readonly lagSeconds: readonly number[];
}

export interface CheckedLoad {
  readonly sizing: Sizing;
  readonly derived: CheckedSize;
  /** Expected to fail. */
  readonly smaller: readonly CheckedSize[];
}

export function checkLoad(quotesPerSecond: number, figures: Figures): CheckedLoad {
  const sizing = sizeFor(quotesPerSecond, figures);
  const smaller = smallerThan(sizing).map(({ what, sizing: less }) =>
    describe(what, judgeSizing(less, figures), quotesPerSecond),
  );
  return {
    sizing,
    derived: describe('as derived', judgeSizing(sizing, figures), quotesPerSecond),
    smaller: smaller.length > 0 ? smaller : [overloaded(sizing, figures)],
  };
}

/** Nothing is smaller than the smallest: it is given more than it is for. */
function overloaded(sizing: Sizing, figures: Figures): CheckedSize {
  const capacity = (sizing.pollers * LIMITS.poller.value * MB) / figures.recordBytes / HEADROOM;
  const quotesPerSecond = Math.round(capacity * OVERLOAD);
  const what = `the same at ${quotesPerSecond.toLocaleString('en-US')} quotes/s`;
  return describe(what, judgeSizing(sizing, figures, quotesPerSecond), quotesPerSecond);
}

function describe(what: string, verdict: Verdict, quotesPerSecond: number): CheckedSize {
  const { keepsUp, usualLagSeconds, peakLagSeconds, lagAfterSeconds, recoverySeconds, simulation } = verdict;
  const { s3, mostInvocations, samples } = simulation;
  return {
    what,
    quotesPerSecond,
    keepsUp,
    usualLagSeconds: tenths(usualLagSeconds),
    peakLagSeconds: tenths(peakLagSeconds),
    lagAfterSeconds: tenths(lagAfterSeconds),
    recoverySeconds: recoverySeconds === undefined ? null : tenths(recoverySeconds),
    throttled: s3.throttled,
    refused: s3.refused,
    mostInvocations,
    lagSeconds: samples
      .filter(({ atSeconds }) => Math.round(atSeconds) % MINUTE_SECONDS === 0)
      .map(({ lagSeconds }) => tenths(lagSeconds)),
  };
}

function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}

/** What is wrong with a check, in words; empty if nothing is. */
export function failuresOf({ sizing, derived, smaller }: CheckedLoad): string[] {
  const load = `${sizing.quotesPerSecond.toLocaleString('en-US')} quotes/s`;
  return [
    ...(derived.keepsUp ? [] : [`${load}: the derived size does not keep up`]),
    ...smaller
      .filter(({ keepsUp }) => keepsUp)
      .map(({ what }) => `${load}: ${what} would do, so the derived size is too large`),
  ];
}
