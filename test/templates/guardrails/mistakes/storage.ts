import { type Draft, get, type Json, set } from '../draft.ts';
import type { Mistake } from '../mistake.ts';

const BUCKET = 'AWS::S3::Bucket';
const POLICY = 'AWS::S3::BucketPolicy';
const DATABASE = 'AWS::RDS::DBInstance';
const KEY = 'AWS::KMS::Key';
const FUNCTION = 'AWS::Lambda::Function';

/** The statement that denies what comes without TLS, of the first policy of a type whose logical id begins so. */
function tlsDenial(draft: Draft, type: string, id: string): Json {
  const statements = get(draft.of(type, id), 'PolicyDocument.Statement') as Json[];
  const denial = statements.find(({ Effect, Condition }) => {
    const isForTls =
      get(Condition, 'Bool') !== undefined && JSON.stringify(Condition).includes('SecureTransport');
    return Effect === 'Deny' && isForTls;
  });
  if (denial === undefined) throw new Error(`${id}… denies nothing that comes without TLS`);
  return denial;
}

/** A rule that lets in PostgreSQL, from somewhere, to a group. */
function letIn(draft: Draft, groupId: unknown, source: Json): void {
  draft.add('network', 'Stranger', {
    Type: 'AWS::EC2::SecurityGroupIngress',
    Properties: { GroupId: groupId, IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, ...source },
  });
}

/** The security group of the database, as its own stack names it. */
function databaseGroup(draft: Draft): Json {
  return { 'Fn::GetAtt': [draft.find('AWS::EC2::SecurityGroup', 'NetworkDatabase').id, 'GroupId'] };
}

