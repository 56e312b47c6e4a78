import { setTimeout as sleep } from 'node:timers/promises';
import { TickerlakeError } from '../../core/errors.ts';
import type { ProbeConfig } from './config.ts';
import { type Metrics, measureCompaction, measureFreshness, measureUnseen } from './measure.ts';
import { type FreshnessSeen, type ProbePorts, seeCompaction, seeFreshness } from './probe-freshness.ts';

export interface Probed {
  /** Undefined while nothing is due. */
  readonly freshness: FreshnessSeen | undefined;
  /** Seconds, by topic. */
  readonly compactionAges: ReadonlyMap<string, number>;
}

export interface ProbeTimes {
  readonly nowMs: number;
  /** For the query; it is stopped then. */
  readonly patienceMs: number;
  /** For all of the look at the view, in case that a call never ends: above `patienceMs`. */
  readonly deadlineMs: number;
}

/**
 * Looks at the view and at compaction. What one half saw is measured though the other fails or takes long.
 * @throws TickerlakeError of the half that failed, the view's first
 */
export async function probe(
  ports: ProbePorts,
  config: ProbeConfig,
  metricsOf: (topic: string) => Metrics,
  times: ProbeTimes,
): Promise<Probed> {
  const [freshness, compaction] = await Promise.allSettled([
    probeFreshness(ports, config, metricsOf(config.topic), times),
    probeCompaction(ports, config, metricsOf, times.nowMs),
  ]);
  if (freshness.status === 'rejected') throw freshness.reason;
  if (compaction.status === 'rejected') throw compaction.reason;
  return { freshness: freshness.value, compactionAges: compaction.value };
}

/** A look fails only while records are due: nothing is asked at other times. */
async function probeFreshness(
  ports: ProbePorts,
  config: ProbeConfig,
  metrics: Metrics,
  { nowMs, patienceMs, deadlineMs }: ProbeTimes,
): Promise<FreshnessSeen | undefined> {
  try {
    const seen = await within(deadlineMs, seeFreshness(ports, config, nowMs, patienceMs));
    measureFreshness(metrics, seen);
    return seen;
  } catch (error) {
    measureUnseen(metrics);
    throw error;
  }
}

async function probeCompaction(
  ports: ProbePorts,
  config: ProbeConfig,
  metricsOf: (topic: string) => Metrics,
  nowMs: number,
): Promise<ReadonlyMap<string, number>> {
  const ages = await seeCompaction(ports, config, nowMs);
  measureCompaction(metricsOf, ages);
  return ages;
}

/** Lambda ends a function that is too late without a word, so what hangs is given up before. */
async function within<T>(deadlineMs: number, look: Promise<T>): Promise<T> {
  const clock = new AbortController();
  const late = sleep(deadlineMs, undefined, { signal: clock.signal }).then((): never => {
    throw new TickerlakeError('WAIT_TIMED_OUT', `the view gave no answer in ${deadlineMs} ms`, {
      hint: 'see whether Athena and Glue are well, and query the view by hand',
    });
  });
  try {
    return await Promise.race([look, late]);
  } finally {
    clock.abort();
  }
}
