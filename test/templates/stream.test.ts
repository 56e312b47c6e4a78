import { describe, expect, test } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import { QUOTE_SCHEMAS } from '../../core/schemas/index.ts';
import { TOPICS } from '../../core/topics.ts';
import { onlyOne, synthesize } from './synthesize.ts';

const dev = synthesize('dev').stacks.stream;
const prod = synthesize('prod').stacks.stream;

describe('the serverless cluster of dev', () => {
  test('takes IAM credentials alone and outlives its stack', () => {
    dev.hasResource('AWS::MSK::ServerlessCluster', {
      Properties: {
        ClusterName: 'tickerlake-dev-serverless',
        ClientAuthentication: { Sasl: { Iam: { Enabled: true } } },
        VpcConfigs: [{ SubnetIds: Match.anyValue(), SecurityGroups: [Match.anyValue()] }],
      },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
    dev.resourceCountIs('AWS::MSK::Cluster', 0);
  });

  test('gets its topics from a function of ours, since AWS::MSK::Topic needs a provisioned cluster', () => {
    dev.resourceCountIs('AWS::MSK::Topic', 0);
    for (const { name, partitions, config } of Object.values(TOPICS)) {
      dev.hasResource('Custom::KafkaTopics', {
        Properties: { Topics: [{ name, partitions, replicationFactor: 3, config }] },
        DeletionPolicy: 'RetainExceptOnCreate',
      });
    }
  });
});

describe('the provisioned cluster of prod', () => {
  const cluster = onlyOne(prod, 'AWS::MSK::Cluster');

  test('runs Kafka 3.9 on KRaft, a broker in each of three zones', () => {
    expect(cluster).toMatchObject({ KafkaVersion: '3.9.x.kraft', NumberOfBrokerNodes: 3 });
    expect((cluster['BrokerNodeGroupInfo'] as { ClientSubnets: unknown[] }).ClientSubnets).toHaveLength(3);
  });

  test('takes IAM credentials alone, over TLS alone, and encrypts with a key of its own', () => {
    expect(cluster).toMatchObject({
      ClientAuthentication: { Sasl: { Iam: { Enabled: true } }, Unauthenticated: { Enabled: false } },
      EncryptionInfo: {
        EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true },
        EncryptionAtRest: { DataVolumeKMSKeyId: expect.anything() as unknown },
      },
    });
    prod.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  });

  test('tells CloudWatch what its brokers and topics do', () => {
    expect(cluster).toMatchObject({
      EnhancedMonitoring: 'PER_TOPIC_PER_BROKER',
      LoggingInfo: { BrokerLogs: { CloudWatchLogs: { Enabled: true } } },
    });
  });

  test('makes no topic that nobody defined, and loses nothing with one broker', () => {
    const { ServerProperties } = onlyOne(prod, 'AWS::MSK::Configuration');
    expect(String(ServerProperties).split('\n')).toEqual(
      expect.arrayContaining([
        'auto.create.topics.enable=false',
        'default.replication.factor=3',
        'min.insync.replicas=2',
        'unclean.leader.election.enable=false',
        'log.retention.ms=604800000',
        'message.max.bytes=1048588',
        'log.cleanup.policy=delete',
      ]),
    );
  });

  test('has its topics as resources that outlive the stack', () => {
    prod.resourceCountIs('Custom::KafkaTopics', 0);
    prod.resourceCountIs('AWS::Lambda::Function', 0);
    prod.resourceCountIs('AWS::MSK::Topic', Object.keys(TOPICS).length);
    prod.allResources('AWS::MSK::Topic', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
    for (const { name: TopicName, partitions } of Object.values(TOPICS)) {
      const topic = onlyOne(prod, 'AWS::MSK::Topic', { TopicName });
      expect(topic).toMatchObject({ PartitionCount: partitions, ReplicationFactor: 3 });
      expect(topic).not.toHaveProperty('Configs');
    }
  });
});

test('the kinds of cluster share neither id nor name, so that a stage can change over and keep the old one', () => {
  const [serverless] = Object.keys(dev.findResources('AWS::MSK::ServerlessCluster'));
  const [provisioned] = Object.keys(prod.findResources('AWS::MSK::Cluster'));
  expect(provisioned).not.toBe(serverless);
  prod.hasResourceProperties('AWS::MSK::Cluster', { ClusterName: 'tickerlake-prod-provisioned' });
});

describe.each([
  ['dev', dev],
  ['prod', prod],
])('the schema registry of %s', (stage, template) => {
  test('holds the published schema, and refuses one that cannot read it', () => {
    template.hasResource('AWS::Glue::Registry', {
      Properties: { Name: `tickerlake-${stage}` },
      DeletionPolicy: 'RetainExceptOnCreate',
    });
    template.hasResource('AWS::Glue::Schema', {
      Properties: {
        Name: 'quotes',
        DataFormat: 'AVRO',
        Compatibility: 'BACKWARD',
        SchemaDefinition: JSON.stringify(QUOTE_SCHEMAS[0]),
      },
      DeletionPolicy: 'RetainExceptOnCreate',
    });
  });

  test('has a resource for each later version', () => {
    template.resourceCountIs('AWS::Glue::SchemaVersion', QUOTE_SCHEMAS.length - 1);
  });
});
