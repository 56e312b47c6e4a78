import { get, type Json, set } from '../draft.ts';
import type { Mistake } from '../mistake.ts';

const BUCKET = 'AWS::S3::Bucket';
const POLICY = 'AWS::S3::BucketPolicy';
const DATABASE = 'AWS::RDS::DBInstance';

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
      const { id } = draft.find('AWS::EC2::SecurityGroup', 'NetworkDatabase');
      draft.add('network', 'Everyone', {
        Type: 'AWS::EC2::SecurityGroupIngress',
        Properties: {
          GroupId: { 'Fn::GetAtt': [id, 'GroupId'] },
          IpProtocol: 'tcp',
          FromPort: 5432,
          ToPort: 5432,
          CidrIp: '0.0.0.0/0',
        },
      });
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
