/** https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { aclsForRole } from '../../../local/gateway/kafka-acls.ts';
import type { PolicyStatement, Role } from '../../../local/gateway/types.ts';

const CLUSTER = 'arn:aws:kafka:us-east-1:123456789012:cluster/lake/11111111-2222-3333-4444-555555555555-1';
const under = (kind: string, name: string): string => `${CLUSTER.replace(':cluster/', `:${kind}/`)}/${name}`;
const allow = (actions: string[], Resource: string | string[]): PolicyStatement => ({
  Effect: 'Allow',
  Action: actions.map((action) => `kafka-cluster:${action}`),
  Resource,
});

function acls(...statements: PolicyStatement[]): string[] {
  const role: Role = {
    name: 'producer',
    arn: 'arn:aws:iam::123456789012:role/producer',
    trust: { Statement: [] },
    policies: [{ name: 'p', document: { Version: '2012-10-17', Statement: statements } }],
  };
  const nameOf = (table: object, value: number): string =>
    Object.entries(table).find(([, number]) => number === value)?.[0] ?? '?';
  return aclsForRole(role, CLUSTER)
    .map((entry) => {
      expect(entry).toMatchObject({ principal: 'User:producer', host: '*' });
      return [
        nameOf(kafkajs.AclPermissionTypes, entry.permissionType),
        nameOf(kafkajs.AclOperationTypes, entry.operation),
        nameOf(kafkajs.AclResourceTypes, entry.resourceType),
        nameOf(kafkajs.ResourcePatternTypes, entry.resourcePatternType),
        entry.resourceName,
      ].join(' ');
    })
    .sort();
}

const CONNECT = allow(['Connect'], CLUSTER);
const QUOTES = under('topic', 'quotes');

test('an idempotent producer', () => {
  const statements = [
    allow(['Connect', 'DescribeCluster', 'WriteDataIdempotently'], CLUSTER),
    allow(['DescribeTopic', 'WriteData'], QUOTES),
  ];
  expect(acls(...statements)).toEqual([
    'ALLOW DESCRIBE CLUSTER LITERAL kafka-cluster',
    'ALLOW DESCRIBE TOPIC LITERAL quotes',
    'ALLOW IDEMPOTENT_WRITE CLUSTER LITERAL kafka-cluster',
    'ALLOW WRITE TOPIC LITERAL quotes',
  ]);
});

test('a consumer of a group', () => {
  const statements = [
    CONNECT,
    allow(['DescribeTopic', 'ReadData'], QUOTES),
    allow(['DescribeGroup', 'AlterGroup'], under('group', 'tickerlake-dev-*')),
  ];
  expect(acls(...statements)).toEqual([
    'ALLOW DESCRIBE GROUP PREFIXED tickerlake-dev-',
    'ALLOW DESCRIBE TOPIC LITERAL quotes',
    'ALLOW READ GROUP PREFIXED tickerlake-dev-',
    'ALLOW READ TOPIC LITERAL quotes',
  ]);
});

test('the administrator of topics', () => {
  const topics = allow(
    [
      'CreateTopic',
      'DescribeTopic',
      'AlterTopic',
      'DescribeTopicDynamicConfiguration',
      'AlterTopicDynamicConfiguration',
    ],
    under('topic', '*'),
  );
  expect(acls(CONNECT, topics)).toEqual([
    'ALLOW ALTER TOPIC LITERAL *',
    'ALLOW ALTER_CONFIGS TOPIC LITERAL *',
    'ALLOW CREATE TOPIC LITERAL *',
    'ALLOW DESCRIBE TOPIC LITERAL *',
    'ALLOW DESCRIBE_CONFIGS TOPIC LITERAL *',
  ]);
});

describe('an action without the actions that MSK requires beside it is nothing', () => {
  test.each<[string, PolicyStatement[], string]>([
    ['Connect for any', [allow(['DescribeTopic'], QUOTES)], 'DESCRIBE TOPIC'],
    ['DescribeTopic for WriteData', [CONNECT, allow(['WriteData'], QUOTES)], 'WRITE'],
    [
      'DescribeTopic on the same topic',
      [CONNECT, allow(['WriteData'], QUOTES), allow(['DescribeTopic'], under('topic', 'other'))],
      'WRITE',
    ],
    ['AlterGroup for ReadData', [CONNECT, allow(['ReadData', 'DescribeTopic'], QUOTES)], 'READ TOPIC'],
    ['DescribeGroup for AlterGroup', [CONNECT, allow(['AlterGroup'], under('group', 'g'))], 'READ GROUP'],
    [
      'WriteData for WriteDataIdempotently',
      [CONNECT, allow(['WriteDataIdempotently'], CLUSTER)],
      'IDEMPOTENT_WRITE',
    ],
  ])('%s', (_name, statements, operation) => {
    expect(acls(...statements).filter((acl) => acl.includes(operation))).toEqual([]);
  });
});

describe('resources', () => {
  const describeTopic = (resource: string) => acls(CONNECT, allow(['DescribeTopic'], resource));
  const all = ['ALLOW DESCRIBE TOPIC LITERAL *'];
  const prefixed = ['ALLOW DESCRIBE TOPIC PREFIXED quotes_'];
  const literal = ['ALLOW DESCRIBE TOPIC LITERAL quotes'];

  test.each([
    ['any ARN', '*', all],
    ['all topics of all clusters', 'arn:aws:kafka:*:*:topic/*', all],
    ['all topics of the cluster by name', 'arn:aws:kafka:us-east-1:123456789012:topic/lake/*', all],
    [
      'a topic with the cluster id left open',
      'arn:aws:kafka:us-east-1:123456789012:topic/lake/*/quotes',
      literal,
    ],
    ['a prefix', under('topic', 'quotes_*'), prefixed],
    ['a topic of another cluster', 'arn:aws:kafka:us-east-1:123456789012:topic/other/*/quotes', []],
    ['another kind of resource', under('group', 'quotes'), []],
  ])('%s', (_name, resource, expected) => {
    expect(describeTopic(resource)).toEqual(expected);
  });

  test('a wildcard in the middle of a name cannot be an ACL', () => {
    expect(() => describeTopic(under('topic', 'a*b'))).toThrow(
      /kafka-cluster:DescribeTopic on a\*b cannot be a Kafka ACL/,
    );
  });
});

