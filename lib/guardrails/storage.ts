/** Buckets and queues, and what is kept when a stack goes. */
import { type Deployment, dig, listOf, type Node, nodes, type Resource } from './deployment.ts';
import type { Guardrail } from './guardrail.ts';
import { covers } from './permissions.ts';

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

/** Where each type keeps its policy. */
const POLICIES: readonly (readonly [type: string, document: string])[] = [
  ['AWS::S3::BucketPolicy', 'PolicyDocument'],
  ['AWS::SQS::QueuePolicy', 'PolicyDocument'],
  ['AWS::SNS::TopicPolicy', 'PolicyDocument'],
  ['AWS::SecretsManager::ResourcePolicy', 'ResourcePolicy'],
  ['AWS::KMS::Key', 'KeyPolicy'],
];

const PUBLIC_POLICY: Guardrail = {
  id: 'resource-policy-public',
  forbids: 'a policy of a bucket, queue, topic, secret, key or function that allows anyone in',
  why: 'Principal * is every account there is; a Deny for all is another thing, and stays allowed',
  source: `${S3_GUIDE}/access-control-block-public-access.html#access-control-block-public-access-policy-status`,
  *check(deployment) {
    const advice = {
      allowed: 'roles, services or accounts by name',
      fix: 'grant it to the role that needs it',
    };
    for (const [type, document] of POLICIES)
      for (const resource of deployment.ofType(type))
        for (const statement of nodes(dig(resource.properties, `${document}.Statement`)))
          if (statement['Effect'] === 'Allow' && isForAnyone(statement)) {
            const value = `* for ${listOf(statement['Action']).join(', ')}`;
            yield { resource, property: `${document}.Statement.Principal`, value, ...advice };
          }
    for (const resource of deployment.ofType('AWS::Lambda::Permission'))
      if (resource.properties['Principal'] === '*')
        yield { resource, property: 'Principal', value: '*', ...advice };
  },
};

/** All but some is anyone as well. */
function isForAnyone({ Principal, NotPrincipal }: Node): boolean {
  return NotPrincipal !== undefined || isEverybody(Principal);
}

function isEverybody(principal: unknown): boolean {
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
    for (const owner of TLS_OWNERS)
      for (const resource of deployment.ofType(owner.type))
        if (!isTlsOnly(deployment, resource, owner))
          yield {
            resource,
            property: `${owner.policy}.PolicyDocument`,
            value: undefined,
            allowed: `a policy that denies ${owner.service}:* to all, ${owner.things}, where aws:SecureTransport is false and on no other condition`,
            fix: 'set enforceSSL',
          };
    for (const { type, property, allowed, isDefault, isMeant } of CLIENTS)
      for (const resource of deployment.ofType(type).filter(isMeant ?? (() => true))) {
        const value = dig(resource.properties, property);
        if (value !== allowed && !(value === undefined && isDefault === true))
          yield { resource, property, value, allowed: String(allowed), fix: `set ${property} so` };
      }
  },
};

/** Databases are asked over TLS; that PostgreSQL itself insists is rds.force_ssl. */
const CLIENTS: readonly {
  readonly type: string;
  readonly property: string;
  readonly allowed: unknown;
  /** Whether it is so where nothing is said. @default false */
  readonly isDefault?: boolean;
  /** Whether the rule is about such a resource. @default all of the type */
  readonly isMeant?: (resource: Resource) => boolean;
}[] = [
  { type: 'AWS::RDS::DBProxy', property: 'RequireTLS', allowed: true },
  // 1 by default since PostgreSQL 15: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
  {
    type: 'AWS::RDS::DBParameterGroup',
    property: 'Parameters.rds.force_ssl',
    allowed: '1',
    isDefault: true,
  },
  // "The default is false": https://docs.aws.amazon.com/glue/latest/webapi/API_Connection.html
  {
    type: 'AWS::Glue::Connection',
    property: 'ConnectionInput.ConnectionProperties.JDBC_ENFORCE_SSL',
    allowed: 'true',
    isMeant: ({ properties }) => dig(properties, 'ConnectionInput.ConnectionType') === 'JDBC',
  },
  { type: 'AWS::QuickSight::DataSource', property: 'SslProperties.DisableSsl', allowed: false },
];

