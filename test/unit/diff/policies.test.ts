/** Policies that allow more, and changes that do not. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TemplateResource } from '../../../cli/diff/template.ts';
import { compare, only, type Resources, told } from './compared.ts';

type Statement = Readonly<Record<string, unknown>>;

const role: TemplateResource = {
  Type: 'AWS::IAM::Role',
  Properties: { AssumeRolePolicyDocument: { Statement: [trust({ Service: 'lambda.amazonaws.com' })] } },
};

function trust(principal: unknown): Statement {
  return { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal };
}

function policy(...statements: Statement[]): TemplateResource {
  return {
    Type: 'AWS::IAM::Policy',
    Properties: { Roles: [{ Ref: 'Role' }], PolicyDocument: { Statement: statements } },
  };
}

function roleWith(...statements: Statement[]): Resources {
  return { Role: role, Policy: policy(...statements) };
}

const ARN = { 'Fn::GetAtt': ['Raw', 'Arn'] };
const under = (prefix: string): unknown => ({ 'Fn::Join': ['', [ARN, `/${prefix}`]] });
const get: Statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: under('quotes/*') };

describe('a role may do more', () => {
  test.each<[string, Statement, string]>([
    [
      'an action',
      { ...get, Action: ['s3:GetObject', 's3:PutObject'] },
      'allows s3:putobject on ${lake/Raw.Arn}/quotes/*',
    ],
    ['a wildcard', { ...get, Action: 's3:Get*' }, 'allows s3:get* on ${lake/Raw.Arn}/quotes/*'],
    [
      'a resource',
      { ...get, Resource: [under('quotes/*'), under('tapes/*')] },
      'allows s3:getobject on ${lake/Raw.Arn}/tapes/*',
    ],
    ['a wider resource', { ...get, Resource: under('*') }, 'allows s3:getobject on ${lake/Raw.Arn}/*'],
    [
      'all but some actions',
      { Effect: 'Allow', NotAction: 's3:Put*', Resource: under('quotes/*') },
      'allows all but s3:put* on ${lake/Raw.Arn}/quotes/*',
    ],
  ])('by %s', (_case, statement, detail) => {
    const found = only('policy-widened', roleWith(get), roleWith(statement));
    expect(found).toMatchObject({ severity: 'danger', address: 'lake/Role', details: [detail] });
  });

  test('by a condition that is gone, or that holds more often', () => {
    const ifAccount = (...accounts: string[]): Statement => ({
      ...get,
      Condition: { StringEquals: { 'aws:SourceAccount': accounts } },
    });
    expect(told(roleWith(ifAccount('1')), roleWith(get))).toEqual(['danger policy-widened lake/Role']);
    expect(told(roleWith(ifAccount('1')), roleWith(ifAccount('1', '2')))).toEqual([
      'danger policy-widened lake/Role',
    ]);
    expect(told(roleWith(ifAccount('1', '2')), roleWith(ifAccount('2')))).toEqual([]);
    expect(told(roleWith(get), roleWith(ifAccount('1')))).toEqual([]);
  });

  test('by a denial that is gone, or narrower', () => {
    const deny: Statement = { Effect: 'Deny', Action: 's3:*', Resource: '*' };
    const found = only('policy-widened', roleWith(get, deny), roleWith(get));
    expect(found.details).toEqual(['no longer denies s3:* on * (anything)']);
    expect(told(roleWith(get, deny), roleWith(get, { ...deny, Action: 's3:Put*' }))).toHaveLength(1);
    expect(
      told(
        roleWith(get, deny),
        roleWith(get, { ...deny, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ),
    ).toHaveLength(1);
    expect(told(roleWith(get), roleWith(get, deny))).toEqual([]);
  });

  test('by a policy of its own, a managed one, or an inline one', () => {
    const managed: TemplateResource = { ...policy(get), Type: 'AWS::IAM::ManagedPolicy' };
    const inline: TemplateResource = {
      ...role,
      Properties: {
        ...role.Properties,
        Policies: [{ PolicyName: 'p', PolicyDocument: { Statement: [get] } }],
      },
    };
    const named: TemplateResource = {
      ...role,
      Properties: { ...role.Properties, ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
    };
    for (const after of [{ Role: role, Managed: managed }, { Role: inline }, { Role: named }]) {
      expect(told({ Role: role }, after)).toContain('danger policy-widened lake/Role');
    }
    // The same permission, wherever it stands.
    expect(told(roleWith(get), { Role: inline })).toEqual([]);
    expect(told(roleWith(get), { Role: role, Managed: managed })).toEqual([]);
  });

  test('by who may assume it', () => {
    const trusting = (principal: unknown): Resources => ({
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { AssumeRolePolicyDocument: { Statement: [trust(principal)] } },
      },
    });
    const lambda = { Service: 'lambda.amazonaws.com' };
    expect(told(trusting(lambda), trusting({ AWS: 'arn:aws:iam::111122223333:root' }))).toEqual([
      'danger policy-widened lake/Role',
    ]);
    expect(told(trusting(lambda), trusting({ Service: ['lambda.amazonaws.com'] }))).toEqual([]);
  });
});

describe('a role may do no more', () => {
  test.each<[string, Statement[], Statement[]]>([
    ['with fewer actions', [{ ...get, Action: ['s3:GetObject', 's3:PutObject'] }], [get]],
    ['with a narrower resource', [{ ...get, Resource: under('*') }], [get]],
    ['with the actions named that a wildcard stood for', [{ ...get, Action: 's3:Get*' }], [get]],
    [
      'in two statements instead of one',
      [{ ...get, Action: ['s3:A', 's3:B'] }],
      [
        { ...get, Action: 's3:B' },
        { ...get, Action: 's3:A' },
      ],
    ],
    ['in other capitals', [get], [{ ...get, Action: 'S3:getobject' }]],
    ['with another Sid', [get], [{ ...get, Sid: 'Other' }]],
    [
      'with the partition written out',
      [{ ...get, Resource: { 'Fn::Sub': 'arn:${AWS::Partition}:s3:::b' } }],
      [{ ...get, Resource: 'arn:aws:s3:::b' }],
    ],
  ])('%s', (_case, before, after) => {
    expect(told(roleWith(...before), roleWith(...after))).toEqual([]);
  });
});

describe('a new role', () => {
  test('is shown', () => {
    expect(told({}, roleWith(get))).toEqual(['caution policy-widened lake/Role']);
  });

  test.each([
    ['do anything', { ...get, Action: '*', Resource: '*' }],
    ['do all of a service', { ...get, Action: 's3:*', Resource: '*' }],
  ])('that may %s is a danger', (_case, statement) => {
    expect(told({}, roleWith(statement))).toEqual(['danger policy-widened lake/Role']);
  });
});

describe('a new role with a managed policy of AWS', () => {
  const taking = (arn: unknown): Resources => ({
    Role: { ...role, Properties: { ...role.Properties, ManagedPolicyArns: [arn] } },
  });

  test.each<[string, unknown]>([
    ['AdministratorAccess', 'arn:aws:iam::aws:policy/AdministratorAccess'],
    ['PowerUserAccess', { 'Fn::Sub': 'arn:${AWS::Partition}:iam::aws:policy/PowerUserAccess' }],
    [
      'IAMFullAccess',
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/IAMFullAccess']] },
    ],
    ['all of one service', 'arn:aws:iam::aws:policy/AmazonS3FullAccess'],
    ['all of one service, spelled otherwise', 'arn:aws-cn:iam::aws:policy/AWSLambda_FullAccess'],
    ['an administrator of a product', 'arn:aws:iam::aws:policy/AdministratorAccess-Amplify'],
  ])('is a danger for %s', (_case, arn) => {
    expect(told({}, taking(arn))).toEqual(['danger policy-widened lake/Role']);
  });

  test('is named in the danger', () => {
    const { what, details } = only(
      'policy-widened',
      {},
      taking('arn:aws:iam::aws:policy/AdministratorAccess'),
    );
    expect([what, ...details]).toEqual([
      'It is new, and may do anything.',
      'allows managed policy arn:aws:iam::aws:policy/administratoraccess',
    ]);
  });

  test.each([
    'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
    'arn:aws:iam::aws:policy/ReadOnlyAccess',
    'arn:aws:iam::111122223333:policy/TeamFullAccess',
  ])('is shown for %s', (arn) => {
    expect(told({}, taking(arn))).toEqual(['caution policy-widened lake/Role']);
  });
});

describe('a new role that may be assumed by', () => {
  const trusting = (principal: unknown, condition?: unknown): Resources => ({
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: { Statement: [{ ...trust(principal), Condition: condition }] },
      },
    },
  });
  const OIDC = { Federated: 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com' };

  test.each<[string, unknown]>([
    ['the root of another account', { AWS: 'arn:aws:iam::111122223333:root' }],
    ['the number of another account', { AWS: '111122223333' }],
    ['a role of another account', { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::111122223333:role/ci' } }],
    ['any role of another account', { AWS: { 'Fn::Sub': 'arn:aws:iam::111122223333:role/${Name}' } }],
    ['a canonical user', { CanonicalUser: '79a59df900b949e55d96a1e698fbaced' }],
    ['whoever a provider knows', OIDC],
  ])('%s is a danger', (_case, principal) => {
    expect(told({}, trusting(principal))).toEqual(['danger policy-widened lake/Role']);
  });

  test('another account stays one under a condition, and says which', () => {
    const ifOrganized = { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } };
    const { severity, what, details } = only(
      'policy-widened',
      {},
      trusting({ AWS: '111122223333' }, ifOrganized),
    );
    expect([severity, what, ...details]).toEqual([
      'danger',
      'It is new, and lets in another account.',
      'allows sts:assumerole to AWS:111122223333, if StringEquals aws:principalorgid is o-1',
    ]);
  });

  test.each<[string, unknown, unknown]>([
    ['a service', { Service: 'lambda.amazonaws.com' }, undefined],
    [
      'its own account',
      { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root' } },
      undefined,
    ],
    ['the number of its own account', { AWS: { Ref: 'AWS::AccountId' } }, undefined],
    ['a role of a stack that is not compared', { AWS: { 'Fn::ImportValue': 'role' } }, undefined],
    ['a role of these stacks', { AWS: { 'Fn::GetAtt': ['Other', 'Arn'] } }, undefined],
    [
      'whom a provider knows as one of ours',
      OIDC,
      { StringEquals: { 'token.actions.githubusercontent.com:sub': 'repo:us/lake:ref:refs/heads/main' } },
    ],
  ])('%s is none', (_case, principal, condition) => {
    expect(told({}, trusting(principal, condition))).toEqual([]);
  });
});

describe("a resource's own policy", () => {
  const deny: Statement = {
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Action: 's3:*',
    Resource: ARN,
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
  const allow: Statement = {
    Effect: 'Allow',
    Principal: { Service: 'logging.s3.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: under('*'),
  };
  const bucketWith = (...statements: Statement[]): Resources => ({
    Raw: { Type: 'AWS::S3::Bucket' },
    ...(statements.length > 0 && {
      BucketPolicy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: { Bucket: { Ref: 'Raw' }, PolicyDocument: { Statement: statements } },
      },
    }),
  });
  const keyWith = (...statements: Statement[]): Resources => ({
    Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Statement: statements } } },
  });
  const queueWith = (...statements: Statement[]): Resources => ({
    Queue: { Type: 'AWS::SQS::Queue' },
    QueuePolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: { Queues: [{ Ref: 'Queue' }], PolicyDocument: { Statement: statements } },
    },
  });

  test.each<[string, Resources, Resources, string]>([
    ['of a bucket lets in another', bucketWith(deny), bucketWith(deny, allow), 'lake/Raw'],
    ['of a bucket is gone, and with it what it denied', bucketWith(deny), bucketWith(), 'lake/Raw'],
    ['of a bucket no longer denies plain text', bucketWith(deny, allow), bucketWith(allow), 'lake/Raw'],
    [
      'of a key lets in another account',
      keyWith(),
      keyWith({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*', Principal: { AWS: '1' } }),
      'lake/Key',
    ],
    [
      'of a queue lets in anybody',
      queueWith(),
      queueWith({ Effect: 'Allow', Action: 'sqs:SendMessage', Principal: '*' }),
      'lake/Queue',
    ],
    ['of a new bucket lets in anybody', {}, bucketWith({ ...allow, Principal: '*' }), 'lake/Raw'],
    [
      'of a new bucket lets in another account',
      {},
      bucketWith({ ...allow, Principal: { AWS: 'arn:aws:iam::111122223333:root' } }),
      'lake/Raw',
    ],
  ])('%s', (_case, before, after, address) => {
    expect(told(before, after)).toEqual([`danger policy-widened ${address}`]);
  });

  test.each<[string, Resources, Resources]>([
    [
      'denies more',
      bucketWith(deny),
      bucketWith(deny, { ...deny, Action: 's3:DeleteBucket', Condition: {} }),
    ],
    ['is new, and only denies', bucketWith(), bucketWith(deny)],
    ['lets in fewer', bucketWith(deny, allow), bucketWith(deny)],
    ['of a new bucket lets in a service', {}, bucketWith(deny, allow)],
  ])('%s', (_case, before, after) => {
    expect(told(before, after)).toEqual([]);
  });

  test("a function's permission lets in a caller", () => {
    const handler = { Type: 'AWS::Lambda::Function' };
    const permission = {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: { Ref: 'Handler' },
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
      },
    };
    expect(told({ Handler: handler }, { Handler: handler, Permission: permission })).toEqual([
      'danger policy-widened lake/Handler',
    ]);
  });
});

test('what one stage may do says nothing of the other', () => {
  const stages = (dev: Statement, prod: Statement) => ({
    isWhole: true,
    stacks: [dev, prod].map((statement, index) => ({
      name: `tickerlake-${index === 0 ? 'dev' : 'prod'}-lake`,
      template: { Resources: roleWith(statement) },
    })),
  });
  const more: Statement = { ...get, Action: 's3:*' };
  const { findings } = compare(stages(get, more), stages(more, more));
  expect(findings.map(({ stage, rule }) => `${String(stage)} ${rule}`)).toEqual(['dev policy-widened']);
});

test('actions on one resource are one line', () => {
  const after = roleWith({ ...get, Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'] });
  expect(only('policy-widened', roleWith(get), after).details).toEqual([
    'allows s3:deleteobject, s3:putobject on ${lake/Raw.Arn}/quotes/*',
  ]);
});

test('a key names one change: the same in both stages, another when the change is wider', () => {
  const keyFor = (...actions: string[]): string | undefined =>
    compare(roleWith(get), roleWith({ ...get, Action: ['s3:GetObject', ...actions] })).findings[0]?.key;
  expect(keyFor('s3:PutObject')).toBe(keyFor('s3:PutObject'));
  expect(keyFor('s3:PutObject')).not.toBe(keyFor('s3:PutObject', 's3:DeleteObject'));
});

const statements = fc.array(
  fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: fc.uniqueArray(fc.constantFrom('s3:Get*', 's3:GetObject', 's3:PutObject', 'kms:*', '*'), {
      minLength: 1,
    }),
    Resource: fc.uniqueArray(fc.constantFrom('*', ARN, under('*'), under('quotes/*')), { minLength: 1 }),
    Condition: fc.constantFrom(
      {},
      { StringEquals: { a: ['1', '2'], b: '3' } },
      { StringNotLike: { a: 'x*' } },
    ),
  }),
  { maxLength: 5 },
);

test('property: statements, actions, keys in any order allow the same', () => {
  fc.assert(
    fc.property(statements, fc.infiniteStream(fc.nat()), (given, random) => {
      const shuffled = shuffle(given, random) as Statement[];
      expect(told(roleWith(...given), roleWith(...shuffled))).toEqual([]);
    }),
  );
});

test('property: fewer statements that allow are never wider, more of them never narrower', () => {
  fc.assert(
    fc.property(statements, statements, (few, more) => {
      const allowing = (all: readonly Statement[]): Statement[] =>
        all.filter(({ Effect: effect }) => effect === 'Allow');
      expect(told(roleWith(...allowing(few), ...allowing(more)), roleWith(...allowing(few)))).toEqual([]);
    }),
  );
});

/** The value with its lists and keys in another order. */
function shuffle(value: unknown, random: Iterator<number>): unknown {
  const mixed = <T>(items: readonly T[]): T[] =>
    items
      .map((item) => ({ item, at: Number(random.next().value) }))
      .sort((left, right) => left.at - right.at)
      .map(({ item }) => item);
  if (typeof value !== 'object' || value === null) return value;
  // What a function joins has an order.
  if ('Fn::Join' in value || 'Fn::GetAtt' in value) return value;
  if (Array.isArray(value)) return mixed(value).map((item) => shuffle(item, random));
  return Object.fromEntries(mixed(Object.entries(value)).map(([key, item]) => [key, shuffle(item, random)]));
}
