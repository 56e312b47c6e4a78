/** Buckets and queues, and what is kept when a stack goes. */
import { type Deployment, dig, listOf, nodes, type Resource } from './deployment.ts';
import type { Guardrail } from './guardrail.ts';

const S3_GUIDE = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide';

const BLOCKS = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];

const PUBLIC_ACCESS: Guardrail = {
  id: 'bucket-public-access',
  forbids: 'a bucket that does not block public access in all four ways',
  why: 'one policy or ACL, some day, and the lake is on the internet',
  source: `${S3_GUIDE}/access-control-block-public-access.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::S3::Bucket'))
      for (const property of BLOCKS.map((block) => `PublicAccessBlockConfiguration.${block}`)) {
        const value = dig(resource.properties, property);
        if (value !== true)
          yield { resource, property, value, allowed: 'true', fix: 'use BlockPublicAccess.BLOCK_ALL' };
      }
  },
};

const POLICIES = [
  'AWS::S3::BucketPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::SNS::TopicPolicy',
  'AWS::SecretsManager::ResourcePolicy',
];

const PUBLIC_POLICY: Guardrail = {
  id: 'resource-policy-public',
  forbids: 'a policy of a bucket, queue, topic or secret that allows anyone in',
  why: 'Principal * is every account there is; a Deny for all is another thing, and stays allowed',
  source: `${S3_GUIDE}/access-control-block-public-access.html#access-control-block-public-access-policy-status`,
  *check(deployment) {
    for (const resource of deployment.ofType(...POLICIES)) {
      const document = resource.properties['PolicyDocument'] ?? resource.properties['ResourcePolicy'];
      for (const { Effect, Principal, Action } of nodes(dig(document, 'Statement')))
        if (Effect === 'Allow' && isAnyone(Principal))
          yield {
            resource,
            property: 'PolicyDocument.Statement.Principal',
            value: `* for ${listOf(Action).join(', ')}`,
            allowed: 'roles, services or accounts by name',
            fix: 'grant it to the role that needs it',
          };
    }
  },
};

function isAnyone(principal: unknown): boolean {
  return [principal, dig(principal, 'AWS')].some((each) => listOf(each).includes('*'));
}

/** Where each type says that it encrypts what it keeps. */
const AT_REST: readonly {
  readonly type: string;
  readonly property: string;
  readonly allowed: string;
  readonly isEncrypted: (resource: Resource) => boolean;
}[] = [
  {
    type: 'AWS::S3::Bucket',
    property: 'BucketEncryption.ServerSideEncryptionConfiguration',
    allowed: 'aws:kms; AES256 for a bucket of access logs, whose writer knows no other',
    isEncrypted: ({ properties }) => {
      const rules = nodes(dig(properties, 'BucketEncryption.ServerSideEncryptionConfiguration'));
      const algorithms = rules.map((rule) => dig(rule, 'ServerSideEncryptionByDefault.SSEAlgorithm'));
      const isForLogs = properties['LoggingConfiguration'] === undefined;
      return algorithms.some((each) => each === 'aws:kms' || (isForLogs && each === 'AES256'));
    },
  },
  {
    type: 'AWS::SQS::Queue',
    property: 'SqsManagedSseEnabled',
    allowed: 'true, or a KmsMasterKeyId',
    isEncrypted: ({ properties }) =>
      properties['SqsManagedSseEnabled'] === true || properties['KmsMasterKeyId'] !== undefined,
  },
  {
    type: 'AWS::RDS::DBInstance',
    property: 'StorageEncrypted',
    allowed: 'true, or a replica, which is as its source',
    isEncrypted: ({ properties }) =>
      properties['StorageEncrypted'] === true || properties['SourceDBInstanceIdentifier'] !== undefined,
  },
  {
    type: 'AWS::Glue::Job',
    property: 'SecurityConfiguration',
    allowed: 'a security configuration',
    isEncrypted: ({ properties }) => properties['SecurityConfiguration'] !== undefined,
  },
];

