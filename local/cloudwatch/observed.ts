/** Which metrics a local run emits. */
import type { Metric } from './metric.ts';

/** Of AWS services, with the one dimension that each is emitted by. */
const EMITTED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'AWS/Events': { RuleName: ['FailedInvocations', 'TriggeredRules'] },
  'AWS/Lambda': {
    EventSourceMappingUUID: ['OnFailureDestinationDeliveredEventCount'],
    FunctionName: ['Duration', 'Errors', 'Invocations', 'OffsetLag', 'Throttles'],
  },
  'AWS/SQS': {
    QueueName: [
      'ApproximateAgeOfOldestMessage',
      'ApproximateNumberOfMessagesDelayed',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesVisible',
    ],
  },
};

/** Why no local run ever has data of the metric; undefined where one may. Other namespaces are the functions' own. */
export function whyUnobserved({ namespace, name, dimensions }: Metric): string | undefined {
  if (!namespace.startsWith('AWS/')) return undefined;
  const [dimension = '', ...others] = Object.keys(dimensions);
  if (others.length === 0 && EMITTED[namespace]?.[dimension]?.includes(name) === true) return undefined;
  const by = Object.keys(dimensions).join(', ');
  return `nothing emits ${namespace} ${name} by ${by === '' ? 'no dimension' : by} locally`;
}