export const STORAGE_MISTAKES: readonly Mistake[] = [
  {
    id: 'bucket-may-be-public',
    stage: 'dev',
    rule: 'bucket-public-access',
    make: (draft) => {
      set(draft.of(BUCKET, 'StorageLake'), 'PublicAccessBlockConfiguration.RestrictPublicBuckets', false);
    },
  },
  {
    id: 'bucket-without-any-block',
    stage: 'prod',
    rule: 'bucket-public-access',
    make: (draft) => {
      set(draft.of(BUCKET, 'StorageRaw'), 'PublicAccessBlockConfiguration', undefined);
    },
  },
  {
    id: 'bucket-for-everyone',
    stage: 'dev',
    rule: 'resource-policy-public',
    make: (draft) => {
      (get(draft.of(POLICY, 'StorageLake'), 'PolicyDocument.Statement') as Json[]).push({
        Effect: 'Allow',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: '*',
      });
    },
  },
  {
    id: 'bucket-for-everyone-but-one',
    stage: 'prod',
    rule: 'resource-policy-public',
    make: (draft) => {
      (get(draft.of(POLICY, 'StorageLake'), 'PolicyDocument.Statement') as Json[]).push({
        Effect: 'Allow',
        NotPrincipal: { AWS: 'arn:aws:iam::111122223333:root' },
        Action: 's3:GetObject',
        Resource: '*',
      });
    },
  },
  {
    id: 'key-for-everyone',
    stage: 'dev',
    rule: 'resource-policy-public',
    make: (draft) => {
      (get(draft.of(KEY, 'StorageRawKey'), 'KeyPolicy.Statement') as Json[]).push({
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: 'kms:Decrypt',
        Resource: '*',
      });
    },
  },
  {
    id: 'function-for-everyone',
    stage: 'prod',
    rule: 'resource-policy-public',
    make: (draft) => {
      draft.add('pipeline', 'Everyone', {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          FunctionName: { Ref: draft.find(FUNCTION, 'QuotesLanding').id },
          Action: 'lambda:InvokeFunction',
          Principal: '*',
        },
      });
    },
  },
  {
    id: 'bucket-without-kms',
    stage: 'dev',
    rule: 'encrypted-at-rest',
    make: (draft) => {
      set(
        draft.of(BUCKET, 'StorageLake'),
        'BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault',
        { SSEAlgorithm: 'AES256' },
      );
    },
  },
  {
    id: 'queue-unencrypted',
    stage: 'prod',
    rule: 'encrypted-at-rest',
    make: (draft) => {
      set(draft.of('AWS::SQS::Queue', 'QuotesCurationQueue'), 'SqsManagedSseEnabled', false);
    },
  },
  {
    id: 'database-unencrypted',
    stage: 'dev',
    rule: 'encrypted-at-rest',
    make: (draft) => {
      set(draft.of(DATABASE), 'StorageEncrypted', undefined);
    },
  },
  {
    id: 'bucket-answers-without-tls',
    stage: 'dev',
    rule: 'encrypted-in-transit',
    make: (draft) => {
      const statements = get(draft.of(POLICY, 'StorageRaw'), 'PolicyDocument.Statement') as Json[];
      const index = statements.findIndex(({ Effect }) => Effect === 'Deny');
      statements.splice(index, 1);
    },
  },
  {
    id: 'bucket-denies-one-action-without-tls',
    stage: 'dev',
    rule: 'encrypted-in-transit',
    make: (draft) => {
      set(tlsDenial(draft, POLICY, 'StorageRaw'), 'Action', 's3:DeleteBucket');
    },
  },
  {
    id: 'bucket-denies-one-role-without-tls',
    stage: 'prod',
    rule: 'encrypted-in-transit',
    make: (draft) => {
      set(tlsDenial(draft, POLICY, 'StorageRaw'), 'Principal', {
        AWS: 'arn:aws:iam::111122223333:role/guest',
      });
    },
  },
  {
    id: 'bucket-lets-its-objects-go-without-tls',
    stage: 'prod',
    rule: 'encrypted-in-transit',
    make: (draft) => {
      const denial = tlsDenial(draft, POLICY, 'StorageLake');
      set(denial, 'Resource', get(denial, 'Resource.0'));
    },
  },
  {
    id: 'bucket-denies-without-tls-in-one-network',
    stage: 'dev',
    rule: 'encrypted-in-transit',
    make: (draft) => {
      set(tlsDenial(draft, POLICY, 'StorageLake'), 'Condition.IpAddress', { 'aws:SourceIp': '10.0.0.0/8' });
    },
  },
  {
    id: 'queue-denies-one-action-without-tls',
    stage: 'prod',
    rule: 'encrypted-in-transit',
    make: (draft) => {
      set(tlsDenial(draft, 'AWS::SQS::QueuePolicy', 'QuotesCurationQueue'), 'Action', 'sqs:SendMessage');
    },
  },
  {
    id: 'proxy-says-nothing-of-tls',
    stage: 'prod',
    rule: 'encrypted-in-transit',
    make: (draft) => {
      set(draft.of('AWS::RDS::DBProxy'), 'RequireTLS', undefined);
    },
  },
  {
    id: 'crawler-says-nothing-of-tls',
    stage: 'dev',
    rule: 'encrypted-in-transit',
    make: (draft) => {
      set(
        draft.of('AWS::Glue::Connection'),
        'ConnectionInput.ConnectionProperties.JDBC_ENFORCE_SSL',
        undefined,
      );
    },
  },
  {
    id: 'database-insists-on-no-tls',
    stage: 'prod',
    rule: 'encrypted-in-transit',
    make: (draft) => {
      (get(draft.of('AWS::RDS::DBParameterGroup'), 'Parameters') as Json)['rds.force_ssl'] = '0';
    },
  },
  {
    id: 'proxy-without-tls',
    stage: 'prod',
    rule: 'encrypted-in-transit',
    make: (draft) => {
      set(draft.of('AWS::RDS::DBProxy'), 'RequireTLS', false);
    },
  },
  {
    id: 'bucket-goes-with-its-stack',
    stage: 'prod',
    rule: 'data-retained',
    make: (draft) => {
      draft.find(BUCKET, 'StorageRaw').resource.DeletionPolicy = 'Delete';
    },
  },
  {
    id: 'bucket-goes-when-it-is-replaced',
    stage: 'dev',
    rule: 'data-retained',
    make: (draft) => {
      draft.find(BUCKET, 'StorageLake').resource.UpdateReplacePolicy = 'Delete';
    },
  },
  {
    id: 'database-goes-when-it-is-replaced',
    stage: 'prod',
    rule: 'data-retained',
    make: (draft) => {
      Reflect.deleteProperty(draft.find(DATABASE, 'DatabaseInstance').resource, 'UpdateReplacePolicy');
    },
  },
  {
    id: 'key-left-to-a-snapshot',
    stage: 'prod',
    rule: 'data-retained',
    make: (draft) => {
      draft.find(KEY, 'StorageRawKey').resource.DeletionPolicy = 'Snapshot';
    },
  },
  {
    id: 'database-with-a-public-address',
    stage: 'dev',
    rule: 'database-public',
    make: (draft) => {
      set(draft.of(DATABASE), 'PubliclyAccessible', true);
    },
  },
  {
    id: 'database-open-to-the-world',
    stage: 'prod',
    rule: 'ingress-from-world',
    make: (draft) => {
      letIn(draft, databaseGroup(draft), { CidrIp: '0.0.0.0/0' });
    },
  },
  {
    id: 'database-open-to-half-of-the-world',
    stage: 'prod',
    rule: 'ingress-from-world',
    make: (draft) => {
      letIn(draft, databaseGroup(draft), { CidrIp: '0.0.0.0/1' });
    },
  },
  {
    id: 'database-open-to-a-block-around-the-vpc',
    stage: 'dev',
    rule: 'ingress-from-world',
    make: (draft) => {
      letIn(draft, databaseGroup(draft), { CidrIp: '10.60.0.0/15' });
    },
  },
  {
    id: 'database-open-to-the-world-by-ipv6',
    stage: 'dev',
    rule: 'ingress-from-world',
    make: (draft) => {
      letIn(draft, databaseGroup(draft), { CidrIpv6: '2000::/3' });
    },
  },
  {
    id: 'group-elsewhere-open-to-the-world',
    stage: 'prod',
    rule: 'ingress-from-world',
    make: (draft) => {
      letIn(draft, 'sg-0123456789abcdef0', { CidrIp: '0.0.0.0/0' });
    },
  },
  {
    id: 'brokers-open-to-the-world-in-line',
    stage: 'dev',
    rule: 'ingress-from-world',
    make: (draft) => {
      set(draft.of('AWS::EC2::SecurityGroup', 'NetworkBrokers'), 'SecurityGroupIngress', [
        { IpProtocol: 'tcp', FromPort: 9098, ToPort: 9098, CidrIp: '203.0.113.0/24' },
      ]);
    },
  },
  {
    id: 'database-in-a-public-subnet',
    stage: 'dev',
    rule: 'database-subnets',
    make: (draft) => {
      const { id } = draft.find('AWS::EC2::RouteTable', 'NetworkVpcIsolatedSubnet1');
      draft.add('network', 'WayOut', {
        Type: 'AWS::EC2::Route',
        Properties: {
          RouteTableId: { Ref: id },
          DestinationCidrBlock: '0.0.0.0/0',
          GatewayId: { Ref: 'InternetGateway' },
        },
      });
    },
  },
  {
    id: 'password-in-the-template',
    stage: 'dev',
    rule: 'database-password',
    make: (draft) => {
      set(draft.of(DATABASE), 'ManageMasterUserPassword', undefined);
      set(draft.of(DATABASE), 'MasterUserPassword', 'letmein-letmein');
    },
  },
  {
    id: 'password-that-nobody-rotates',
    stage: 'prod',
    rule: 'database-password',
    make: (draft) => {
      draft.remove('AWS::SecretsManager::RotationSchedule');
    },
  },
];
