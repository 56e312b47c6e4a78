import { describe, expect, test } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import { CURATED_COLUMNS } from '../../core/quote.ts';
import { QUARANTINE_COLUMNS, RAW_COLUMNS } from '../../core/raw-schema.ts';
import { readable } from '../helpers/readable.ts';
import { onlyOne, synthesize } from './synthesize.ts';

const dev = synthesize('dev').stacks.lake;
const prod = synthesize('prod').stacks.lake;

interface Bucket {
  readonly BucketEncryption: { ServerSideEncryptionConfiguration: Record<string, unknown>[] };
  readonly LifecycleConfiguration: { Rules: LifecycleRule[] };
  readonly LoggingConfiguration?: { LogFilePrefix: string };
}
interface LifecycleRule {
  readonly Id: string;
  readonly Prefix?: string;
  readonly ExpirationInDays?: number;
  readonly TagFilters?: { Key: string; Value: string }[];
  readonly Transitions?: { StorageClass: string }[];
}

const bucket = (template: typeof dev, id: 'Raw' | 'Lake' | 'AccessLogs'): Bucket => {
  const found = Object.entries(template.findResources('AWS::S3::Bucket')).find(([name]) =>
    name.startsWith(`Storage${id}`),
  );
  if (found === undefined) throw new Error(`no bucket ${id}`);
  return found[1]['Properties'] as Bucket;
};

describe.each([
  ['dev', dev],
  ['prod', prod],
])('buckets of %s', (_stage, template) => {
  test('are retained, private, versioned, and owned by the account', () => {
    template.allResources('AWS::S3::Bucket', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        VersioningConfiguration: { Status: 'Enabled' },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    });
  });

  test('refuse requests without TLS', () => {
    template.resourceCountIs('AWS::S3::BucketPolicy', 3);
    template.allResourcesProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 's3:*',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    });
  });

  test('with data are encrypted by the rotating key of the lake and access-logged', () => {
    template.hasResource('AWS::KMS::Key', {
      Properties: { EnableKeyRotation: true },
      DeletionPolicy: 'RetainExceptOnCreate',
    });
    for (const id of ['Raw', 'Lake'] as const) {
      expect(bucket(template, id).BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: {
            SSEAlgorithm: 'aws:kms',
            KMSMasterKeyID: expect.anything() as unknown,
          },
        },
      ]);
      expect(bucket(template, id).LoggingConfiguration?.LogFilePrefix).toBe(`${id.toLowerCase()}/`);
    }
  });

  test('keep everything whatever its age: only what history covers or a newer listing replaces expires', () => {
    for (const id of ['Raw', 'Lake'] as const) {
      const expiring = bucket(template, id).LifecycleConfiguration.Rules.filter(
        ({ ExpirationInDays }) => ExpirationInDays !== undefined,
      );
      expect(expiring.map(({ Id, Prefix, TagFilters }) => ({ Id, Prefix, TagFilters }))).toEqual(
        id === 'Raw'
          ? []
          : [
              {
                Id: 'expire-covered',
                Prefix: 'curated/',
                TagFilters: [{ Key: 'covered', Value: 'history' }],
              },
              {
                Id: 'expire-superseded',
                Prefix: 'dimensions/',
                TagFilters: [{ Key: 'superseded', Value: 'dimension' }],
              },
            ],
      );
    }
  });

  test('forget old versions and abandoned uploads', () => {
    for (const id of ['Raw', 'Lake', 'AccessLogs'] as const) {
      expect(bucket(template, id).LifecycleConfiguration.Rules[0]).toMatchObject({
        Status: 'Enabled',
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
        NoncurrentVersionExpiration: { NoncurrentDays: expect.any(Number) as unknown },
      });
    }
  });

  test('archive into no class that Athena cannot read', () => {
    const classes = (['Raw', 'Lake'] as const).flatMap((id) =>
      bucket(template, id).LifecycleConfiguration.Rules.flatMap(({ Transitions = [] }) =>
        Transitions.map(({ StorageClass }) => StorageClass),
      ),
    );
    expect([...new Set(classes)]).toEqual(template === prod ? ['GLACIER_IR'] : []);
  });
});

