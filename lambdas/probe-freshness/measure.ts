import type { FunctionMetrics } from '../../adapters/metrics.ts';
import type { FreshnessSeen } from './probe-freshness.ts';

type Metrics = Pick<FunctionMetrics, 'add' | 'publish'>;

/** No sample while nothing is due. */
export function measureFreshness(metrics: Metrics, seen: FreshnessSeen | undefined): void {
  if (seen === undefined) return;
  metrics.add('FreshnessSeconds', seen.freshnessSeconds);
  metrics.add('FreshnessMissed', seen.isMissed ? 1 : 0);
  metrics.add('RowsSeen', seen.rows);
  metrics.add('BytesProbed', seen.scannedBytes);
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
