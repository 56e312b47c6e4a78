import type { FunctionMetrics } from '../../adapters/metrics.ts';
import type { FreshnessSeen } from './probe-freshness.ts';

export type Metrics = Pick<FunctionMetrics, 'add' | 'publish'>;

/** No sample while nothing is due. */
export function measureFreshness(metrics: Metrics, seen: FreshnessSeen | undefined): void {
  if (seen === undefined) return;
  metrics.add('FreshnessSeconds', seen.freshnessSeconds);
  metrics.add('FreshnessMissed', seen.isMissed ? 1 : 0);
  metrics.add('RowsSeen', seen.rows);
  metrics.add('BytesProbed', seen.scannedBytes);
  metrics.publish();
}

/**
 * Of a look that failed while records are due: who asks gets no quotes at all, which is no better than old ones. Without a sample
 * it would count as a good probe. Age and rows stay unknown.
 */
export function measureUnseen(metrics: Metrics): void {
  metrics.add('FreshnessMissed', 1);
  metrics.publish();
}

/** By topic. */
export function measureCompaction(
  metricsOf: (topic: string) => Metrics,
  ages: ReadonlyMap<string, number>,
): void {
  for (const [topic, seconds] of ages) {
    const metrics = metricsOf(topic);
    metrics.add('CompactionAge', seconds);
    metrics.publish();
  }
}
