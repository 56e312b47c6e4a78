import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { LOCAL_DOCS_FILE, withTypeTable } from '../../../local/docs.ts';
import { RESOURCE_TYPES, requireResourceType } from '../../../local/resources/registry.ts';
import type { Level } from '../../../local/resources/resource-type.ts';

/** Lowest level that a type may have. Raise one here when it is raised there; to lower one is a decision for docs/adr. */
const LEVELS: Readonly<Record<string, Level>> = {
  'AWS::Athena::NamedQuery': 'run',
  'AWS::Athena::PreparedStatement': 'run',
  'AWS::Athena::WorkGroup': 'run',
  'AWS::Budgets::Budget': 'checked',
  'AWS::CDK::Metadata': 'checked',
  'AWS::CE::AnomalySubscription': 'checked',
  'AWS::CloudFormation::CustomResource': 'run',
  'AWS::CloudTrail::Trail': 'checked',
  'AWS::CloudWatch::Alarm': 'emulated',
  'AWS::CloudWatch::CompositeAlarm': 'emulated',
  'AWS::CloudWatch::Dashboard': 'checked',
  'AWS::EC2::EIP': 'checked',
  'AWS::EC2::FlowLog': 'checked',
  'AWS::EC2::InternetGateway': 'checked',
  'AWS::EC2::NatGateway': 'checked',
  'AWS::EC2::Route': 'checked',
  'AWS::EC2::RouteTable': 'checked',
  'AWS::EC2::SecurityGroup': 'checked',
  'AWS::EC2::SecurityGroupEgress': 'checked',
  'AWS::EC2::SecurityGroupIngress': 'checked',
  'AWS::EC2::Subnet': 'checked',
  'AWS::EC2::SubnetRouteTableAssociation': 'checked',
  'AWS::EC2::VPC': 'checked',
  'AWS::EC2::VPCEndpoint': 'checked',
  'AWS::EC2::VPCGatewayAttachment': 'checked',
  'AWS::Events::Rule': 'run',
  'AWS::Glue::Classifier': 'run',
  'AWS::Glue::Connection': 'run',
  'AWS::Glue::Crawler': 'run',
  'AWS::Glue::Database': 'emulated',
  'AWS::Glue::DataQualityRuleset': 'emulated',
  'AWS::Glue::Job': 'run',
  'AWS::Glue::Registry': 'emulated',
  'AWS::Glue::Schema': 'emulated',
  'AWS::Glue::SchemaVersion': 'emulated',
  'AWS::Glue::SecurityConfiguration': 'checked',
  'AWS::Glue::Table': 'emulated',
  'AWS::Glue::TableOptimizer': 'checked',
  'AWS::Glue::Trigger': 'run',
  'AWS::Glue::Workflow': 'run',
  'AWS::IAM::ManagedPolicy': 'run',
  'AWS::IAM::Policy': 'run',
  'AWS::IAM::Role': 'run',
  'AWS::KMS::Alias': 'checked',
  'AWS::KMS::Key': 'emulated',
  'AWS::Lambda::EventInvokeConfig': 'run',
  'AWS::Lambda::EventSourceMapping': 'run',
  'AWS::Lambda::Function': 'run',
  'AWS::Lambda::Permission': 'checked',
  'AWS::Logs::LogGroup': 'checked',
  'AWS::MSK::Cluster': 'run',
  'AWS::MSK::ClusterPolicy': 'checked',
  'AWS::MSK::Configuration': 'checked',
  'AWS::MSK::ServerlessCluster': 'run',
  'AWS::MSK::Topic': 'run',
  'AWS::QuickSight::Analysis': 'checked',
  'AWS::QuickSight::Dashboard': 'checked',
  'AWS::QuickSight::DataSet': 'checked',
  'AWS::QuickSight::DataSource': 'checked',
  'AWS::QuickSight::RefreshSchedule': 'checked',
  'AWS::QuickSight::Theme': 'checked',
  'AWS::QuickSight::VPCConnection': 'checked',
  'AWS::RDS::DBInstance': 'run',
  'AWS::RDS::DBParameterGroup': 'run',
  'AWS::RDS::DBProxy': 'run',
  'AWS::RDS::DBProxyTargetGroup': 'run',
  'AWS::RDS::DBSubnetGroup': 'checked',
  'AWS::S3::Bucket': 'emulated',
  'AWS::S3::BucketPolicy': 'run',
  'AWS::SNS::Topic': 'checked',
  'AWS::SQS::Queue': 'emulated',
  'AWS::SQS::QueuePolicy': 'run',
  'AWS::SSM::Parameter': 'emulated',
  'AWS::Scheduler::Schedule': 'run',
  'AWS::Scheduler::ScheduleGroup': 'checked',
  'AWS::SecretsManager::ResourcePolicy': 'run',
  'AWS::SecretsManager::RotationSchedule': 'checked',
  'AWS::SecretsManager::Secret': 'emulated',
  'AWS::SecretsManager::SecretTargetAttachment': 'emulated',
  'Custom::': 'run',
  'Custom::KafkaTopics': 'run',
};

const RANK: Readonly<Record<Level, number>> = { checked: 0, emulated: 1, run: 2 };

describe('the registry of CloudFormation types', () => {
  test('downgrades no type', () => {
    const levels = new Map(RESOURCE_TYPES.map(({ type, level }) => [type, level]));
    const lowered = Object.entries(LEVELS).filter(([type, pinned]) => {
      const level = levels.get(type);
      return level === undefined || RANK[level] < RANK[pinned];
    });
    expect(lowered).toEqual([]);
  });

  test('pins the level of every type', () => {
    expect(RESOURCE_TYPES.map(({ type }) => type).filter((type) => !(type in LEVELS))).toEqual([]);
  });

  test('has each type once', () => {
    const types = RESOURCE_TYPES.map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
  });

  test('lists no property twice', () => {
    const twice = RESOURCE_TYPES.flatMap(({ type, effective, inert = [] }) => {
      const properties = [...effective, ...inert];
      return properties
        .filter((name, index) => properties.indexOf(name) !== index)
        .map((name) => `${type}.${name}`);
    });
    expect(twice).toEqual([]);
  });

  test('is what docs/local.md says (node local/docs.ts writes it)', () => {
    const document = readFileSync(LOCAL_DOCS_FILE, 'utf8');
    expect(document).toBe(withTypeTable(document));
  });
});

describe('a resource that the runner does not know is refused', () => {
  test('by type, with where to add it', () => {
    expect(() => requireResourceType('s/Thing', 'AWS::Mars::Rover', [])).toThrow(
      expect.objectContaining({
        code: 'TEMPLATE_UNSUPPORTED',
        message: 's/Thing: type AWS::Mars::Rover is not known to the runner',
        hint: expect.stringContaining('local/resources/registry.ts'),
      }),
    );
  });

  test('by property', () => {
    expect(() => requireResourceType('s/Queue', 'AWS::SQS::Queue', ['QueueName', 'Colour'])).toThrow(
      's/Queue: property Colour of AWS::SQS::Queue is not known to the runner',
    );
  });

  test('but any property of a checked type, and any custom resource, is taken', () => {
    expect(requireResourceType('s/Vpc', 'AWS::EC2::VPC', ['Anything']).level).toBe('checked');
    expect(requireResourceType('s/View', 'Custom::Whatever', ['Anything']).level).toBe('run');
  });
});
