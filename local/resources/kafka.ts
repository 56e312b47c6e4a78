/** Amazon MSK: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_MSK.html */

import { arn } from '../arn.ts';
import type { Cloud } from './cloud.ts';
import { provisionCustomResource } from './custom-resource.ts';
import { clusterUuid } from './kafka-access.ts';
import { ResourceRequest } from './resource-request.ts';
import type { Provisioned, ResourceType } from './resource-type.ts';
import { checkedType } from './resource-type.ts';

async function provisionCluster(
  request: ResourceRequest,
  cloud: Cloud,
  kind:
    | { readonly clusterType: 'SERVERLESS' }
    | {
        readonly clusterType: 'PROVISIONED';
        readonly kafkaVersion: string;
        readonly numberOfBrokers: number;
      },
): Promise<Provisioned> {
  const broker = await cloud.kafka.broker;
  const clusterName = request.text('ClusterName');
  const clusterArn = arn(cloud, 'kafka', `cluster/${clusterName}/${clusterUuid(broker.clusterId)}`);
  await cloud.kafka.adopt(clusterArn);
  cloud.gateway.setMsk({ clusterArn, clusterName, bootstrapBrokersSaslIam: broker.bootstrapIam, ...kind });
  return { ref: clusterArn, attributes: { Arn: clusterArn } };
}

/** The templates may ask only for what the local listener does: TLS and IAM. */
function requireIam(request: ResourceRequest): void {
  const iam = request.within('ClientAuthentication').within('Sasl').within('Iam');
  if (!iam.flag('Enabled', false)) {
    throw request.error(
      'ClientAuthentication',
      'has no IAM access control',
      'set Sasl.Iam.Enabled: the local broker speaks nothing else',
    );
  }
}

export const kafkaTypes: readonly ResourceType[] = [
  {
    type: 'AWS::MSK::ServerlessCluster',
    level: 'run',
    behind: 'Apache Kafka 3.9 broker in KRaft mode; the ARN carries its cluster id',
    effective: ['ClusterName', 'ClientAuthentication'],
    inert: ['VpcConfigs', 'Tags'],
    provision: (request, cloud) => {
      requireIam(request);
      return provisionCluster(request, cloud, { clusterType: 'SERVERLESS' });
    },
  },
  {
    type: 'AWS::MSK::Cluster',
    level: 'run',
    behind: 'the same broker: one, whatever NumberOfBrokerNodes says',
    effective: ['ClusterName', 'ClientAuthentication', 'KafkaVersion', 'NumberOfBrokerNodes'],
    inert: [
      'BrokerNodeGroupInfo',
      'ConfigurationInfo',
      'EncryptionInfo',
      'EnhancedMonitoring',
      'LoggingInfo',
      'OpenMonitoring',
      'Rebalancing',
      'StorageMode',
      'Tags',
    ],
    provision: (request, cloud) => {
      requireIam(request);
      return provisionCluster(request, cloud, {
        clusterType: 'PROVISIONED',
        kafkaVersion: request.text('KafkaVersion'),
        numberOfBrokers: request.number('NumberOfBrokerNodes'),
      });
    },
  },
  {
    type: 'AWS::MSK::Topic',
    level: 'run',
    behind: 'a topic of the broker, one replica',
    effective: ['ClusterArn', 'TopicName', 'PartitionCount'],
    inert: ['ReplicationFactor'],
    provision: async (request, cloud) => {
      const clusterArn = request.text('ClusterArn');
      if (clusterArn !== cloud.kafka.arn)
        throw request.error('ClusterArn', `is ${clusterArn}, which is no cluster here`);
      const name = request.text('TopicName');
      const partitions = request.number('PartitionCount');
      await cloud.kafka.createTopic({ name, partitions, config: {} });
      const topicArn = `${clusterArn.replace(':cluster/', ':topic/')}/${name}`;
      return { ref: topicArn, attributes: { TopicArn: topicArn } };
    },
  },
  {
    type: 'Custom::KafkaTopics',
    level: 'run',
    behind: 'its function, as any custom resource; the replication factor is lowered to the one broker',
    effective: ['ClusterArn', 'ServiceTimeout', 'ServiceToken', 'Topics'],
    provision: (request, cloud) => provisionCustomResource(withOneReplica(request), cloud),
  },
  checkedType('AWS::MSK::Configuration', 'the local broker has its own settings', (request, cloud) => {
    const configurationArn = arn(
      cloud,
      'kafka',
      `configuration/${request.text('Name')}/${request.identifier(12)}`,
    );
    return {
      ref: configurationArn,
      attributes: { Arn: configurationArn, 'LatestRevision.Revision': 1, LatestRevision: { Revision: 1 } },
    };
  }),
  checkedType('AWS::MSK::ClusterPolicy', 'no other account is here', (request) => ({
    ref: request.text('ClusterArn'),
  })),
];

function withOneReplica({ identity, properties }: ResourceRequest): ResourceRequest {
  const topics = new ResourceRequest(identity, properties).objects('Topics');
  const Topics = topics.map((topic) => ({ ...topic, replicationFactor: 1 }));
  return new ResourceRequest(identity, { ...properties, Topics });
}
