/** Resources that hold data: removed, left behind, renamed, replaced, kept less safely. */
import { describe, expect, test } from '@jest/globals';
import type { TemplateResource } from '../../../cli/diff/template.ts';
import { changed, compare, KEPT, only, told } from './compared.ts';

const bucket: TemplateResource = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'raw' }, ...KEPT };
const cluster: TemplateResource = {
  Type: 'AWS::MSK::Cluster',
  Properties: {
    ClusterName: 'quotes',
    NumberOfBrokerNodes: 3,
    BrokerNodeGroupInfo: {
      InstanceType: 'kafka.m7g.large',
      ClientSubnets: [{ Ref: 'A' }, { Ref: 'B' }],
      SecurityGroups: [{ 'Fn::GetAtt': ['Brokers', 'GroupId'] }],
    },
  },
  ...KEPT,
};
const database: TemplateResource = {
  Type: 'AWS::RDS::DBInstance',
  Properties: {
    DBInstanceIdentifier: 'serving',
    Engine: 'postgres',
    DBInstanceClass: 'db.t4g.micro',
    MultiAZ: false,
  },
  DeletionPolicy: 'Snapshot',
  UpdateReplacePolicy: 'Snapshot',
};
const brokers: TemplateResource = {
  Type: 'AWS::EC2::SecurityGroup',
  Properties: { GroupDescription: 'Kafka brokers', VpcId: 'vpc-1' },
};

describe('removal', () => {
  test('of a bucket that is kept leaves it behind', () => {
    const found = only('resource-orphaned', { Raw: bucket }, {});
    expect(found).toMatchObject({ severity: 'danger', stage: 'dev', address: 'lake/Raw' });
    expect(found.what).toMatch(/stays, and no stack knows it/);
    expect(found.details).toEqual([
      'It keeps the name raw, so making it anew fails until it is imported or gone.',
    ]);
  });

  test.each([
    ['a queue without a policy', { Type: 'AWS::SQS::Queue' }, /is deleted with all it holds/],
    ['a database without a policy', { Type: 'AWS::RDS::DBInstance' }, /is deleted after a last snapshot/],
    [
      'a member of a cluster',
      { Type: 'AWS::RDS::DBInstance', Properties: { DBClusterIdentifier: 'c' } },
      /with all/,
    ],
    [
      'a secret',
      { Type: 'AWS::SecretsManager::Secret', DeletionPolicy: 'Delete' },
      /is deleted with all it holds/,
    ],
  ])('of %s deletes it', (_case, resource, words) => {
    expect(only('resource-removed', { Held: resource }, {}).what).toMatch(words);
  });

  test('of a whole stack is told for each resource in it', () => {
    expect(told({ 'lake/Raw': bucket, 'stream/Cluster': cluster }, { 'stream/Cluster': cluster })).toEqual([
      'danger resource-orphaned lake/Raw',
    ]);
  });

  test.each([
    'AWS::Lambda::Function',
    'AWS::Logs::LogGroup',
    'AWS::CloudWatch::Alarm',
    'AWS::Athena::NamedQuery',
  ])('of a %s is a change like any other', (type) => {
    const { findings, changes } = compare({ Gone: { Type: type, DeletionPolicy: 'Delete' } }, {});
    expect(findings).toEqual([]);
    expect(changes).toMatchObject([{ kind: 'removed', address: 'lake/Gone' }]);
  });

  test('of a type that the template keeps is a danger, whatever the type', () => {
    expect(told({ Logs: { Type: 'AWS::Logs::LogGroup', ...KEPT } }, {})).toEqual([
      'danger resource-orphaned lake/Logs',
    ]);
  });
});