const AT_REST_ENCRYPTED: Guardrail = {
  id: 'encrypted-at-rest',
  forbids: 'a bucket, queue, database or Glue job that keeps data unencrypted',
  why: 'it cannot be turned on later without a copy (RDS), or for what is there already (S3)',
  source: 'https://docs.aws.amazon.com/prescriptive-guidance/latest/encryption-best-practices/welcome.html',
  *check(deployment) {
    for (const { type, property, allowed, isEncrypted } of AT_REST)
      for (const resource of deployment.ofType(type).filter((each) => !isEncrypted(each)))
        yield { resource, property, value: dig(resource.properties, property), allowed, fix: 'encrypt it' };
  },
};

const TLS_ONLY: Guardrail = {
  id: 'encrypted-in-transit',
  forbids: 'a bucket or queue that answers without TLS, or a client of the database that does not ask for it',
  why: 'what is read and written, credentials included, can be read on the way',
  source: `${S3_GUIDE}/security-best-practices.html`,
  *check(deployment) {
    const owners: readonly [type: string, policy: string, property: string][] = [
      ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 'Bucket'],
      ['AWS::SQS::Queue', 'AWS::SQS::QueuePolicy', 'Queues'],
    ];
    for (const [type, policy, property] of owners)
      for (const resource of deployment.ofType(type))
        if (!isTlsOnly(deployment, resource, policy, property))
          yield {
            resource,
            property: `${policy}.PolicyDocument`,
            value: undefined,
            allowed: 'a policy that denies what comes with aws:SecureTransport false',
            fix: 'set enforceSSL',
          };
    for (const { type, property, allowed } of CLIENTS)
      for (const resource of deployment.ofType(type)) {
        const value = dig(resource.properties, property);
        if (value !== undefined && value !== allowed)
          yield { resource, property, value, allowed: String(allowed), fix: `set ${property} so` };
      }
  },
};

/** Databases are asked over TLS; that PostgreSQL itself insists is rds.force_ssl. */
const CLIENTS = [
  { type: 'AWS::RDS::DBProxy', property: 'RequireTLS', allowed: true },
  { type: 'AWS::RDS::DBParameterGroup', property: 'Parameters.rds.force_ssl', allowed: '1' },
  {
    type: 'AWS::Glue::Connection',
    property: 'ConnectionInput.ConnectionProperties.JDBC_ENFORCE_SSL',
    allowed: 'true',
  },
  { type: 'AWS::QuickSight::DataSource', property: 'SslProperties.DisableSsl', allowed: false },
] as const;

function isTlsOnly(deployment: Deployment, resource: Resource, policy: string, property: string): boolean {
  return deployment
    .ofType(policy)
    .filter(({ properties, stack }) =>
      listOf(properties[property]).some((each) => deployment.target(each, stack) === resource),
    )
    .flatMap(({ properties }) => nodes(dig(properties, 'PolicyDocument.Statement')))
    .some(
      ({ Effect, Condition }) =>
        Effect === 'Deny' &&
        String((dig(Condition, 'Bool') as Record<string, unknown> | undefined)?.['aws:SecureTransport']) ===
          'false',
    );
}

const KEEPERS = [
  'AWS::S3::Bucket',
  'AWS::RDS::DBInstance',
  'AWS::MSK::Cluster',
  'AWS::MSK::ServerlessCluster',
  'AWS::KMS::Key',
];
const KEEPING = ['Retain', 'RetainExceptOnCreate', 'Snapshot'];

const RETAINED: Guardrail = {
  id: 'data-retained',
  forbids: 'a bucket, database, cluster or key that goes with its stack',
  why: 'a removed line of code would remove the data; and without its key, what is left cannot be read',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html',
  *check(deployment) {
    for (const resource of deployment.ofType(...KEEPERS)) {
      const isReplica = resource.properties['SourceDBInstanceIdentifier'] !== undefined;
      if (!isReplica && !KEEPING.includes(resource.deletionPolicy ?? ''))
        yield {
          resource,
          property: 'DeletionPolicy',
          value: resource.deletionPolicy,
          allowed: KEEPING.join(', '),
          fix: 'apply RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE',
        };
    }
  },
};

export const STORAGE_GUARDRAILS: readonly Guardrail[] = [
  PUBLIC_ACCESS,
  PUBLIC_POLICY,
  AT_REST_ENCRYPTED,
  TLS_ONLY,
  RETAINED,
];
