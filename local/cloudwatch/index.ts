/** The alarms of the templates and the metrics that they watch: see alarm.ts for what is told of them. */
export type { AlarmStatus, Alarms, CompositeStatus } from './alarm.ts';
export { CloudWatch } from './cloudwatch.ts';
export { embeddedMetrics, putInvocation } from './function-metrics.ts';
export { queueMetrics } from './queue-metrics.ts';
