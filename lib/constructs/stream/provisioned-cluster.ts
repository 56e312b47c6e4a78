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
  'log.retention.ms': 604_800_000,
  'message.max.bytes': 1_048_588,
  'log.cleanup.policy': 'delete',
};

/** Where a broker keeps what its topics have unless they say otherwise. */
const BROKER_SETTING_OF: Readonly<Record<string, string>> = {
  'retention.ms': 'log.retention.ms',
  'max.message.bytes': 'message.max.bytes',
};

/** MSK with brokers of its own: three zones, IAM only, TLS everywhere, encrypted with a key of its own, its log in CloudWatch. */
export class ProvisionedCluster extends KafkaCluster {
  readonly clusterArn: string;

  constructor(scope: Construct, id: string, props: ProvisionedClusterProps) {
    super(scope, id);
    const key = new Key(this, 'Key', {
      description: `Data at rest of Kafka cluster ${props.clusterName}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
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
    cluster.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    this.clusterArn = cluster.attrArn;
  }

  private configuration(props: ProvisionedClusterProps): CfnCluster.ConfigurationInfoProperty {
    const configuration = new CfnConfiguration(this, 'Configuration', {
      name: props.clusterName,
      kafkaVersionsList: [props.cluster.kafkaVersion],
      serverProperties: propertyLines(SERVER_PROPERTIES),
    });
    configuration.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    return { arn: configuration.attrArn, revision: configuration.attrLatestRevisionRevision };
  }

  addTopic(id: string, topic: TopicDefinition): void {
    refuseOwnSettings(topic);
    const resource = new CfnTopic(this, id, {
      clusterArn: this.clusterArn,
      topicName: topic.name,
      partitionCount: topic.partitions,
      replicationFactor: REPLICATION_FACTOR,
    });
    resource.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  }
}

/**
 * Topics have the cluster's settings. The resource's `Configs` is left alone: the developer guide shows base64 of "name=value"
 * lines, while clients in the field send base64 of JSON, and a wrong guess shows only when it is deployed.
 */
function refuseOwnSettings(topic: TopicDefinition): void {
  for (const [name, value] of Object.entries(topic.config)) {
    const setting = BROKER_SETTING_OF[name];
    const given = setting === undefined ? undefined : SERVER_PROPERTIES[setting];
    if (String(given) === value) continue;
    throw new Error(
      `topic ${topic.name}: ${name}=${value} differs from the provisioned cluster's ${String(given)}; ` +
        'set it in SERVER_PROPERTIES of provisioned-cluster.ts, for all topics',
    );
  }
}

function propertyLines(properties: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
}
