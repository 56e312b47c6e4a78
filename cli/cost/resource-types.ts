/** Every type of the templates: what it is priced by, or why it costs nothing. One that is in neither table is an error. */
import { TickerlakeError } from '../../core/errors.ts';
import type { Resource } from './resources.ts';
import { crawler, dashboard, dataSet, job, workgroup } from './usage/analytics.ts';
import { databaseInstance, databaseProxy } from './usage/database.ts';
import { eventSource, lambdaFunction, schedule } from './usage/functions.ts';
import { provisionedCluster, serverlessCluster } from './usage/kafka.ts';
import { key, secret, trail } from './usage/keys.ts';
import { queue } from './usage/messages.ts';
import { address, endpoint, natGateway } from './usage/network.ts';
import {
  alarm,
  compositeAlarm,
  logGroup,
  metricFilter,
  dashboard as operationsDashboard,
} from './usage/observing.ts';
import { bucket } from './usage/storage.ts';
import type { Usage } from './usage/usage.ts';

export const PRICED_TYPES: Readonly<Record<string, Usage>> = {
  'AWS::Athena::WorkGroup': workgroup,
  'AWS::CloudTrail::Trail': trail,
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::CloudWatch::CompositeAlarm': compositeAlarm,
  'AWS::CloudWatch::Dashboard': operationsDashboard,
  'AWS::EC2::EIP': address,
  'AWS::EC2::NatGateway': natGateway,
  'AWS::EC2::VPCEndpoint': endpoint,
  'AWS::Glue::Crawler': crawler,
  'AWS::Glue::Job': job,
  'AWS::KMS::Key': key,
  'AWS::Lambda::EventSourceMapping': eventSource,
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Logs::LogGroup': logGroup,
  'AWS::Logs::MetricFilter': metricFilter,
  'AWS::MSK::Cluster': provisionedCluster,
  'AWS::MSK::ServerlessCluster': serverlessCluster,
  'AWS::QuickSight::Dashboard': dashboard,
  'AWS::QuickSight::DataSet': dataSet,
  'AWS::RDS::DBInstance': databaseInstance,
  'AWS::RDS::DBProxy': databaseProxy,
  'AWS::S3::Bucket': bucket,
  'AWS::SQS::Queue': queue,
  'AWS::Scheduler::Schedule': schedule,
  'AWS::SecretsManager::Secret': secret,
};

const IDENTITY = 'IAM is free';
const ROUTING = 'addresses, routes and rules of a VPC are free';
const SAVED = 'only queries are charged, not what is saved';
const CATALOG = 'the first million objects and requests of the catalog are free, and there are thousands';
const STARTS = 'it only starts what is priced itself';
const DESCRIBES = 'it only sets up what is priced itself';

