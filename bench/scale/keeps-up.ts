/** Whether a size keeps up with its load: the lag is bounded, and an outage is made good in time. */
import type { Figures } from './figures.ts';
import { type Simulation, simulate } from './simulate.ts';
import { OUTAGE_SECONDS, RECOVERY_SECONDS, rungBelow, type Sizing } from './sizing.ts';

/** Before the outage, to see what the lag is when nothing is wrong. */
const STEADY_SECONDS = 180;
/** Of that, until pollers and queue are at work. */
const SETTLING_SECONDS = 60;
const OUTAGE_END_SECONDS = STEADY_SECONDS + OUTAGE_SECONDS;
const SECONDS = OUTAGE_END_SECONDS + RECOVERY_SECONDS + 60;
/** Of lag, beside one and a half times the usual, that counts as recovered: a batch more or less. */
const SLACK_SECONDS = 1;
const SEED = 20_261_120;

export interface Verdict {
  readonly keepsUp: boolean;
  /** At most, before the outage. */
  readonly usualLagSeconds: number;
  readonly peakLagSeconds: number;
  /** Of lag, a quarter of an hour after the outage. */
  readonly lagAfterSeconds: number;
  /** From the end of the outage; undefined if the lag was still there at the end. */
  readonly recoverySeconds: number | undefined;
  readonly simulation: Simulation;
}

export function judgeSizing(
  sizing: Sizing,
  figures: Figures,
  quotesPerSecond = sizing.quotesPerSecond,
): Verdict {
  const simulation = simulate(
    {
      sizing,
      quotesPerSecond,
      seconds: SECONDS,
      outage: { fromSeconds: STEADY_SECONDS, seconds: OUTAGE_SECONDS },
      seed: SEED,
    },
    figures,
  );
  const { samples, s3 } = simulation;
  const most = (from: number, to: number): number =>
    Math.max(
      ...samples
        .filter(({ atSeconds }) => atSeconds >= from && atSeconds < to)
        .map(({ lagSeconds }) => lagSeconds),
    );
  const usualLagSeconds = most(SETTLING_SECONDS, STEADY_SECONDS);
  const bound = 1.5 * usualLagSeconds + SLACK_SECONDS;
  const lagAfterSeconds = most(OUTAGE_END_SECONDS + RECOVERY_SECONDS, SECONDS);
  const recovered = samples.find(
    ({ atSeconds, lagSeconds }) => atSeconds > OUTAGE_END_SECONDS && lagSeconds <= bound,
  );
  return {
    keepsUp: lagAfterSeconds <= bound && isSteady(simulation, sizing) && s3.refused === 0,
    usualLagSeconds,
    peakLagSeconds: most(0, SECONDS),
    lagAfterSeconds,
    recoverySeconds: recovered && recovered.atSeconds - OUTAGE_END_SECONDS,
    simulation,
  };
}

/** A lag that grows from the first minute is not one to come back to. */
function isSteady({ samples }: Simulation, { batchWindowSeconds }: Sizing): boolean {
  const before = samples.filter(
    ({ atSeconds }) => atSeconds >= SETTLING_SECONDS && atSeconds < STEADY_SECONDS,
  );
  return before.every(({ lagSeconds }) => lagSeconds <= 2 * batchWindowSeconds + SETTLING_SECONDS / 2);
}

/** The same load with one thing a rung smaller, for each thing that can be. */
export function smallerThan(sizing: Sizing): { readonly what: string; readonly sizing: Sizing }[] {
  const pollers = rungBelow(sizing.pollers);
  const curateConcurrency = rungBelow(sizing.curateConcurrency);
  return [
    ...(pollers === undefined
      ? []
      : [{ what: `${pollers} partitions and pollers`, sizing: { ...sizing, pollers, partitions: pollers } }]),
    ...(curateConcurrency === undefined || curateConcurrency < LEAST_QUEUE_CONCURRENCY
      ? []
      : [{ what: `${curateConcurrency} invocations of curation`, sizing: { ...sizing, curateConcurrency } }]),
  ];
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html */
const LEAST_QUEUE_CONCURRENCY = 2;
