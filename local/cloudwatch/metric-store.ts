/** The metrics of a run: one aggregate a metric and minute, and only of the last hours. */
import { type Aggregate, type Metric, merge, metricKey } from './metric.ts';

/** CloudWatch's standard resolution, and the step in which evaluations advance. */
export const MINUTE_MS = 60_000;
/** Three periods of six hours: the longest that an alarm looks back. */
export const RETENTION_MS = 18 * 60 * MINUTE_MS;

export class MetricStore {
  private readonly now: () => number;
  private readonly series = new Map<string, Map<number, Aggregate>>();
  private prunedMinute = 0;

  constructor(now: () => number) {
    this.now = now;
  }

  /** Keeps a sample of the given time; one that is older than what is kept is dropped. */
  put(metric: Metric, value: number, atMs: number = this.now()): void {
    if (atMs < this.now() - RETENTION_MS) return;
    this.prune();
    const key = metricKey(metric);
    const minutes = this.series.get(key) ?? new Map<number, Aggregate>();
    this.series.set(key, minutes);
    const minute = Math.floor(atMs / MINUTE_MS);
    const sample = { count: 1, sum: value, minimum: value, maximum: value };
    const kept = minutes.get(minute);
    minutes.set(minute, kept === undefined ? sample : merge(kept, sample));
  }

  /** The samples from one whole minute to before another; undefined where there are none. */
  between(metric: Metric, fromMs: number, toMs: number): Aggregate | undefined {
    const minutes = this.series.get(metricKey(metric));
    if (minutes === undefined) return undefined;
    let total: Aggregate | undefined;
    for (let minute = fromMs / MINUTE_MS; minute < toMs / MINUTE_MS; minute++) {
      const found = minutes.get(minute);
      if (found !== undefined) total = total === undefined ? found : merge(total, found);
    }
    return total;
  }

  /** Once a minute, what is too old goes. */
  private prune(): void {
    const minute = Math.floor(this.now() / MINUTE_MS);
    if (minute === this.prunedMinute) return;
    this.prunedMinute = minute;
    const oldest = Math.floor((this.now() - RETENTION_MS) / MINUTE_MS);
    for (const [key, minutes] of this.series) {
      for (const kept of minutes.keys()) if (kept < oldest) minutes.delete(kept);
      if (minutes.size === 0) this.series.delete(key);
    }
  }
}
