/**
 * MSK's own account of its kafka-cluster actions, each "equivalent to Apache Kafka's … ACL":
 * https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html#actions
 */
import kafkajs, { type AclOperationTypes, type AclResourceTypes } from 'kafkajs';

export type KafkaResourceKind = 'cluster' | 'topic' | 'group' | 'transactional-id';

export interface KafkaAction {
  readonly kind: KafkaResourceKind;
  /** None for Connect: the listener decides on it when the token is verified. */
  readonly operation?: AclOperationTypes;
  /** Actions that must be granted as well: on the same resource if of the same kind, else on any of theirs. */
  readonly requires: readonly string[];
}

const { ALTER, ALTER_CONFIGS, CREATE, DELETE, DESCRIBE, DESCRIBE_CONFIGS, IDEMPOTENT_WRITE, READ, WRITE } =
  kafkajs.AclOperationTypes;

export const KAFKA_ACTIONS: Readonly<Record<string, KafkaAction>> = {
  Connect: { kind: 'cluster', requires: [] },
  DescribeCluster: { kind: 'cluster', operation: DESCRIBE, requires: ['Connect'] },
  AlterCluster: { kind: 'cluster', operation: ALTER, requires: ['Connect', 'DescribeCluster'] },
  DescribeClusterDynamicConfiguration: {
    kind: 'cluster',
    operation: DESCRIBE_CONFIGS,
    requires: ['Connect'],
  },
  AlterClusterDynamicConfiguration: {
    kind: 'cluster',
    operation: ALTER_CONFIGS,
    requires: ['Connect', 'DescribeClusterDynamicConfiguration'],
  },
  WriteDataIdempotently: { kind: 'cluster', operation: IDEMPOTENT_WRITE, requires: ['Connect', 'WriteData'] },
  CreateTopic: { kind: 'topic', operation: CREATE, requires: ['Connect'] },
  DescribeTopic: { kind: 'topic', operation: DESCRIBE, requires: ['Connect'] },
  AlterTopic: { kind: 'topic', operation: ALTER, requires: ['Connect', 'DescribeTopic'] },
  DeleteTopic: { kind: 'topic', operation: DELETE, requires: ['Connect', 'DescribeTopic'] },
  DescribeTopicDynamicConfiguration: { kind: 'topic', operation: DESCRIBE_CONFIGS, requires: ['Connect'] },
  AlterTopicDynamicConfiguration: {
    kind: 'topic',
    operation: ALTER_CONFIGS,
    requires: ['Connect', 'DescribeTopicDynamicConfiguration'],
  },
  ReadData: { kind: 'topic', operation: READ, requires: ['Connect', 'DescribeTopic', 'AlterGroup'] },
  WriteData: { kind: 'topic', operation: WRITE, requires: ['Connect', 'DescribeTopic'] },
  DescribeGroup: { kind: 'group', operation: DESCRIBE, requires: ['Connect'] },
  // MSK: "join groups on a cluster, equivalent to Apache Kafka's READ GROUP ACL".
  AlterGroup: { kind: 'group', operation: READ, requires: ['Connect', 'DescribeGroup'] },
  DeleteGroup: { kind: 'group', operation: DELETE, requires: ['Connect', 'DescribeGroup'] },
  DescribeTransactionalId: { kind: 'transactional-id', operation: DESCRIBE, requires: ['Connect'] },
  AlterTransactionalId: {
    kind: 'transactional-id',
    operation: WRITE,
    requires: ['Connect', 'DescribeTransactionalId', 'WriteData'],
  },
};

export const KAFKA_RESOURCE_TYPES: Readonly<Record<KafkaResourceKind, AclResourceTypes>> = {
  cluster: kafkajs.AclResourceTypes.CLUSTER,
  topic: kafkajs.AclResourceTypes.TOPIC,
  group: kafkajs.AclResourceTypes.GROUP,
  'transactional-id': kafkajs.AclResourceTypes.TRANSACTIONAL_ID,
};

/** ARN of a resource of the cluster: https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html#msk-iam-resources */
export function kafkaResourceArn(kind: KafkaResourceKind, name: string, clusterArn: string): string {
  return kind === 'cluster' ? clusterArn : `${clusterArn.replace(':cluster/', `:${kind}/`)}/${name}`;
}
