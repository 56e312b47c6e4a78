/** What Lambda counts of functions, https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html, and what they say themselves. */
import type { Invocation } from '../invoke/function-pool.ts';
import type { CloudWatch } from './cloudwatch.ts';
import { embeddedSamples } from './embedded-metrics.ts';
import { LogTail } from './log-tail.ts';

/** A throttled invocation did not happen. Of one that did, the metrics have the time when it began. */
export function putInvocation(
  cloudwatch: CloudWatch,
  { functionName, outcome, durationMs }: Invocation,
): void {
  const atMs = cloudwatch.now() - durationMs;
  const put = (name: string, value: number): void => {
    const metric = { namespace: 'AWS/Lambda', name, dimensions: { FunctionName: functionName } };
    cloudwatch.put(metric, value, atMs);
  };
  put('Throttles', outcome === 'throttled' ? 1 : 0);
  if (outcome === 'throttled') return;
  put('Invocations', 1);
  put('Errors', outcome === 'failed' ? 1 : 0);
  put('Duration', durationMs);
}

/** Puts the metrics that functions have written to their logs since the last call. */
export function embeddedMetrics(cloudwatch: CloudWatch, logFiles: () => readonly string[]): () => void {
  const tails = new Map<string, LogTail>();
  return () => {
    for (const file of logFiles()) {
      const tail = tails.get(file) ?? new LogTail(file);
      tails.set(file, tail);
      for (const { metric, value, atMs } of tail.read().flatMap(embeddedSamples)) {
        cloudwatch.put(metric, value, atMs);
      }
    }
  };
}
