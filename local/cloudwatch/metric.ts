/** What a metric is called, and what it is asked for: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html */

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  /** Metrics of other dimensions are other metrics, be they more or fewer. */
  readonly dimensions: Readonly<Record<string, string>>;
}

export const STATISTICS = ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'] as const;
export type Statistic = (typeof STATISTICS)[number];

/** The samples of a stretch of time, summed up. */
export interface Aggregate {
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** Of metrics that are asked for again and again, as those of alarms are. */
const keys = new WeakMap<Metric, string>();

/** The same for the same metric, in whatever order its dimensions come. */
export function metricKey(metric: Metric): string {
  const known = keys.get(metric);
  if (known !== undefined) return known;
  const dimensions = Object.entries(metric.dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const key = JSON.stringify([metric.namespace, metric.name, dimensions]);
  keys.set(metric, key);
  return key;
}

export function merge(a: Aggregate, b: Aggregate): Aggregate {
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    minimum: Math.min(a.minimum, b.minimum),
    maximum: Math.max(a.maximum, b.maximum),
  };
}

export function statisticOf({ count, sum, minimum, maximum }: Aggregate, statistic: Statistic): number {
  const values = { SampleCount: count, Sum: sum, Average: sum / count, Minimum: minimum, Maximum: maximum };
  return values[statistic];
}
