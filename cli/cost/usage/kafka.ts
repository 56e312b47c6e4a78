/** Amazon MSK. https://aws.amazon.com/msk/pricing/ */
import {
  consumerFlows,
  DAYS_PER_MONTH,
  GB,
  HOURS_PER_MONTH,
  type Model,
  sum,
  topicFlows,
  totalPartitions,
} from '../flow.ts';
import { priceOfSize } from '../price-table.ts';
import { listAt, numberAt, type Resource, textAt } from '../resources.ts';
import { type Usage, type Use, use } from './usage.ts';

export const serverlessCluster: Usage = (_, model) => [
  use('msk.serverless.cluster', HOURS_PER_MONTH),
  use('msk.serverless.partition', HOURS_PER_MONTH * totalPartitions(model)),
  use('msk.serverless.in', bytesIn(model) / GB),
  use('msk.serverless.out', bytesOut(model) / GB),
  use('msk.serverless.storage', retainedBytes(model) / GB),
];

export const provisionedCluster: Usage = (cluster, model) => {
  const brokers = numberAt(cluster, 'NumberOfBrokerNodes');
  const brokerType = textAt(cluster, 'BrokerNodeGroupInfo', 'InstanceType') ?? 'of no type';
  const volumeGiB = numberAt(cluster, 'BrokerNodeGroupInfo', 'StorageInfo', 'EBSStorageInfo', 'VolumeSize');
  return [
    use(priceOfSize('msk.broker', brokerType), brokers * HOURS_PER_MONTH),
    use('msk.storage', brokers * volumeGiB),
    ...zoneCrossing(cluster, model),
    use('cloudwatch.metrics', enhancedMetrics(cluster, model)),
  ];
};

/** Between brokers it is free; a client meets its partition's leader in another zone as often as there are others. */
function zoneCrossing(cluster: Resource, model: Model): Use[] {
  const zones = listAt(cluster, 'BrokerNodeGroupInfo', 'ClientSubnets').length;
  const crossing = (bytesIn(model) + bytesOut(model)) * (1 - 1 / Math.max(1, zones));
  return [use('vpc.zones', (2 * crossing) / GB)];
}

/**
 * Metrics beyond the free level, roughly: 60 a broker, 10 a broker and topic.
 * https://docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html
 */
const PER_BROKER_METRICS = 60;
const PER_TOPIC_METRICS = 10;

function enhancedMetrics(cluster: Resource, model: Model): number {
  const brokers = numberAt(cluster, 'NumberOfBrokerNodes');
  const perBroker = brokers * PER_BROKER_METRICS;
  const perTopic = brokers * PER_TOPIC_METRICS * topicFlows(model).length;
  switch (textAt(cluster, 'EnhancedMonitoring')) {
    case 'PER_BROKER':
      return perBroker;
    case 'PER_TOPIC_PER_BROKER':
      return perBroker + perTopic;
    case 'PER_TOPIC_PER_PARTITION':
      return perBroker + perTopic + PER_TOPIC_METRICS * totalPartitions(model);
    default:
      return 0;
  }
}

/** What producers send, the filter among them. */
export function bytesIn(model: Model): number {
  return sum(topicFlows(model).map(({ bytes }) => bytes));
}

/** Every event source reads its whole topic. */
export function bytesOut(model: Model): number {
  return sum(consumerFlows(model).map(({ topic }) => topic.bytes));
}

/** Held on average over the month, one copy. */
function retainedBytes(model: Model): number {
  return sum(
    topicFlows(model).map(({ bytes, retentionDays }) => bytes * Math.min(1, retentionDays / DAYS_PER_MONTH)),
  );
}

/** Copies of each record on a provisioned cluster. */
export const REPLICAS = 3;
