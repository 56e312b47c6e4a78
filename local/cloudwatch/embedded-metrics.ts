/**
 * Metrics that functions write as lines of their logs:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import type { Metric } from './metric.ts';

export interface Sample {
  readonly metric: Metric;
  readonly value: number;
  readonly atMs: number;
}

/** What a line without metrics does not hold: it is not even parsed. */
const MARK = '"CloudWatchMetrics"';

/** The samples of a line of a log; none of what CloudWatch would not make a metric of, either. */
export function embeddedSamples(line: string): readonly Sample[] {
  if (!line.includes(MARK)) return [];
  const root = parsed(line);
  const about = asObject(root['_aws']);
  const atMs = about['Timestamp'];
  if (typeof atMs !== 'number') return [];
  return asList(about['CloudWatchMetrics']).flatMap((directive) => {
    const { Namespace: namespace, Dimensions, Metrics } = asObject(directive);
    if (typeof namespace !== 'string') return [];
    const dimensionSets = asList(Dimensions)
      .map((names) => dimensionsOf(root, asList(names)))
      .filter((dimensions) => dimensions !== undefined);
    const values = asList(Metrics).flatMap((definition) => {
      const name = asObject(definition)['Name'];
      return typeof name === 'string' ? valuesOf(root[name]).map((value) => ({ name, value })) : [];
    });
    return dimensionSets.flatMap((dimensions) =>
      values.map(({ name, value }) => ({ metric: { namespace, name, dimensions }, value, atMs })),
    );
  });
}

/** Undefined where the line has no text for one of them. */
function dimensionsOf(root: JsonMap, names: readonly unknown[]): Record<string, string> | undefined {
  const entries = names.map((name) => [String(name), root[String(name)]] as const);
  if (entries.some(([, value]) => typeof value !== 'string')) return undefined;
  return Object.fromEntries(entries) as Record<string, string>;
}

const valuesOf = (value: unknown): number[] =>
  [value].flat().filter((each): each is number => typeof each === 'number' && Number.isFinite(each));

type JsonMap = Readonly<Record<string, unknown>>;

function parsed(line: string): JsonMap {
  try {
    return asObject(JSON.parse(line));
  } catch {
    return {};
  }
}

const asObject = (value: unknown): JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonMap) : {};
const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
