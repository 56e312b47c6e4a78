import { type Finding, finding } from '../finding.ts';
import { at, isList, listOf, type Plain, plainText } from '../plain-values.ts';
import type { Entry, ResourcePairs } from '../resource-pairs.ts';
import { partOf, type Side } from '../template.ts';

/** A property that protects, and when it does. */
interface Protection {
  readonly path: readonly string[];
  /** What is lost without it, in a sentence. */
  readonly lost: string;
  readonly holds: (value: Plain | undefined) => boolean;
}

const isTrue = (value: Plain | undefined): boolean => plainText(value) === 'true';
const isNotTrue = (value: Plain | undefined): boolean => !isTrue(value);
const isFalse = (value: Plain | undefined): boolean => plainText(value) === 'false';
const isNotFalse = (value: Plain | undefined): boolean => plainText(value) !== 'false';
const isThere = (value: Plain | undefined): boolean =>
  value !== undefined && !(isList(value) && value.length === 0);
const equals =
  (text: string) =>
  (value: Plain | undefined): boolean =>
    value === text;
const isNot =
  (text: string) =>
  (value: Plain | undefined): boolean =>
    value !== text;

const PUBLIC_ACCESS = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];

/** Each property of https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/ that only protects. */
const PROTECTIONS: Readonly<Record<string, readonly Protection[]>> = {
  'AWS::S3::Bucket': [
    ...PUBLIC_ACCESS.map((name) => ({
      path: ['PublicAccessBlockConfiguration', name],
      lost: `Its public access block has no ${name} any more.`,
      holds: isTrue,
    })),
    {
      path: ['BucketEncryption'],
      lost: 'Its objects are no longer encrypted with the KMS key.',
      holds: (value) => sseAlgorithms(value).some((name) => name.startsWith('aws:kms')),
    },
    {
      path: ['VersioningConfiguration', 'Status'],
      lost: 'It keeps no versions: what is overwritten or deleted is gone.',
      holds: equals('Enabled'),
    },
    { path: ['ObjectLockEnabled'], lost: 'Objects are no longer locked.', holds: isTrue },
    { path: ['LoggingConfiguration'], lost: 'Access to it is no longer logged.', holds: isThere },
    {
      path: ['OwnershipControls', 'Rules'],
      lost: 'Access lists count again.',
      holds: (value) => listOf(value).some((rule) => at(rule, 'ObjectOwnership') === 'BucketOwnerEnforced'),
    },
  ],
  'AWS::RDS::DBInstance': [
    { path: ['DeletionProtection'], lost: 'The database can be deleted.', holds: isTrue },
    { path: ['StorageEncrypted'], lost: 'Its storage is no longer encrypted.', holds: isTrue },
    { path: ['PubliclyAccessible'], lost: 'It gets a public address.', holds: isNotTrue },
    {
      path: ['DeleteAutomatedBackups'],
      lost: 'Its automated backups are deleted with it.',
      holds: isFalse,
    },
    { path: ['MultiAZ'], lost: 'It has no standby in another zone.', holds: isTrue },
    { path: ['EnableIAMDatabaseAuthentication'], lost: 'Roles of IAM can no longer log in.', holds: isTrue },
  ],
  'AWS::RDS::DBCluster': [
    { path: ['DeletionProtection'], lost: 'The database can be deleted.', holds: isTrue },
    { path: ['StorageEncrypted'], lost: 'Its storage is no longer encrypted.', holds: isTrue },
  ],
  'AWS::RDS::DBProxy': [{ path: ['RequireTLS'], lost: 'Clients may connect without TLS.', holds: isTrue }],
  'AWS::MSK::Cluster': [
    {
      path: ['EncryptionInfo', 'EncryptionInTransit', 'ClientBroker'],
      lost: 'Clients may talk to brokers in plain text.',
      // Without the property it is TLS.
      holds: (value) => value === undefined || value === 'TLS',
    },
    {
      path: ['EncryptionInfo', 'EncryptionInTransit', 'InCluster'],
      lost: 'Brokers talk among themselves in plain text.',
      holds: isNotFalse,
    },
    {
      path: ['EncryptionInfo', 'EncryptionAtRest', 'DataVolumeKMSKeyId'],
      lost: 'Its disks are no longer encrypted with our key.',
      holds: isThere,
    },
    {
      path: ['ClientAuthentication', 'Unauthenticated', 'Enabled'],
      lost: 'Anybody who reaches a broker is let in.',
      holds: isNotTrue,
    },
    {
      path: ['BrokerNodeGroupInfo', 'ConnectivityInfo', 'PublicAccess', 'Type'],
      lost: 'Brokers get public addresses.',
      holds: isNot('SERVICE_PROVIDED_EIPS'),
    },
    { path: ['LoggingInfo'], lost: 'Brokers keep no logs.', holds: isThere },
  ],
  'AWS::Athena::WorkGroup': [
    {
      path: ['WorkGroupConfiguration', 'EnforceWorkGroupConfiguration'],
      lost: 'A query may go round the settings of the workgroup: place of results, encryption, cutoff.',
      holds: isNotFalse,
    },
    {
      path: ['WorkGroupConfiguration', 'BytesScannedCutoffPerQuery'],
      lost: 'A query may scan without limit.',
      holds: isThere,
    },
    {
      path: ['WorkGroupConfiguration', 'ResultConfiguration', 'EncryptionConfiguration'],
      lost: 'Results are no longer encrypted by the workgroup.',
      holds: isThere,
    },
  ],
  'AWS::KMS::Key': [
    { path: ['EnableKeyRotation'], lost: 'The key is no longer rotated.', holds: isTrue },
    { path: ['Enabled'], lost: 'The key is disabled: what it encrypts cannot be read.', holds: isNotFalse },
  ],
  'AWS::SQS::Queue': [
    { path: ['RedrivePolicy'], lost: 'A message that fails again and again is lost.', holds: isThere },
    { path: ['SqsManagedSseEnabled'], lost: 'Messages are no longer encrypted.', holds: isNotFalse },
    { path: ['KmsMasterKeyId'], lost: 'Messages are no longer encrypted with our key.', holds: isThere },
  ],
  'AWS::Logs::LogGroup': [
    { path: ['KmsKeyId'], lost: 'Log lines are no longer encrypted with our key.', holds: isThere },
    { path: ['DeletionProtectionEnabled'], lost: 'The log group can be deleted.', holds: isTrue },
  ],
  'AWS::SecretsManager::Secret': [
    { path: ['KmsKeyId'], lost: 'The secret is no longer encrypted with our key.', holds: isThere },
  ],
  'AWS::Glue::Job': [
    {
      path: ['SecurityConfiguration'],
      lost: 'What the job writes and logs is not encrypted.',
      holds: isThere,
    },
  ],
  'AWS::Glue::Crawler': [
    {
      path: ['CrawlerSecurityConfiguration'],
      lost: 'What the crawler logs is not encrypted.',
      holds: isThere,
    },
  ],
  'AWS::Glue::SecurityConfiguration': [
    ['S3Encryptions'],
    ['CloudWatchEncryption', 'CloudWatchEncryptionMode'],
    ['JobBookmarksEncryption', 'JobBookmarksEncryptionMode'],
  ].map((path) => ({
    path: ['EncryptionConfiguration', ...path],
    lost: `It has no ${path[0] ?? ''} any more.`,
    holds: (value) =>
      typeof value === 'string'
        ? value !== 'DISABLED'
        : listOf(value).some((rule) => at(rule, 'S3EncryptionMode') !== 'DISABLED'),
  })),
  'AWS::Lambda::Function': [
    { path: ['CodeSigningConfigArn'], lost: 'Code that nobody signed may be deployed.', holds: isThere },
    { path: ['VpcConfig', 'SubnetIds'], lost: 'It runs outside the VPC.', holds: isThere },
  ],
  'AWS::IAM::Role': [
    { path: ['PermissionsBoundary'], lost: 'No boundary limits it any more.', holds: isThere },
  ],
};

