/** What roles need to be allowed to consume from Kafka, produce to it, and divert what failed. */

import { destinationOf, functionOf, groupOf, kafkaSources, LAMBDA_GUIDE, roleOf } from './consumers.ts';
import { listOf, type Resource } from './deployment.ts';
import type { Fault, Guardrail } from './guardrail.ts';
import { covers, isAllowed, permissionsOf } from './permissions.ts';

/** By kind of resource: https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html */
const CONSUMER_ACTIONS = {
  cluster: ['kafka-cluster:Connect', 'kafka-cluster:DescribeCluster'],
  topic: ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
  group: ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'],
} as const;

const CONSUMER_GRANTS: Guardrail = {
  id: 'event-source-consumer-grants',
  forbids: 'a consumer whose role lacks a kafka-cluster action on its cluster, topic or group',
  why: "CDK's event source grants none of them: the event source stays without records, and only its state says why",
  source: `${LAMBDA_GUIDE}/with-msk-permissions.html`,
  *check(deployment) {
    for (const resource of kafkaSources(deployment)) {
      const { role, permissions } = roleOf(deployment, functionOf(deployment, resource));
      if (role === undefined) continue;
      const cluster = deployment.text(resource.properties['EventSourceArn'], resource.stack);
      const group = deployment.text(groupOf(resource), resource.stack);
      const arns: Readonly<Record<keyof typeof CONSUMER_ACTIONS, readonly string[]>> = {
        cluster: [cluster],
        topic: listOf(resource.properties['Topics']).map(
          (topic) => `${arnOf(cluster, 'topic')}/${String(topic)}`,
        ),
        group: group === '' ? [] : [`${arnOf(cluster, 'group')}/${group}`],
      };
      for (const kind of ['cluster', 'topic', 'group'] as const)
        for (const action of CONSUMER_ACTIONS[kind])
          for (const arn of arns[kind].filter((each) => !isAllowed(permissions, action, covers(each))))
            yield missing(role, action, `${kind} ${lastOf(arn)}`, 'grant it with KafkaCluster.grantConsume');
    }
  },
};

const PRODUCER_GRANTS: Guardrail = {
  id: 'kafka-producer-grants',
  forbids: 'a role that may write to a topic and lacks Connect, WriteDataIdempotently or DescribeTopic',
  why: 'our producers are idempotent: the first record would be refused',
  source: 'https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html',
  *check(deployment) {
    for (const role of deployment.ofType('AWS::IAM::Role')) {
      const permissions = permissionsOf(deployment, role);
      const topics = permissions.filter(({ action }) => action === 'kafka-cluster:WriteData');
      for (const { resource: topic } of topics) {
        const cluster = topic.replace(':topic/', ':cluster/').replace(/\}\/[^/]*$/, '}');
        for (const action of ['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'])
          if (!isAllowed(permissions, action, covers(cluster)))
            yield missing(role, action, 'its cluster', 'grant it with KafkaCluster.grantProduce');
        if (!isAllowed(permissions, 'kafka-cluster:DescribeTopic', covers(topic)))
          yield missing(
            role,
            'kafka-cluster:DescribeTopic',
            `topic ${lastOf(topic)}`,
            'grant it with KafkaCluster.grantProduce',
          );
      }
    }
  },
};

const DESTINATION_GRANTS: Guardrail = {
  id: 'event-source-destination-grants',
  forbids: 'a bucket for failures that the role of the function may not list and write to',
  why: "Lambda diverts in the function's name: what cannot be put there is lost",
  source: `${LAMBDA_GUIDE}/kafka-on-failure.html`,
  *check(deployment) {
    for (const resource of kafkaSources(deployment)) {
      const destination = destinationOf(resource);
      const bucket = deployment.target(destination, resource.stack);
      const { role, permissions } = roleOf(deployment, functionOf(deployment, resource));
      if (bucket?.type !== 'AWS::S3::Bucket' || role === undefined) continue;
      const arn = deployment.text(destination, resource.stack);
      for (const action of ['s3:PutObject', 's3:ListBucket'])
        if (!isAllowed(permissions, action, (on) => on.startsWith(arn)))
          yield missing(
            role,
            action,
            `bucket ${bucket.id}`,
            'grant it as TopicConsumer does for diverted batches',
          );
    }
  },
};

function missing(role: Resource, action: string, on: string, fix: string): Fault {
  return {
    resource: role,
    property: 'Policies',
    value: `without ${action}`,
    allowed: `a role that has ${action} on ${on}`,
    fix,
  };
}

const arnOf = (cluster: string, kind: 'topic' | 'group'): string => cluster.replace(':cluster/', `:${kind}/`);
const lastOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1).replace(/[}]$/, '');

export const KAFKA_GRANT_GUARDRAILS: readonly Guardrail[] = [
  CONSUMER_GRANTS,
  PRODUCER_GRANTS,
  DESTINATION_GRANTS,
];