test('the key of the lake encrypts logs of Glue, and no others', () => {
  const { KeyPolicy } = Object.entries(dev.findResources('AWS::KMS::Key')).find(([id]) =>
    id.startsWith('StorageKey'),
  )?.[1]['Properties'] as {
    KeyPolicy: { Statement: { Sid?: string; Principal: { Service?: unknown }; Condition?: unknown }[] };
  };
  const statement = KeyPolicy.Statement.find(({ Sid }) => Sid === 'GlueLogs');
  expect(readable(statement?.Principal.Service)).toBe('logs.${AWS::Region}.amazonaws.com');
  const { ArnLike } = statement?.Condition as { ArnLike: Record<string, unknown> };
  expect(readable(ArnLike['kms:EncryptionContext:aws:logs:arn'])).toBe(
    'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws-glue/*',
  );
});

test('each zone has a key of its own, rotated and retained', () => {
  const keyOf = (id: 'Raw' | 'Lake'): string => {
    const [configuration] = bucket(dev, id).BucketEncryption.ServerSideEncryptionConfiguration;
    return readable(
      (configuration?.['ServerSideEncryptionByDefault'] as { KMSMasterKeyID: unknown }).KMSMasterKeyID,
    );
  };
  expect([keyOf('Raw'), keyOf('Lake')]).toEqual([
    expect.stringMatching(/^\$\{StorageRawKey\w+\.Arn\}$/) as unknown,
    expect.stringMatching(/^\$\{StorageKey\w+\.Arn\}$/) as unknown,
  ]);
  dev.allResources('AWS::KMS::Key', {
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
    Properties: { EnableKeyRotation: true },
  });
});

describe('the access trail', () => {
  test('is there in stage prod, or where it is asked for', () => {
    dev.resourceCountIs('AWS::CloudTrail::Trail', 0);
    prod.resourceCountIs('AWS::CloudTrail::Trail', 1);
    const asked = synthesize('dev', { overrides: { lake: { accessTrail: true } } }).stacks.lake;
    asked.resourceCountIs('AWS::CloudTrail::Trail', 1);
  });

  test('tells of both buckets’ objects, but not of what the stage’s own roles do', () => {
    const { AdvancedEventSelectors } = onlyOne(prod, 'AWS::CloudTrail::Trail') as {
      AdvancedEventSelectors: {
        FieldSelectors: { Field: string; StartsWith?: unknown[]; NotStartsWith?: unknown[] }[];
      }[];
    };
    const fields = new Map(AdvancedEventSelectors[0]?.FieldSelectors.map((each) => [each.Field, each]));
    expect(fields.get('resources.ARN')?.StartsWith?.map(readable)).toEqual([
      expect.stringMatching(/^\$\{StorageRaw\w+\.Arn\}\/$/) as unknown,
      expect.stringMatching(/^\$\{StorageLake\w+\.Arn\}\/$/) as unknown,
    ]);
    expect(fields.get('userIdentity.arn')?.NotStartsWith?.map(readable)).toEqual([
      'arn:${AWS::Partition}:sts::${AWS::AccountId}:assumed-role/tickerlake-prod-',
    ]);
  });

  test('writes under its own prefix, and nobody else’s trail does', () => {
    const statements = Object.values(prod.findResources('AWS::S3::BucketPolicy')).flatMap(
      ({ Properties }) =>
        (
          Properties as {
            PolicyDocument: { Statement: { Sid?: string; Resource: unknown; Condition?: unknown }[] };
          }
        ).PolicyDocument.Statement,
    );
    const writes = statements.find(({ Sid }) => Sid === 'TrailWrites');
    expect(readable(writes?.Resource)).toMatch(/\/cloudtrail\/AWSLogs\/\$\{AWS::AccountId\}\/\*$/);
    expect(JSON.stringify(writes?.Condition)).toContain('tickerlake-prod-access');
  });
});

