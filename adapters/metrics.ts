/**
 * Metrics as lines of a function's log, which CloudWatch makes metrics of: nothing is called, so nothing can fail or be slow.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * Dimensions are the function's name and the topic, never what a record says.
 */
import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRIC_UNITS, METRICS_NAMESPACE, type MetricName } from '../core/metrics.ts';

export interface FunctionMetrics {
  /** Keeps a value until `publish`; several of one name become one metric with as many samples. */
  add(name: MetricName, value: number): void;
  /** A value under one dimension more, published at once. */
  addByCode(name: MetricName, code: string, value: number): void;
  /** To be called at the end of each invocation. */
  publish(): void;
}

/** @param functionName as deployed, so that stages of one account do not mix */
export function createMetrics(functionName: string, topic: string): FunctionMetrics {
  const metrics = new Metrics({
    namespace: METRICS_NAMESPACE,
    serviceName: functionName,
    defaultDimensions: { topic },
  });
  return {
    add(name, value) {
      metrics.addMetric(name, METRIC_UNITS[name], value);
    },
    addByCode(name, code, value) {
      const single = metrics.singleMetric();
      single.addDimension('code', code);
      single.addMetric(name, METRIC_UNITS[name], value);
    },
    publish() {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}