/** Types that protect something else by being there; it is said what is lost. A bucket's policy is looked at for what it denied. */
const PROTECTORS: Readonly<Record<string, string>> = {
  'AWS::EC2::FlowLog': 'The traffic of the network is no longer logged.',
  'AWS::SecretsManager::RotationSchedule': 'The secret is no longer rotated.',
  'AWS::CloudTrail::Trail': 'Calls of AWS are no longer logged.',
  'AWS::Lambda::CodeSigningConfig': 'Code that nobody signed may be deployed.',
  'AWS::Glue::DataCatalogEncryptionSettings': 'The catalog is no longer encrypted.',
  'AWS::Glue::SecurityConfiguration': 'What jobs write and log is not encrypted.',
};

function sseAlgorithms(encryption: Plain | undefined): readonly string[] {
  return listOf(at(encryption, 'ServerSideEncryptionConfiguration')).map((rule) =>
    plainText(at(rule, 'ServerSideEncryptionByDefault', 'SSEAlgorithm')),
  );
}

/** Findings for whatever protected data or access, and no longer does. */
export function protectionFindings(
  { pairs, removed }: ResourcePairs,
  sides: { readonly before: Side; readonly after: Side },
): readonly Finding[] {
  return [
    ...pairs.flatMap(({ before, after }) => lostProtections(before, after)),
    ...removed.flatMap((entry) => {
      const lost = PROTECTORS[entry.type];
      return lost === undefined ? [] : [protectionFinding(entry, 'It is removed.', [lost])];
    }),
    ...stackFindings(sides.before, sides.after),
  ];
}

function lostProtections(before: Entry, after: Entry): readonly Finding[] {
  const details = (PROTECTIONS[after.type] ?? [])
    .filter(
      ({ path, holds }) => holds(at(before.properties, ...path)) && !holds(at(after.properties, ...path)),
    )
    .map(({ path, lost }) => `${lost} (${path.join('.')})`);
  return details.length === 0 ? [] : [protectionFinding(after, 'It loses a protection.', details)];
}

/** A stack that can be deleted by mistake; only an assembly says whether one is protected. */
function stackFindings(before: Side, after: Side): readonly Finding[] {
  return before.stacks.flatMap(({ name, isProtected }) => {
    const now = after.stacks.find((stack) => stack.name === name);
    if (isProtected !== true || now?.isProtected !== false) return [];
    const { stage, part } = partOf(name);
    const stack = { stage, address: part, type: 'AWS::CloudFormation::Stack' };
    return [
      protectionFinding(stack, 'It loses its termination protection.', [
        'The stack can be deleted in one call.',
      ]),
    ];
  });
}

function protectionFinding(
  entry: Pick<Entry, 'stage' | 'address' | 'type'>,
  what: string,
  details: readonly string[],
): Finding {
  return finding('protection-removed', entry, {
    what,
    details,
    instead: 'Put it back. If it has to go for a repair, accept it until a date and put it back after.',
  });
}