describe('the raw bucket', () => {
  test('tells EventBridge of its objects, as the other does, without a function of CDK', () => {
    for (const id of ['Raw', 'Lake'] as const) {
      expect(bucket(dev, id)).toMatchObject({
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      });
    }
    dev.resourceCountIs('AWS::Lambda::Function', 0);
    dev.resourceCountIs('Custom::S3BucketNotifications', 0);
  });

  test('denies a put into the log that may overwrite', () => {
    const policy = Object.values(dev.findResources('AWS::S3::BucketPolicy'))
      .map(
        ({ Properties }) =>
          Properties as { PolicyDocument: { Statement: { Sid?: string; Resource: unknown }[] } },
      )
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .find(({ Sid }) => Sid === 'RawPutsAreConditional');
    expect(policy).toMatchObject({
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 's3:PutObject',
      Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
    });
    expect(readable(policy?.Resource).split(',')).toEqual(
      ['quotes', 'quotes_filtered'].map((topic): unknown =>
        expect.stringMatching(new RegExp(`^\\$\\{StorageRaw\\w+\\.Arn\\}/${topic}/\\*$`)),
      ),
    );
  });
});

describe('tables', () => {
  const table = (name: string) =>
    onlyOne(dev, 'AWS::Glue::Table', { TableInput: { Name: name } })['TableInput'] as {
      Parameters: Record<string, unknown>;
      PartitionKeys: { Name: string; Type: string }[];
      StorageDescriptor: {
        Columns: { Name: string; Type: string }[];
        Location: unknown;
        SerdeInfo: { SerializationLibrary: string; Parameters?: Record<string, string> };
      };
    };
  const columns = (of: readonly { name: string; glueType: string }[]) =>
    of.map(({ name, glueType }) => [name, glueType]);

  test.each([
    ['quotes_raw', RAW_COLUMNS],
    ['quotes_quarantine', QUARANTINE_COLUMNS],
    ['quotes_curated', CURATED_COLUMNS],
  ])('%s has the columns of the contract', (name, contract) => {
    const found = table(name).StorageDescriptor.Columns.map(({ Name, Type }) => [Name, Type]);
    expect(found).toEqual(columns(contract));
  });

  test.each([
    ['quotes_raw', 'org.apache.hadoop.hive.serde2.avro.AvroSerDe', '/quotes/'],
    ['quotes_quarantine', 'org.openx.data.jsonserde.JsonSerDe', '/quarantine/quotes/'],
    ['quotes_curated', 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe', '/curated/quotes/'],
  ])('%s is read as what it is, where it is', (name, serde, location) => {
    const { StorageDescriptor } = table(name);
    expect(StorageDescriptor.SerdeInfo.SerializationLibrary).toBe(serde);
    expect(readable(StorageDescriptor.Location)).toMatch(
      new RegExp(`^s3://\\$\\{Storage(Raw|Lake)\\w+\\}${location}$`),
    );
  });

  test.each(['quotes_raw', 'quotes_quarantine'])(
    '%s finds partitions by projection of the log that a query names',
    (name) => {
      const { Parameters, PartitionKeys, StorageDescriptor } = table(name);
      expect(PartitionKeys.map(({ Name, Type }) => [Name, Type])).toEqual([
        ['log_id', 'string'],
        ['kafka_partition', 'int'],
      ]);
      expect(Parameters).toMatchObject({
        'projection.enabled': 'true',
        'projection.log_id.type': 'injected',
        'projection.kafka_partition.type': 'integer',
        'projection.kafka_partition.range': '0,3',
        'projection.kafka_partition.digits': '4',
      });
      expect(readable(Parameters['storage.location.template'])).toBe(
        `${readable(StorageDescriptor.Location)}log_id=\${log_id}/kafka_partition=\${kafka_partition}/`,
      );
    },
  );

  test('quotes_curated has its days registered, since Spark and crawlers see no projection', () => {
    const { Parameters, PartitionKeys } = table('quotes_curated');
    expect(PartitionKeys.map(({ Name, Type }) => [Name, Type])).toEqual([['dt', 'string']]);
    expect(Object.keys(Parameters).filter((key) => key.startsWith('projection'))).toEqual([]);
  });

  test('and their database are retained', () => {
    dev.allResources('AWS::Glue::Table', { DeletionPolicy: 'RetainExceptOnCreate' });
    dev.hasResource('AWS::Glue::Database', {
      Properties: { DatabaseInput: { Name: 'tickerlake_dev' } },
      DeletionPolicy: 'RetainExceptOnCreate',
    });
  });
});
