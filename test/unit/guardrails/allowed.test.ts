/** What guardrails on storage and ingress let pass: each of the mistakes has a neighbour that is none. */
import { describe, expect, test } from '@jest/globals';
import { DATABASE_GUARDRAILS } from '../../../lib/guardrails/database.ts';
import type { Template } from '../../../lib/guardrails/deployment.ts';
import { checkTemplates, describeFinding, type Guardrail } from '../../../lib/guardrails/guardrail.ts';
import { STORAGE_GUARDRAILS } from '../../../lib/guardrails/storage.ts';

type Resources = NonNullable<Template['Resources']>;

/** What one guardrail says of the resources of one stack. */
function objections(id: string, resources: Resources): readonly string[] {
  const all: readonly Guardrail[] = [...STORAGE_GUARDRAILS, ...DATABASE_GUARDRAILS];
  const guardrails = all.filter((guardrail) => guardrail.id === id);
  if (guardrails.length !== 1) throw new Error(`there is no guardrail ${id}`);
  return checkTemplates(guardrails, new Map([['lake', { Resources: resources }]])).map(describeFinding);
}

describe('ingress', () => {
  const from = (source: Readonly<Record<string, unknown>>): readonly string[] =>
    objections('ingress-from-world', {
      Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.60.0.0/16' } },
      More: { Type: 'AWS::EC2::VPCCidrBlock', Properties: { CidrBlock: '10.70.0.0/16' } },
      Rule: {
        Type: 'AWS::EC2::SecurityGroupIngress',
        Properties: { GroupId: 'sg-1', IpProtocol: 'tcp', ...source },
      },
    });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['a security group', { SourceSecurityGroupId: 'sg-2' }],
    ['the block of the VPC', { CidrIp: '10.60.0.0/16' }],
    ['the block as an attribute of the VPC', { CidrIp: { 'Fn::GetAtt': ['Vpc', 'CidrBlock'] } }],
    ['a block within it', { CidrIp: '10.60.255.0/24' }],
    ['a block within a second block of the VPC', { CidrIp: '10.70.1.2/32' }],
  ])('from %s passes', (_case, source) => {
    expect(from(source)).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['the next block', { CidrIp: '10.61.0.0/24' }],
    ['a block around that of the VPC', { CidrIp: '10.60.0.0/15' }],
    ['a list of prefixes', { SourcePrefixListId: 'pl-1' }],
    ['what is no block', { CidrIp: '10.60.0.0' }],
  ])('from %s does not', (_case, source) => {
    const [property] = Object.keys(source);
    const [value] = Object.values(source);
    expect(from(source)).toEqual([
      `lake/Rule: ${String(property)} is "${String(value)}"; allowed is a security group as its source, or a range within the VPC`,
    ]);
  });
});

describe('a denial of plain text', () => {
  const ARN = { 'Fn::GetAtt': ['Bucket', 'Arn'] };
  const bucketThatDenies = (statement: Readonly<Record<string, unknown>>): readonly string[] =>
    objections('encrypted-in-transit', {
      Bucket: { Type: 'AWS::S3::Bucket' },
      Policy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: {
          Bucket: { Ref: 'Bucket' },
          PolicyDocument: {
            Statement: [
              {
                Effect: 'Deny',
                Principal: '*',
                Action: 's3:*',
                Resource: [ARN, { 'Fn::Sub': '${Bucket.Arn}/*' }],
                Condition: { Bool: { 'aws:SecureTransport': false } },
                ...statement,
              },
            ],
          },
        },
      },
    });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['of the bucket and its objects', {}],
    ['of everything', { Action: '*', Resource: '*' }],
    ['for all of AWS', { Principal: { AWS: '*' } }],
  ])('%s is one', (_case, statement) => {
    expect(bucketThatDenies(statement)).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['of some objects', { Resource: [ARN, { 'Fn::Sub': '${Bucket.Arn}/quotes/*' }] }],
    ['of another bucket', { Resource: ['arn:aws:s3:::other', 'arn:aws:s3:::other/*'] }],
    ['that is no denial', { Effect: 'Allow' }],
    ['where it came by TLS', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
    ['without a condition, which lets nobody in', { Condition: undefined }],
  ])('%s is none', (_case, statement) => {
    expect(bucketThatDenies(statement)).toHaveLength(1);
  });
});

describe('TLS of clients', () => {
  test.each<[string, Resources]>([
    [
      'of a parameter group that leaves it to PostgreSQL, which insists since 15',
      {
        Group: { Type: 'AWS::RDS::DBParameterGroup', Properties: { Parameters: { max_connections: '60' } } },
      },
    ],
    [
      'of a Glue connection to a network alone',
      {
        Network: {
          Type: 'AWS::Glue::Connection',
          Properties: { ConnectionInput: { ConnectionType: 'NETWORK' } },
        },
      },
    ],
  ])('%s passes', (_case, resources) => {
    expect(objections('encrypted-in-transit', resources)).toEqual([]);
  });
});

describe('data is kept', () => {
  test.each<[string, string, string]>([
    ['AWS::S3::Bucket', 'RetainExceptOnCreate', 'Retain'],
    ['AWS::KMS::Key', 'Retain', 'Retain'],
    ['AWS::RDS::DBInstance', 'Snapshot', 'Snapshot'],
  ])('of %s by %s and %s', (Type, DeletionPolicy, UpdateReplacePolicy) => {
    expect(objections('data-retained', { Data: { Type, DeletionPolicy, UpdateReplacePolicy } })).toEqual([]);
  });

  test.each<[string, string, string]>([
    ['AWS::S3::Bucket', 'Retain', 'Snapshot'],
    ['AWS::MSK::Cluster', 'Snapshot', 'Retain'],
    ['AWS::RDS::DBInstance', 'Snapshot', 'Delete'],
  ])('of %s not by %s and %s', (Type, DeletionPolicy, UpdateReplacePolicy) => {
    expect(objections('data-retained', { Data: { Type, DeletionPolicy, UpdateReplacePolicy } })).toHaveLength(
      1,
    );
  });
});