test('a deny becomes a deny', () => {
  const deny: PolicyStatement = { Effect: 'Deny', Action: 'kafka-cluster:DeleteTopic', Resource: '*' };
  expect(acls(deny)).toEqual(['DENY DELETE TOPIC LITERAL *']);
});

test('action names take wildcards and ignore case', () => {
  expect(acls(CONNECT, allow(['describetopic*'], QUOTES))).toEqual([
    'ALLOW DESCRIBE TOPIC LITERAL quotes',
    'ALLOW DESCRIBE_CONFIGS TOPIC LITERAL quotes',
  ]);
});

test('statements of other services are no ACLs', () => {
  expect(acls({ Effect: 'Allow', Action: ['s3:*', 'kafka:GetBootstrapBrokers'], Resource: '*' })).toEqual([]);
});

test('a condition on kafka-cluster actions is refused, naming the statement', () => {
  const conditional = {
    ...CONNECT,
    Sid: 'Sometimes',
    Condition: { Bool: { 'aws:SecureTransport': 'true' } },
  };
  expect(() => acls(conditional)).toThrow(/policy statement p\/Sometimes: .* cannot be Kafka ACLs/);
});

test('another allow statement never takes an ACL away', () => {
  const action = fc.constantFrom(
    'Connect',
    'DescribeTopic',
    'WriteData',
    'ReadData',
    'AlterGroup',
    'DescribeGroup',
    'WriteDataIdempotently',
  );
  const resource = fc.constantFrom('*', CLUSTER, QUOTES, under('topic', 'q*'), under('group', '*'));
  const statement = fc
    .tuple(fc.array(action, { minLength: 1, maxLength: 3 }), resource)
    .map(([actions, on]) => allow(actions, on));
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 5 }), statement, (statements, more) => {
      const after = acls(...statements, more);
      for (const acl of acls(...statements)) expect(after).toContain(acl);
    }),
  );
});