/** What answers over HTTP as well as HTTPS, unless its policy denies that. */
interface TlsOwner {
  readonly type: string;
  /** Type of its policy. */
  readonly policy: string;
  /** Property of the policy that names what it is for. */
  readonly property: string;
  /** Prefix of its actions. */
  readonly service: string;
  /** What the policy has to speak of, in words. */
  readonly things: string;
  /** The same, from the ARN. */
  readonly arns: (arn: string) => readonly string[];
}

const TLS_OWNERS: readonly TlsOwner[] = [
  {
    type: 'AWS::S3::Bucket',
    policy: 'AWS::S3::BucketPolicy',
    property: 'Bucket',
    service: 's3',
    things: 'on the bucket and on its objects',
    arns: (arn) => [arn, `${arn}/*`],
  },
  {
    type: 'AWS::SQS::Queue',
    policy: 'AWS::SQS::QueuePolicy',
    property: 'Queues',
    service: 'sqs',
    things: 'on the queue',
    arns: (arn) => [arn],
  },
];

/** Whether one statement denies everybody everything without TLS; several that do so together are not looked for. */
function isTlsOnly(deployment: Deployment, resource: Resource, owner: TlsOwner): boolean {
  const arns = owner.arns(`\${${resource.stack}/${resource.id}.Arn}`);
  return deployment
    .ofType(owner.policy)
    .filter(({ properties, stack }) =>
      listOf(properties[owner.property]).some((each) => deployment.target(each, stack) === resource),
    )
    .some(({ properties, stack }) =>
      nodes(dig(properties, 'PolicyDocument.Statement')).some((statement) => {
        const denied = listOf(statement['Resource']).map((each) => deployment.text(each, stack));
        return (
          statement['Effect'] === 'Deny' &&
          isEverybody(statement['Principal']) &&
          listOf(statement['Action']).some((action) => action === '*' || action === `${owner.service}:*`) &&
          arns.every((arn) => denied.some((each) => covers(arn)(each))) &&
          isWithoutTls(statement['Condition'])
        );
      }),
    );
}

/** Any other condition would leave plain text to whom it does not meet. */
function isWithoutTls(condition: unknown): boolean {
  const terms = Object.entries((condition ?? {}) as Node).flatMap(([operator, keys]) =>
    Object.entries(keys as Node).map(([key, value]) => `${operator} ${key} ${String(value)}`),
  );
  return terms.join() === 'Bool aws:SecureTransport false';
}

const KEEPERS = [
  'AWS::S3::Bucket',
  'AWS::RDS::DBInstance',
  'AWS::MSK::Cluster',
  'AWS::MSK::ServerlessCluster',
  'AWS::KMS::Key',
];
/** What keeps at each of the two ends; of these types, RDS alone makes snapshots. */
const ENDS = [
  { property: 'DeletionPolicy', policy: 'deletionPolicy', keeping: ['Retain', 'RetainExceptOnCreate'] },
  { property: 'UpdateReplacePolicy', policy: 'updateReplacePolicy', keeping: ['Retain'] },
] as const;
const WITH_SNAPSHOTS = ['AWS::RDS::DBInstance'];

const RETAINED: Guardrail = {
  id: 'data-retained',
  forbids: 'a bucket, database, cluster or key that goes with its stack, or when it is replaced',
  why: 'a removed or changed line of code would remove the data; and without its key, what is left cannot be read',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html',
  *check(deployment) {
    const isReplica = ({ properties }: Resource): boolean =>
      properties['SourceDBInstanceIdentifier'] !== undefined;
    for (const resource of deployment.ofType(...KEEPERS).filter((each) => !isReplica(each)))
      for (const { property, policy, keeping } of ENDS) {
        const value = resource[policy];
        const allowed = [...keeping, ...(WITH_SNAPSHOTS.includes(resource.type) ? ['Snapshot'] : [])];
        if (!allowed.includes(value ?? ''))
          yield {
            resource,
            property,
            value,
            allowed: allowed.join(', '),
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
