import { Fn } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { TopicDefinition } from '../../../core/topics.ts';
import type { LakeNetwork } from '../network/lake-network.ts';

export interface KafkaClusterProps {
  /** Fixed, so that CloudFormation cannot replace the cluster behind the data's back: a second one of that name fails. */
  readonly clusterName: string;
  readonly network: LakeNetwork;
}

/**
 * An MSK cluster with IAM access control only. Its grants state the kafka-cluster actions that CDK's event sources leave out.
 * https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html
 */
export abstract class KafkaCluster extends Construct {
  abstract readonly clusterArn: string;

  /** Creates a topic, or lets it be when it is there. */
  abstract addTopic(id: string, topic: TopicDefinition): void;

  /** To find the brokers and connect to them, all that is needed before any topic. */
  grantConnect(grantee: IGrantable): Grant {
    return this.grant(grantee, ['kafka:GetBootstrapBrokers'], this.clusterArn).combine(
      this.grant(grantee, ['kafka-cluster:Connect'], this.clusterArn),
    );
  }

  /** To produce to `topic`, idempotently. */
  grantProduce(grantee: IGrantable, topic: TopicDefinition): Grant {
    return this.grantConnect(grantee)
      .combine(this.grant(grantee, ['kafka-cluster:WriteDataIdempotently'], this.clusterArn))
      .combine(
        this.grant(
          grantee,
          ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'],
          this.arnOf('topic', topic.name),
        ),
      );
  }

  /** To consume `topic` as consumer group `group`, which an event source does with its function's role. */
  grantConsume(grantee: IGrantable, topic: TopicDefinition, group: string): Grant {
    return this.grantConnect(grantee)
      .combine(this.grant(grantee, ['kafka-cluster:DescribeCluster'], this.clusterArn))
      .combine(
        this.grant(
          grantee,
          ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
          this.arnOf('topic', topic.name),
        ),
      )
      .combine(
        this.grant(
          grantee,
          ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],
          this.arnOf('group', group),
        ),
      );
  }

  /** To create `topic`, and to raise its partitions and set its configuration later. */
  grantManageTopic(grantee: IGrantable, topic: TopicDefinition): Grant {
    const actions = [
      'kafka-cluster:CreateTopic',
      'kafka-cluster:DescribeTopic',
      'kafka-cluster:AlterTopic',
      'kafka-cluster:DescribeTopicDynamicConfiguration',
      'kafka-cluster:AlterTopicDynamicConfiguration',
    ];
    return this.grantConnect(grantee).combine(this.grant(grantee, actions, this.arnOf('topic', topic.name)));
  }

  /**
   * `arn:…:topic/<cluster name>/<cluster id>/<name>`: the cluster's own ARN with another resource type and one part more.
   * Joined before it is split, since Fn::Split does not take the output of another stack.
   */
  private arnOf(type: 'topic' | 'group', name: string): string {
    return Fn.join(`:${type}/`, Fn.split(':cluster/', `${this.clusterArn}/${name}`, 2));
  }

  private grant(grantee: IGrantable, actions: string[], resource: string): Grant {
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [resource] });
  }
}