describe('another logical id', () => {
  test('is told as one, with the id to keep', () => {
    const { findings } = compare({ Raw: bucket }, { StorageRaw: bucket });
    expect(findings).toMatchObject([{ rule: 'resource-renamed', address: 'lake/StorageRaw' }]);
    expect(findings[0]?.what).toMatch(/^It was lake\/Raw: .* makes a new, empty one/);
    expect(findings[0]?.instead).toMatch(/overrideLogicalId\('Raw'\)/);
    expect(findings[0]?.details).toEqual([expect.stringMatching(/same name, so the deployment fails/)]);
  });

  test('in another stack says to leave it, or to import it', () => {
    expect(only('resource-renamed', { 'lake/Raw': bucket }, { 'query/Raw': bucket }).instead).toMatch(
      /cdk import/,
    );
  });

  test('widens no policy that names the resource', () => {
    const policy = (id: string): TemplateResource => ({
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: { Ref: id },
        PolicyDocument: {
          Statement: [
            { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: { 'Fn::GetAtt': [id, 'Arn'] } },
            {
              Effect: 'Allow',
              Principal: { Service: 'a.b' },
              Action: 's3:GetObject',
              Resource: { 'Fn::GetAtt': [id, 'Arn'] },
            },
          ],
        },
      },
    });
    expect(
      told({ Raw: bucket, Policy: policy('Raw') }, { NewRaw: bucket, Policy: policy('NewRaw') }),
    ).toEqual(['danger resource-renamed lake/NewRaw']);
  });

  test('of a function is a change like any other', () => {
    const handler = { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 128 } };
    expect(told({ Old: handler }, { New: handler })).toEqual([]);
  });

  test('is not guessed of two that are alike', () => {
    const plain = { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 30 } };
    expect(told({ A: plain, B: plain }, { C: plain, D: plain })).toEqual([
      'danger resource-removed lake/A',
      'danger resource-removed lake/B',
    ]);
  });
});

