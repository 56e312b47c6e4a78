/** Protections that are taken off; put on again, each is no finding. */
import { describe, expect, test } from '@jest/globals';
import { only, side, told } from './compared.ts';

type Properties = Readonly<Record<string, unknown>>;

const PUBLIC_ACCESS = {
  BlockPublicAcls: true,
  BlockPublicPolicy: true,
  IgnorePublicAcls: true,
  RestrictPublicBuckets: true,
};
const encryption = (SSEAlgorithm: string): Properties => ({
  BucketEncryption: {
    ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm } }],
  },
});

describe('a protection is lost', () => {
  test.each<[string, string, Properties, Properties]>([
    ['a public access block', 'AWS::S3::Bucket', { PublicAccessBlockConfiguration: PUBLIC_ACCESS }, {}],
    [
      'a part of the public access block',
      'AWS::S3::Bucket',
      { PublicAccessBlockConfiguration: PUBLIC_ACCESS },
      { PublicAccessBlockConfiguration: { ...PUBLIC_ACCESS, RestrictPublicBuckets: false } },
    ],
    ['encryption by the key', 'AWS::S3::Bucket', encryption('aws:kms'), encryption('AES256')],
    [
      'versions',
      'AWS::S3::Bucket',
      { VersioningConfiguration: { Status: 'Enabled' } },
      { VersioningConfiguration: { Status: 'Suspended' } },
    ],
    ['the log of access', 'AWS::S3::Bucket', { LoggingConfiguration: { LogFilePrefix: 'raw/' } }, {}],
    [
      'deletion protection',
      'AWS::RDS::DBInstance',
      { DeletionProtection: true },
      { DeletionProtection: false },
    ],
    [
      'no public address',
      'AWS::RDS::DBInstance',
      { PubliclyAccessible: false },
      { PubliclyAccessible: true },
    ],
    ['backups that outlive it', 'AWS::RDS::DBInstance', { DeleteAutomatedBackups: false }, {}],
    ['the standby', 'AWS::RDS::DBInstance', { MultiAZ: true }, { MultiAZ: false }],
    [
      'TLS of clients',
      'AWS::MSK::Cluster',
      { EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS' } } },
      { EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS_PLAINTEXT' } } },
    ],
    [
      'authentication',
      'AWS::MSK::Cluster',
      {},
      { ClientAuthentication: { Unauthenticated: { Enabled: true } } },
    ],
    [
      'what the workgroup enforces',
      'AWS::Athena::WorkGroup',
      { WorkGroupConfiguration: { EnforceWorkGroupConfiguration: true } },
      { WorkGroupConfiguration: { EnforceWorkGroupConfiguration: false } },
    ],
    [
      'the cutoff',
      'AWS::Athena::WorkGroup',
      { WorkGroupConfiguration: { BytesScannedCutoffPerQuery: 10_000_000_000 } },
      { WorkGroupConfiguration: {} },
    ],
    ['rotation of a key', 'AWS::KMS::Key', { EnableKeyRotation: true }, {}],
    ['the queue of failures', 'AWS::SQS::Queue', { RedrivePolicy: { maxReceiveCount: 3 } }, {}],
    ['encryption of a job', 'AWS::Glue::Job', { SecurityConfiguration: 'encrypted' }, {}],
    [
      'encryption of what jobs write',
      'AWS::Glue::SecurityConfiguration',
      { EncryptionConfiguration: { S3Encryptions: [{ S3EncryptionMode: 'SSE-KMS' }] } },
      { EncryptionConfiguration: { S3Encryptions: [{ S3EncryptionMode: 'DISABLED' }] } },
    ],
    ['the boundary of a role', 'AWS::IAM::Role', { PermissionsBoundary: 'arn' }, {}],
    ['signed code', 'AWS::Lambda::Function', { CodeSigningConfigArn: 'arn' }, {}],
  ])('%s', (_case, type, guarded, bare) => {
    const before = { Held: { Type: type, Properties: guarded } };
    const after = { Held: { Type: type, Properties: bare } };
    expect(only('protection-removed', before, after)).toMatchObject({
      severity: 'danger',
      address: 'lake/Held',
    });
    expect(told(after, before)).not.toContain('danger protection-removed lake/Held');
  });

  test.each(['AWS::EC2::FlowLog', 'AWS::SecretsManager::RotationSchedule'])('with the %s itself', (type) => {
    expect(told({ Held: { Type: type } }, {})).toEqual(['danger protection-removed lake/Held']);
    expect(told({}, { Held: { Type: type } })).toEqual([]);
  });
});

describe('termination protection of a stack', () => {
  const resources = { Raw: { Type: 'AWS::S3::Bucket' } };
  test.each([
    [true, false, ['danger protection-removed lake']],
    [false, true, []],
    [true, true, []],
    // A downloaded template does not tell.
    [undefined, false, []],
  ])('from %s to %s', (before, after, findings) => {
    expect(told(side(resources, { isProtected: before }), side(resources, { isProtected: after }))).toEqual(
      findings,
    );
  });
});

describe('a bucket that encrypts with another key', () => {
  const keyed = (id?: string): Properties => ({
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [
        {
          ServerSideEncryptionByDefault: {
            SSEAlgorithm: 'aws:kms',
            ...(id !== undefined && { KMSMasterKeyID: { 'Fn::GetAtt': [id, 'Arn'] } }),
          },
        },
      ],
    },
  });
  const bucket = (id?: string) => ({ Raw: { Type: 'AWS::S3::Bucket', Properties: keyed(id) } });

  test('leaves what is in it under the former one', () => {
    expect(only('data-key-changed', bucket('Key'), bucket('RawKey'))).toMatchObject({
      severity: 'danger',
      details: ['${lake/Key.Arn} becomes ${lake/RawKey.Arn}.'],
    });
  });

  test('is not one that has the same, or had none', () => {
    expect(told(bucket('Key'), bucket('Key'))).toEqual([]);
    expect(told(bucket(), bucket('RawKey'))).toEqual([]);
  });
});
