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

/** The same for the same metric, in whatever order its dimensions come. */
export function metricKey({ namespace, name, dimensions }: Metric): string {
  return JSON.stringify([
    namespace,
    name,
    Object.entries(dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ]);
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