describe('replacement', () => {
  test("of a cluster by other security groups, and the old one's fate", () => {
    const other = changed(cluster, {
      BrokerNodeGroupInfo: {
        InstanceType: 'kafka.m7g.large',
        ClientSubnets: [{ Ref: 'A' }, { Ref: 'B' }],
        SecurityGroups: [{ 'Fn::GetAtt': ['Others', 'GroupId'] }],
      },
    });
    const found = only('resource-replaced', { Cluster: cluster }, { Cluster: other });
    expect(found.severity).toBe('danger');
    expect(found.what).toMatch(
      /^A change of BrokerNodeGroupInfo.SecurityGroups replaces it: .* no stack knows it/,
    );
    expect(found.details).toContainEqual(expect.stringMatching(/the name is taken/));
  });

  test('of a cluster, since a change of its security group replaces that, in whichever stack', () => {
    const output = {
      'Fn::GetStackOutput': { StackName: 'tickerlake-dev-network', OutputName: 'BrokersGroup' },
    };
    const users = changed(cluster, { BrokerNodeGroupInfo: { SecurityGroups: [output] } });
    const app = (group: TemplateResource) => ({
      isWhole: true,
      stacks: [
        {
          name: 'tickerlake-dev-network',
          template: {
            Resources: { Brokers: group },
            Outputs: { BrokersGroup: { Value: { 'Fn::GetAtt': ['Brokers', 'GroupId'] } } },
          },
        },
        { name: 'tickerlake-dev-stream', template: { Resources: { Cluster: users } } },
      ],
    });
    const { findings } = compare(
      app(brokers),
      app(changed(brokers, { GroupDescription: 'Brokers of Kafka' })),
    );
    expect(findings).toMatchObject([{ rule: 'resource-replaced', address: 'stream/Cluster' }]);
    expect(findings[0]?.what).toMatch(
      /^The replacement of network\/Brokers, which BrokerNodeGroupInfo.SecurityGroups names,/,
    );
  });

  test.each([
    ['more brokers', cluster, { NumberOfBrokerNodes: 6 }],
    [
      'larger brokers, and subnets in another order',
      cluster,
      {
        BrokerNodeGroupInfo: {
          SecurityGroups: [{ 'Fn::GetAtt': ['Brokers', 'GroupId'] }],
          ClientSubnets: [{ Ref: 'B' }, { Ref: 'A' }],
          InstanceType: 'kafka.m7g.xlarge',
        },
      },
    ],
    ['a larger database', database, { DBInstanceClass: 'db.t4g.small' }],
    ['tags of a bucket', bucket, { Tags: [{ Key: 'a', Value: 'b' }] }],
  ])('does not come of %s', (_case, resource, properties) => {
    const { findings, changes } = compare({ Held: resource }, { Held: changed(resource, properties) });
    expect(findings).toEqual([]);
    expect(changes).toMatchObject([{ kind: 'updated', address: 'lake/Held' }]);
  });

  test.each([
    ['a bucket by its name', bucket, { BucketName: 'other' }],
    ['a database by its engine', database, { Engine: 'mysql' }],
    ['a database by its key', database, { KmsKeyId: 'other' }],
    [
      'a table by its database',
      { Type: 'AWS::Glue::Table', Properties: { DatabaseName: 'a', TableInput: { Name: 't' } } },
      { DatabaseName: 'b' },
    ],
    [
      'a schema by its definition',
      { Type: 'AWS::Glue::Schema', Properties: { SchemaDefinition: '{}' } },
      { SchemaDefinition: '[]' },
    ],
    ['a registry by its name', { Type: 'AWS::Glue::Registry', Properties: { Name: 'a' } }, { Name: 'b' }],
    [
      'a topic by its name',
      { Type: 'AWS::MSK::Topic', Properties: { TopicName: 'a', PartitionCount: 4 } },
      { TopicName: 'b' },
    ],
    [
      'a secret by its name',
      { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'a' } },
      { Name: 'b' },
    ],
  ])('comes of %s', (_case, resource, properties) => {
    expect(told({ Held: resource }, { Held: changed(resource, properties) })).toEqual([
      'danger resource-replaced lake/Held',
    ]);
  });

  test('that AWS calls conditional is for a person to look at', () => {
    expect(told({ Data: database }, { Data: changed(database, { StorageType: 'io2' }) })).toEqual([
      'caution resource-replaced lake/Data',
    ]);
  });

  test('by another type under the same id is a removal', () => {
    expect(told({ Held: bucket }, { Held: { Type: 'AWS::SQS::Queue' } })).toEqual([
      'danger resource-orphaned lake/Held',
    ]);
  });

  test('of what holds nothing is a change like any other', () => {
    const query = { Type: 'AWS::Athena::NamedQuery', Properties: { QueryString: 'SELECT 1' } };
    const { findings, changes } = compare({ Q: query }, { Q: changed(query, { QueryString: 'SELECT 2' }) });
    expect(findings).toEqual([]);
    expect(changes).toMatchObject([{ kind: 'replaced', properties: ['QueryString'] }]);
  });
});

describe('policies that keep', () => {
  test.each([
    ['Delete', ['DeletionPolicy is Delete instead of RetainExceptOnCreate.']],
    ['Snapshot', ['DeletionPolicy is Snapshot instead of RetainExceptOnCreate.']],
  ])('lowered to %s', (policy, details) => {
    expect(
      only('keep-policy-lowered', { Raw: bucket }, { Raw: { ...bucket, DeletionPolicy: policy } }).details,
    ).toEqual(details);
  });

  test('taken out', () => {
    const { Type: type, Properties: properties = {} } = bucket;
    expect(
      only('keep-policy-lowered', { Raw: bucket }, { Raw: { Type: type, Properties: properties } }).details,
    ).toHaveLength(2);
  });

  test('raised, or said in another way', () => {
    expect(told({ Raw: bucket }, { Raw: { ...bucket, DeletionPolicy: 'Retain' } })).toEqual([]);
    expect(told({ Data: database }, { Data: { ...database, ...KEPT } })).toEqual([]);
  });
});

test('code that changes is told as that', () => {
  const handler = (digit: string): TemplateResource => ({
    Type: 'AWS::Lambda::Function',
    Properties: { Code: { S3Key: `${digit.repeat(64)}.zip` } },
  });
  expect(compare({ Handler: handler('a') }, { Handler: handler('b') })).toMatchObject({
    findings: [],
    changes: [{ kind: 'code', address: 'lake/Handler' }],
  });
});