export const FREE_TYPES: Readonly<Record<string, string>> = {
  'AWS::Athena::NamedQuery': SAVED,
  'AWS::Athena::PreparedStatement': SAVED,
  'AWS::Budgets::Budget': 'budgets that only notify are free',
  'AWS::CE::AnomalySubscription': 'cost anomaly detection is free',
  'AWS::EC2::FlowLog': 'its text is priced at its log group',
  'AWS::EC2::InternetGateway': 'only what leaves through it is charged, and answers come in',
  'AWS::EC2::Route': ROUTING,
  'AWS::EC2::RouteTable': ROUTING,
  'AWS::EC2::SecurityGroup': ROUTING,
  'AWS::EC2::SecurityGroupEgress': ROUTING,
  'AWS::EC2::SecurityGroupIngress': ROUTING,
  'AWS::EC2::Subnet': ROUTING,
  'AWS::EC2::SubnetRouteTableAssociation': ROUTING,
  'AWS::EC2::VPC': ROUTING,
  'AWS::EC2::VPCGatewayAttachment': ROUTING,
  'AWS::Events::Rule':
    "events of AWS services are matched and delivered for free; a bucket's own are priced at the bucket",
  'AWS::Glue::Classifier': 'only crawls are charged',
  'AWS::Glue::Connection': 'its network interface is free',
  'AWS::Glue::DataQualityRuleset': 'it is judged within the compaction job',
  'AWS::Glue::Database': CATALOG,
  'AWS::Glue::Registry': 'the schema registry is free',
  'AWS::Glue::Schema': 'the schema registry is free',
  'AWS::Glue::SecurityConfiguration': DESCRIBES,
  'AWS::Glue::Table': CATALOG,
  'AWS::Glue::Trigger': STARTS,
  'AWS::Glue::Workflow': STARTS,
  'AWS::IAM::InstanceProfile': IDENTITY,
  'AWS::IAM::ManagedPolicy': IDENTITY,
  'AWS::IAM::OIDCProvider': IDENTITY,
  'AWS::IAM::Policy': IDENTITY,
  'AWS::IAM::Role': IDENTITY,
  'AWS::KMS::Alias': 'only keys and requests are charged',
  'AWS::LakeFormation::DataCellsFilter': 'permissions of Lake Formation are free',
  'AWS::LakeFormation::DataLakeSettings': 'permissions of Lake Formation are free',
  'AWS::LakeFormation::PrincipalPermissions': 'permissions of Lake Formation are free',
  'AWS::LakeFormation::Resource': 'permissions of Lake Formation are free',
  'AWS::Lambda::CodeSigningConfig': 'code signing is free',
  'AWS::Lambda::EventInvokeConfig': DESCRIBES,
  'AWS::Lambda::Permission': IDENTITY,
  'AWS::MSK::Configuration': DESCRIBES,
  'AWS::MSK::Topic': 'provisioned clusters are charged by brokers, not by topics',
  'AWS::QuickSight::Analysis': 'users are charged, and priced at the dashboard',
  'AWS::QuickSight::DataSource': DESCRIBES,
  'AWS::QuickSight::RefreshSchedule': 'what an import reads is priced at its workgroup',
  'AWS::QuickSight::Theme': DESCRIBES,
  'AWS::QuickSight::VPCConnection': DESCRIBES,
  'AWS::RDS::DBParameterGroup': DESCRIBES,
  'AWS::RDS::DBProxyTargetGroup': DESCRIBES,
  'AWS::RDS::DBSubnetGroup': DESCRIBES,
  'AWS::S3::BucketPolicy': IDENTITY,
  'AWS::SNS::Subscription': 'a mail is free up to a thousand a month, and alarms are few',
  'AWS::SNS::Topic': 'a million publications a month are free, and alarms are few',
  'AWS::SNS::TopicPolicy': IDENTITY,
  'AWS::SQS::QueuePolicy': IDENTITY,
  'AWS::SSM::Parameter': 'standard parameters are free',
  'AWS::SecretsManager::ResourcePolicy': IDENTITY,
  'AWS::SecretsManager::RotationSchedule': 'its function runs some four times a month: less than a cent',
  'AWS::SecretsManager::SecretTargetAttachment': DESCRIBES,
  'AWS::Signer::SigningProfile': 'code signing is free',
  'Custom::AthenaView': 'its function runs with a deployment: less than a cent',
  'Custom::DatabaseMigrations': 'its function runs with a deployment: less than a cent',
  'Custom::KafkaTopics': 'its function runs with a deployment; its partitions are priced at the cluster',
};

/** @throws TickerlakeError TEMPLATE_UNSUPPORTED when a type is neither priced nor known to be free */
export function requireKnownTypes(resources: readonly Resource[]): void {
  const unknown = resources.filter(({ type }) => !(type in PRICED_TYPES) && !(type in FREE_TYPES));
  if (unknown.length === 0) return;
  const names = [...new Set(unknown.map(({ type }) => type))].sort();
  throw new TickerlakeError(
    'TEMPLATE_UNSUPPORTED',
    `nobody has said what ${names.join(', ')} costs (${unknown.map(({ stack, id }) => `${stack}/${id}`).join(', ')})`,
    { hint: 'adding each type to PRICED_TYPES or FREE_TYPES in cli/cost/resource-types.ts' },
  );
}
