import { RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnCluster, CfnConfiguration, CfnTopic } from 'aws-cdk-lib/aws-msk';
import type { Construct } from 'constructs';
import type { TopicDefinition } from '../../../core/topics.ts';
import type { ClusterConfig, OperationsConfig } from '../../config/stage-config.ts';
import { logRetention } from '../operations/log-retention.ts';
import type { KafkaClusterProps } from './kafka-cluster.ts';
import { KafkaCluster } from './kafka-cluster.ts';

export interface ProvisionedClusterProps extends KafkaClusterProps {
  readonly cluster: ClusterConfig;
  readonly operations: OperationsConfig;
}

/** One broker a zone, a replica on each: acknowledged by two, a record survives the loss of a zone. */
const REPLICATION_FACTOR = 3;

/** Broker settings; a topic exists because somebody defined it, never because somebody misspelt it. */
const SERVER_PROPERTIES: Readonly<Record<string, string | number | boolean>> = {
  'auto.create.topics.enable': false,
  'delete.topic.enable': false,
  'default.replication.factor': REPLICATION_FACTOR,
  'min.insync.replicas': 2,
  'unclean.leader.election.enable': false,
  // Two weeks: a consumer group that was stopped over the holidays goes on where it was.
  'offsets.retention.minutes': 20_160,
  'allow.everyone.if.no.acl.found': false,
};

/** MSK with brokers of its own: three zones, IAM only, TLS everywhere, encrypted with a key of its own, its log in CloudWatch. */
export class ProvisionedCluster extends KafkaCluster {
  readonly clusterArn: string;

  constructor(scope: Construct, id: string, props: ProvisionedClusterProps) {
    super(scope, id);
    const key = new Key(this, 'Key', {
      description: `Data at rest of Kafka cluster ${props.clusterName}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const log = new LogGroup(this, 'BrokerLog', {
      retention: logRetention(props.operations.logDays),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const { vpc, brokers } = props.network;
    const { subnetIds } = vpc.selectSubnets({ subnetGroupName: 'Private' });
    const configuration = this.configuration(props);
    const cluster = new CfnCluster(this, 'Resource', {
      clusterName: props.clusterName,
      kafkaVersion: props.cluster.kafkaVersion,
      numberOfBrokerNodes: subnetIds.length,
      brokerNodeGroupInfo: {
        instanceType: props.cluster.brokerType,
        clientSubnets: subnetIds,
        securityGroups: [brokers.securityGroupId],
        storageInfo: { ebsStorageInfo: { volumeSize: props.cluster.brokerStorageGiB } },
      },
      clientAuthentication: { sasl: { iam: { enabled: true } }, unauthenticated: { enabled: false } },
      encryptionInfo: {
        encryptionAtRest: { dataVolumeKmsKeyId: key.keyArn },
        encryptionInTransit: { clientBroker: 'TLS', inCluster: true },
      },
      configurationInfo: configuration,
      enhancedMonitoring: 'PER_TOPIC_PER_BROKER',
      openMonitoring: {
        prometheus: { jmxExporter: { enabledInBroker: false }, nodeExporter: { enabledInBroker: false } },
      },
      loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: log.logGroupName } } },
    });
    cluster.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.clusterArn = cluster.attrArn;
  }

  private configuration(props: ProvisionedClusterProps): CfnCluster.ConfigurationInfoProperty {
    const configuration = new CfnConfiguration(this, 'Configuration', {
      name: props.clusterName,
      kafkaVersionsList: [props.cluster.kafkaVersion],
      serverProperties: propertyLines(SERVER_PROPERTIES),
    });
    configuration.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return { arn: configuration.attrArn, revision: configuration.attrLatestRevisionRevision };
  }

  addTopic(id: string, topic: TopicDefinition): void {
    const resource = new CfnTopic(this, id, {
      clusterArn: this.clusterArn,
      topicName: topic.name,
      partitionCount: topic.partitions,
      replicationFactor: REPLICATION_FACTOR,
      configs: topicConfigs(topic),
    });
    resource.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}

/** As the API wants it: base64 of the lines of a properties file. */
function topicConfigs({ config }: TopicDefinition): string {
  return Buffer.from(propertyLines(config)).toString('base64');
}

function propertyLines(properties: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
}
