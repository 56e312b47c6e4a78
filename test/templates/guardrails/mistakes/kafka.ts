import { set } from '../draft.ts';
import type { Mistake } from '../mistake.ts';

const CLUSTER = 'AWS::MSK::Cluster';
const TOPIC = 'AWS::MSK::Topic';

export const KAFKA_MISTAKES: readonly Mistake[] = [
  {
    id: 'kafka-version-ended',
    stage: 'prod',
    rule: 'kafka-version',
    make: (draft) => {
      set(draft.of(CLUSTER), 'KafkaVersion', '2.8.1');
    },
  },
  {
    id: 'kafka-configuration-of-other-version',
    stage: 'prod',
    rule: 'kafka-version',
    make: (draft) => {
      set(draft.of('AWS::MSK::Configuration'), 'KafkaVersionsList', ['3.5.1']);
    },
  },
  {
    id: 'kafka-broker-type-that-is-none',
    stage: 'prod',
    rule: 'kafka-broker-type',
    make: (draft) => {
      set(draft.of(CLUSTER), 'BrokerNodeGroupInfo.InstanceType', 'kafka.m5g.large');
    },
  },
  {
    id: 'kafka-four-brokers-in-three-zones',
    stage: 'prod',
    rule: 'kafka-brokers-per-zone',
    make: (draft) => {
      set(draft.of(CLUSTER), 'NumberOfBrokerNodes', 4);
    },
  },
  {
    id: 'kafka-one-subnet-twice',
    stage: 'prod',
    rule: 'kafka-brokers-per-zone',
    make: (draft) => {
      const { ClientSubnets } = draft.of(CLUSTER)['BrokerNodeGroupInfo'] as { ClientSubnets: unknown[] };
      ClientSubnets[1] = ClientSubnets[0];
    },
  },
  {
    id: 'kafka-takes-plain-text',
    stage: 'prod',
    rule: 'kafka-encryption',
    make: (draft) => {
      set(draft.of(CLUSTER), 'EncryptionInfo.EncryptionInTransit.ClientBroker', 'TLS_PLAINTEXT');
    },
  },
  {
    id: 'kafka-volumes-without-own-key',
    stage: 'prod',
    rule: 'kafka-encryption',
    make: (draft) => {
      set(draft.of(CLUSTER), 'EncryptionInfo.EncryptionAtRest', undefined);
    },
  },
  {
    id: 'kafka-serverless-without-iam',
    stage: 'dev',
    rule: 'kafka-authentication',
    make: (draft) => {
      set(draft.of('AWS::MSK::ServerlessCluster'), 'ClientAuthentication.Sasl.Iam.Enabled', false);
    },
  },
  {
    id: 'kafka-lets-unknown-clients-in',
    stage: 'prod',
    rule: 'kafka-authentication',
    make: (draft) => {
      set(draft.of(CLUSTER), 'ClientAuthentication.Unauthenticated.Enabled', true);
    },
  },
  {
    id: 'kafka-lets-certificates-in',
    stage: 'prod',
    rule: 'kafka-authentication',
    make: (draft) => {
      set(draft.of(CLUSTER), 'ClientAuthentication.Tls', { Enabled: true });
    },
  },
  {
    id: 'kafka-brokers-on-the-internet',
    stage: 'prod',
    rule: 'kafka-public',
    make: (draft) => {
      set(draft.of(CLUSTER), 'BrokerNodeGroupInfo.ConnectivityInfo', {
        PublicAccess: { Type: 'SERVICE_PROVIDED_EIPS' },
      });
    },
  },
  {
    id: 'kafka-broker-logs-off',
    stage: 'prod',
    rule: 'kafka-logging',
    make: (draft) => {
      set(draft.of(CLUSTER), 'LoggingInfo.BrokerLogs.CloudWatchLogs.Enabled', false);
    },
  },
  {
    id: 'kafka-bootstrap-servers-from-cloudformation',
    stage: 'dev',
    rule: 'kafka-attribute',
    make: (draft) => {
      const { id } = draft.find('AWS::MSK::ServerlessCluster');
      set(draft.of('AWS::Lambda::Function', 'ServerlessClusterTopicManager'), 'Environment', {
        Variables: { BROKERS: { 'Fn::GetAtt': [id, 'BootstrapBrokerStringSaslIam'] } },
      });
    },
  },
  {
    id: 'kafka-topic-resource-on-serverless',
    stage: 'dev',
    rule: 'kafka-topic-on-serverless',
    make: (draft) => {
      draft.add('stream', 'AnotherTopic', {
        Type: TOPIC,
        Properties: {
          ClusterArn: { 'Fn::GetAtt': [draft.find('AWS::MSK::ServerlessCluster').id, 'Arn'] },
          TopicName: 'another',
          PartitionCount: 4,
          ReplicationFactor: 3,
        },
      });
    },
  },
  {
    id: 'kafka-partitions-lowered',
    stage: 'prod',
    rule: 'kafka-partitions-lowered',
    make: (draft) => {
      set(draft.of(TOPIC), 'PartitionCount', 2);
    },
  },
  {
    id: 'kafka-partitions-lowered-on-serverless',
    stage: 'dev',
    rule: 'kafka-partitions-lowered',
    make: (draft) => {
      set(draft.of('Custom::KafkaTopics'), 'Topics.0.partitions', 3);
    },
  },
  {
    id: 'kafka-single-replica',
    stage: 'dev',
    rule: 'kafka-replication',
    make: (draft) => {
      set(draft.of('Custom::KafkaTopics'), 'Topics.0.replicationFactor', 1);
    },
  },
  {
    id: 'kafka-partitions-raised-for-the-topic-alone',
    stage: 'prod',
    rule: 'kafka-partitions-projected',
    make: (draft) => {
      set(draft.of(TOPIC), 'PartitionCount', 8);
    },
  },
];
