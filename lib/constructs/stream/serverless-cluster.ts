import { CustomResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { CfnServerlessCluster } from 'aws-cdk-lib/aws-msk';
import type { Construct } from 'constructs';
import type { Stage } from '../../../core/names.ts';
import type { TopicDefinition } from '../../../core/topics.ts';
import type { OperationsConfig } from '../../config/stage-config.ts';
import { LakeFunction } from '../compute/lake-function.ts';
import type { KafkaClusterProps } from './kafka-cluster.ts';
import { KafkaCluster } from './kafka-cluster.ts';

export interface ServerlessClusterProps extends KafkaClusterProps {
  readonly stage: Stage;
  readonly operations: OperationsConfig;
}

/** MSK Serverless replicates each partition thrice; another factor is refused. */
const REPLICATION_FACTOR = 3;

/** MSK Serverless: nothing to size. Its topics are created through Kafka itself, since AWS::MSK::Topic is for provisioned clusters. */
export class ServerlessCluster extends KafkaCluster {
  readonly clusterArn: string;
  private readonly topicManager: LakeFunction;

  constructor(scope: Construct, id: string, props: ServerlessClusterProps) {
    super(scope, id);
    const { vpc, brokers, clients } = props.network;
    const cluster = new CfnServerlessCluster(this, 'Resource', {
      clusterName: props.clusterName,
      clientAuthentication: { sasl: { iam: { enabled: true } } },
      vpcConfigs: [
        {
          subnetIds: vpc.selectSubnets({ subnetGroupName: 'Private' }).subnetIds,
          securityGroups: [brokers.securityGroupId],
        },
      ],
    });
    cluster.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    this.clusterArn = cluster.attrArn;
    this.topicManager = new LakeFunction(this, 'TopicManager', {
      stage: props.stage,
      part: 'manage-topics',
      description: 'Creates Kafka topics and raises their partition counts for CloudFormation',
      memoryMiB: 256,
      timeout: Duration.minutes(2),
      network: { vpc, securityGroup: clients },
      operations: props.operations,
    });
  }

  addTopic(id: string, topic: TopicDefinition): void {
    this.grantManageTopic(this.topicManager.role, topic);
    const resource = new CustomResource(this, id, {
      resourceType: 'Custom::KafkaTopics',
      serviceToken: this.topicManager.handler.functionArn,
      serviceTimeout: Duration.minutes(5),
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      properties: {
        ClusterArn: this.clusterArn,
        Topics: [
          {
            name: topic.name,
            partitions: topic.partitions,
            replicationFactor: REPLICATION_FACTOR,
            config: topic.config,
          },
        ],
      },
    });
    resource.node.addDependency(this.topicManager);
  }
}
