/** Kafka topics, whether MSK makes them or our own custom resource does. */
import { tableNames } from '../../core/names.ts';
import { type Deployment, dig, nodes, type Resource } from './deployment.ts';
import type { Guardrail } from './guardrail.ts';

/**
 * Partitions that each topic has where it is deployed: the committed figure that a template is held against, since a template
 * says nothing of what was before. Raise it with the topic (core/topics.ts), in the same commit; never lower it.
 */
export const DEPLOYED_PARTITIONS: Readonly<Record<string, number>> = { quotes: 4, quotes_filtered: 4 };

/** MSK Serverless keeps three replicas of each partition and refuses another factor; so do Express brokers. */
const REPLICAS = 3;

interface Topic {
  readonly resource: Resource;
  /** Where its partition count stands. */
  readonly property: string;
  readonly name: string;
  readonly partitions: unknown;
  readonly replicationProperty: string;
  readonly replicas: unknown;
}

export function topicsOf(deployment: Deployment): readonly Topic[] {
  return [
    ...deployment.ofType('AWS::MSK::Topic').map((resource) => ({
      resource,
      property: 'PartitionCount',
      name: String(resource.properties['TopicName']),
      partitions: resource.properties['PartitionCount'],
      replicationProperty: 'ReplicationFactor',
      replicas: resource.properties['ReplicationFactor'],
    })),
    ...deployment.ofType('Custom::KafkaTopics').flatMap((resource) =>
      nodes(resource.properties['Topics']).map((topic, index) => ({
        resource,
        property: `Topics.${index}.partitions`,
        name: String(topic['name']),
        partitions: topic['partitions'],
        replicationProperty: `Topics.${index}.replicationFactor`,
        replicas: topic['replicationFactor'],
      })),
    ),
  ];
}

const TOPIC_ON_SERVERLESS: Guardrail = {
  id: 'kafka-topic-on-serverless',
  forbids: 'AWS::MSK::Topic on a serverless cluster',
  why: 'the resource is for provisioned clusters: creation fails',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-msk-topic.html',
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::MSK::Topic')) {
      const cluster = resource.properties['ClusterArn'];
      if (deployment.target(cluster, resource.stack)?.type === 'AWS::MSK::ServerlessCluster')
        yield {
          resource,
          property: 'ClusterArn',
          value: cluster,
          allowed: 'a provisioned cluster',
          fix: 'create the topic through Kafka, as Custom::KafkaTopics does (ServerlessCluster.addTopic)',
        };
    }
  },
};

const PARTITIONS_LOWERED: Guardrail = {
  id: 'kafka-partitions-lowered',
  forbids: 'fewer partitions than a topic has where it is deployed',
  why: 'Kafka cannot take partitions away; and if it could, keys would move and offsets vanish',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-msk-topic.html',
  *check(deployment) {
    for (const { resource, property, name, partitions } of topicsOf(deployment)) {
      const deployed = DEPLOYED_PARTITIONS[name] ?? 1;
      if (!Number.isInteger(partitions) || Number(partitions) < deployed)
        yield {
          resource,
          property,
          value: partitions,
          allowed: `${deployed} or more, which topic ${name} has (lib/guardrails/kafka-topics.ts)`,
          fix: 'keep the count; to have fewer, make a topic of another name and move to it',
        };
    }
  },
};

const REPLICATION: Guardrail = {
  id: 'kafka-replication',
  forbids: 'another replication factor than 3',
  why: 'MSK Serverless refuses it; elsewhere the loss of one broker stops writing with min.insync.replicas=2, or loses records',
  source: 'https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html',
  *check(deployment) {
    for (const { resource, replicationProperty: property, replicas, name } of topicsOf(deployment))
      if (replicas !== REPLICAS)
        yield {
          resource,
          property,
          value: replicas,
          allowed: `${REPLICAS}, for topic ${name} as for any other`,
          fix: `set it to ${REPLICAS}`,
        };
  },
};

const PARTITIONS_PROJECTED: Guardrail = {
  id: 'kafka-partitions-projected',
  forbids: "a table whose projected kafka_partition leaves out some of its topic's partitions",
  why: 'Athena computes the partitions from that range, so the rows of all others are in S3 and in no answer',
  source: 'https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html',
  *check(deployment) {
    const tables = deployment.ofType('AWS::Glue::Table');
    for (const { name, partitions } of topicsOf(deployment)) {
      const { raw, quarantine } = tableNames(name);
      for (const resource of tables) {
        if (![raw, quarantine].includes(String(dig(resource.properties, 'TableInput.Name')))) continue;
        const property = 'TableInput.Parameters.projection.kafka_partition.range';
        const range = dig(resource.properties, property);
        const [low = NaN, high = NaN] = String(range).split(',').map(Number);
        if (low !== 0 || !(high >= Number(partitions) - 1))
          yield {
            resource,
            property,
            value: range,
            allowed: `0,${Number(partitions) - 1} or wider: topic ${name} has ${String(partitions)} partitions`,
            fix: 'derive the range from the topic (core/topics.ts)',
          };
      }
    }
  },
};

export const KAFKA_TOPIC_GUARDRAILS: readonly Guardrail[] = [
  TOPIC_ON_SERVERLESS,
  PARTITIONS_LOWERED,
  REPLICATION,
  PARTITIONS_PROJECTED,
];
