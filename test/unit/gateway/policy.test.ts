import { describe, expect, test } from '@jest/globals';
import { evaluate, refusal } from '../../../local/gateway/policy/evaluate.ts';
import type { Principal } from '../../../local/gateway/policy/principals.ts';
import { compilePolicy } from '../../../local/gateway/policy/statements.ts';
import type { PolicyDocument, PolicyStatement } from '../../../local/gateway/types.ts';

const ROLE: Principal = {
  type: 'role',
  account: '123456789012',
  roleArn: 'arn:aws:iam::123456789012:role/land-quotes',
  sessionArn: 'arn:aws:sts::123456789012:assumed-role/land-quotes/session',
};

type Context = Readonly<Record<string, string | readonly string[]>>;

const document = (...statements: PolicyStatement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
});

function decide(
  policies: { identity?: PolicyDocument; resource?: PolicyDocument; gates?: boolean },
  action: string,
  resource: string,
  context: Context = {},
  principal: Principal = ROLE,
) {
  const entries = Object.entries(context).map(
    ([key, value]) => [key.toLowerCase(), typeof value === 'string' ? [value] : value] as const,
  );
  return evaluate({ action, resource, context: new Map(entries) }, principal, {
    identity: policies.identity === undefined ? [] : compilePolicy('p', policies.identity, 'identity'),
    ...(policies.resource === undefined
      ? {}
      : { resource: compilePolicy('r', policies.resource, 'resource') }),
    resourceRole: policies.gates === true ? 'gates' : 'adds',
  });
}

const allowed = (...parameters: Parameters<typeof decide>): boolean => decide(...parameters).allowed;
const allow = (Action: string | string[], Resource: string | string[], rest: Partial<PolicyStatement> = {}) =>
  document({ Effect: 'Allow', Action, Resource, ...rest });
const when = (Condition: NonNullable<PolicyStatement['Condition']>) => allow('*', '*', { Condition });

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html */
describe('evaluation logic within an account', () => {
  // The example of reference_policies_evaluation-logic_policy-eval-basics.html: Carlos and the S3 logs bucket.
  const carlos = document(
    {
      Sid: 'AllowS3ListRead',
      Effect: 'Allow',
      Action: [
        's3:GetBucketLocation',
        's3:GetAccountPublicAccessBlock',
        's3:ListAccessPoints',
        's3:ListAllMyBuckets',
      ],
      Resource: 'arn:aws:s3:::*',
    },
    {
      Sid: 'AllowS3Self',
      Effect: 'Allow',
      Action: 's3:*',
      Resource: ['arn:aws:s3:::bucket-carlossalazar/*', 'arn:aws:s3:::bucket-carlossalazar'],
    },
    { Sid: 'DenyS3Logs', Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::*log*' },
  );

  test('what nothing allows is denied', () => {
    expect(decide({ identity: carlos }, 's3:GetObject', 'arn:aws:s3:::other/key')).toMatchObject({
      allowed: false,
      reason: 'no-identity-allow',
    });
  });

  test('an allow that fits is enough', () => {
    expect(
      decide({ identity: carlos }, 's3:PutObject', 'arn:aws:s3:::bucket-carlossalazar/a/b'),
    ).toMatchObject({
      allowed: true,
      statements: ['p/AllowS3Self'],
    });
  });

  test('an explicit deny wins over every allow', () => {
    expect(
      decide({ identity: carlos }, 's3:PutObject', 'arn:aws:s3:::bucket-carlossalazar/log1'),
    ).toMatchObject({
      allowed: false,
      reason: 'explicit-deny-identity',
      statements: ['p/DenyS3Logs'],
    });
  });

  test('an explicit deny of the resource wins over the allow of the identity', () => {
    const resource = document({ Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: '*' });
    expect(decide({ identity: allow('*', '*'), resource }, 's3:PutObject', 'arn:aws:s3:::b/k')).toMatchObject(
      {
        allowed: false,
        reason: 'explicit-deny-resource',
      },
    );
  });

  test('the resource policy alone can allow a role that it names', () => {
    const resource = document({
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::123456789012:role/land-quotes' },
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::b/*',
    });
    expect(decide({ resource }, 's3:GetObject', 'arn:aws:s3:::b/k')).toMatchObject({
      allowed: true,
      allowedByResourcePolicy: true,
    });
  });

  test('the account as principal leaves the decision to identity policies', () => {
    const resource = document({
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::123456789012:root' },
      Action: 's3:*',
      Resource: '*',
    });
    expect(allowed({ resource }, 's3:GetObject', 'arn:aws:s3:::b/k')).toBe(false);
  });

  test('a deny for the account covers its roles', () => {
    const resource = document({
      Effect: 'Deny',
      Principal: { AWS: '123456789012' },
      Action: '*',
      Resource: '*',
    });
    expect(allowed({ identity: allow('*', '*'), resource }, 's3:GetObject', 'arn:aws:s3:::b/k')).toBe(false);
  });

  test('NotPrincipal covers everybody else', () => {
    const others = { AWS: 'arn:aws:iam::123456789012:role/other' };
    const resource = document({ Effect: 'Deny', NotPrincipal: others, Action: '*', Resource: '*' });
    expect(allowed({ identity: allow('*', '*'), resource }, 's3:GetObject', 'arn:aws:s3:::b/k')).toBe(false);
  });

  test('a service is let in by name', () => {
    const resource = document({
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: '*',
    });
    const queue = 'arn:aws:sqs:us-east-1:123456789012:q';
    const events: Principal = { type: 'service', service: 'events.amazonaws.com' };
    const other: Principal = { type: 'service', service: 's3.amazonaws.com' };
    expect(allowed({ resource }, 'sqs:SendMessage', queue, {}, events)).toBe(true);
    expect(allowed({ resource }, 'sqs:SendMessage', queue, {}, other)).toBe(false);
  });
});

/** https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html */
describe('a key policy', () => {
  const KEY = 'arn:aws:kms:us-east-1:123456789012:key/k';
  const root = document({
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::123456789012:root' },
    Action: 'kms:*',
    Resource: '*',
  });

  test('gates: an identity allow without it is not enough', () => {
    const elsewhere = document({
      Effect: 'Allow',
      Principal: { AWS: '999999999999' },
      Action: 'kms:*',
      Resource: '*',
    });
    expect(
      decide({ identity: allow('kms:*', '*'), resource: elsewhere, gates: true }, 'kms:Decrypt', KEY),
    ).toMatchObject({
      allowed: false,
      reason: 'no-resource-allow',
    });
  });

  test('that names the account lets identity policies decide', () => {
    expect(
      allowed({ identity: allow('kms:Decrypt', KEY), resource: root, gates: true }, 'kms:Decrypt', KEY),
    ).toBe(true);
    expect(allowed({ resource: root, gates: true }, 'kms:Decrypt', KEY)).toBe(false);
  });

  test('that names the role is enough alone', () => {
    const own = document({
      Effect: 'Allow',
      Principal: { AWS: ROLE.roleArn },
      Action: 'kms:Decrypt',
      Resource: '*',
    });
    expect(allowed({ resource: own, gates: true }, 'kms:Decrypt', KEY)).toBe(true);
  });
});

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html */
describe('elements', () => {
  test('action names ignore case and take wildcards', () => {
    expect(allowed({ identity: allow('S3:get*', '*') }, 's3:GetObject', 'arn:aws:s3:::b/k')).toBe(true);
    expect(allowed({ identity: allow('s3:Get?bject', '*') }, 's3:GetObject', 'arn:aws:s3:::b/k')).toBe(true);
    expect(allowed({ identity: allow('s3:Get', '*') }, 's3:GetObject', 'arn:aws:s3:::b/k')).toBe(false);
  });

  test('resources mind case, and a wildcard stays within its part of the ARN', () => {
    expect(
      allowed({ identity: allow('*', 'arn:aws:s3:::b/*') }, 's3:GetObject', 'arn:aws:s3:::b/a/b:c'),
    ).toBe(true);
    expect(allowed({ identity: allow('*', 'arn:aws:s3:::B/*') }, 's3:GetObject', 'arn:aws:s3:::b/a')).toBe(
      false,
    );
    const crossing = allow('*', 'arn:aws:glue:*:table/x');
    expect(() => compilePolicy('p', crossing, 'identity')).toThrow(/must be in ARN format/);
    const wide = allow('*', 'arn:aws:*:us-east-1:123456789012:catalog');
    expect(allowed({ identity: wide }, 'glue:GetTable', 'arn:aws:glue:us-east-1:123456789012:catalog')).toBe(
      true,
    );
  });

  test('a bucket ARN covers no object and the other way round', () => {
    expect(allowed({ identity: allow('*', 'arn:aws:s3:::b') }, 's3:GetObject', 'arn:aws:s3:::b/k')).toBe(
      false,
    );
    expect(allowed({ identity: allow('*', 'arn:aws:s3:::b/*') }, 's3:ListBucket', 'arn:aws:s3:::b')).toBe(
      false,
    );
  });

  test('an action without a resource is covered by * alone', () => {
    expect(allowed({ identity: allow('*', 'arn:aws:glue:*:*:*') }, 'glue:GetSchemaVersion', '*')).toBe(false);
    expect(allowed({ identity: allow('*', '*') }, 'glue:GetSchemaVersion', '*')).toBe(true);
  });

  test('NotAction allows all but what it names', () => {
    const identity = document({ Effect: 'Allow', NotAction: ['iam:*', 's3:Delete*'], Resource: '*' });
    expect(allowed({ identity }, 's3:GetObject', 'arn:aws:s3:::b/k')).toBe(true);
    expect(allowed({ identity }, 's3:DeleteObject', 'arn:aws:s3:::b/k')).toBe(false);
  });

  test('NotResource with Deny spares what it names', () => {
    const identity = document(
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 's3:*', NotResource: ['arn:aws:s3:::b', 'arn:aws:s3:::b/*'] },
    );
    expect(allowed({ identity }, 's3:GetObject', 'arn:aws:s3:::b/k')).toBe(true);
    expect(allowed({ identity }, 's3:GetObject', 'arn:aws:s3:::c/k')).toBe(false);
  });

  /** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html */
  test('variables are filled in from the request, as text and not as wildcards', () => {
    const identity = allow('*', 'arn:aws:s3:::b/${aws:userid}/*');
    expect(
      allowed({ identity }, 's3:GetObject', 'arn:aws:s3:::b/AROA:me/k', { 'aws:userid': 'AROA:me' }),
    ).toBe(true);
    expect(allowed({ identity }, 's3:GetObject', 'arn:aws:s3:::b/other/k', { 'aws:userid': '*' })).toBe(
      false,
    );
    expect(allowed({ identity }, 's3:GetObject', 'arn:aws:s3:::b/x/k')).toBe(false);
  });

  test('a variable may have a default, and ${*} is a star', () => {
    const identity = allow('*', ["arn:aws:s3:::b/${aws:userid, 'nobody'}/*", 'arn:aws:s3:::c/${*}']);
    expect(allowed({ identity }, 's3:GetObject', 'arn:aws:s3:::b/nobody/k')).toBe(true);
    expect(allowed({ identity }, 's3:GetObject', 'arn:aws:s3:::c/*')).toBe(true);
    expect(allowed({ identity }, 's3:GetObject', 'arn:aws:s3:::c/k')).toBe(false);
  });

  test('before version 2012-10-17 a variable is plain text', () => {
    const identity: PolicyDocument = {
      Version: '2008-10-17',
      Statement: { Effect: 'Allow', Action: '*', Resource: 'arn:aws:s3:::b/${aws:userid}' },
    };
    expect(allowed({ identity }, 's3:GetObject', 'arn:aws:s3:::b/x', { 'aws:userid': 'x' })).toBe(false);
    expect(allowed({ identity }, 's3:GetObject', 'arn:aws:s3:::b/${aws:userid}')).toBe(true);
  });
});

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
describe('conditions', () => {
  const table: readonly [string, PolicyStatement['Condition'], Context, boolean][] = [
    ['StringEquals', { StringEquals: { 's3:prefix': 'a' } }, { 's3:prefix': 'a' }, true],
    ['StringEquals takes no wildcard', { StringEquals: { 's3:prefix': 'a*' } }, { 's3:prefix': 'ab' }, false],
    ['key names ignore case', { StringEquals: { 'S3:Prefix': 'a' } }, { 's3:prefix': 'a' }, true],
    ['one of several values', { StringEquals: { 's3:prefix': ['a', 'b'] } }, { 's3:prefix': 'b' }, true],
    [
      'StringNotEquals holds when none of several fits',
      { StringNotEquals: { 's3:prefix': ['a', 'b'] } },
      { 's3:prefix': 'c' },
      true,
    ],
    [
      'StringNotEquals fails when one fits',
      { StringNotEquals: { 's3:prefix': ['a', 'b'] } },
      { 's3:prefix': 'b' },
      false,
    ],
    [
      'StringEqualsIgnoreCase',
      { StringEqualsIgnoreCase: { 's3:prefix': 'ABC' } },
      { 's3:prefix': 'abc' },
      true,
    ],
    ['StringLike', { StringLike: { 's3:prefix': 'raw/*' } }, { 's3:prefix': 'raw/x' }, true],
    ['StringNotLike', { StringNotLike: { 's3:prefix': 'raw/*' } }, { 's3:prefix': 'raw/x' }, false],
    [
      'Bool ignores case',
      { Bool: { 'aws:SecureTransport': 'TRUE' } },
      { 'aws:SecureTransport': 'true' },
      true,
    ],
    ['a bare boolean', { Bool: { 'aws:SecureTransport': false } }, { 'aws:SecureTransport': 'true' }, false],
    [
      'NumericLessThanEquals',
      { NumericLessThanEquals: { 's3:max-keys': '10' } },
      { 's3:max-keys': '10' },
      true,
    ],
    [
      'NumericLessThan is by number',
      { NumericLessThan: { 's3:max-keys': 10 } },
      { 's3:max-keys': '9' },
      true,
    ],
    [
      'DateGreaterThan',
      { DateGreaterThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } },
      { 'aws:CurrentTime': '2026-11-20T00:00:00Z' },
      true,
    ],
    ['IpAddress', { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }, { 'aws:SourceIp': '127.0.0.1' }, true],
    [
      'NotIpAddress',
      { NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
      { 'aws:SourceIp': '127.0.0.1' },
      true,
    ],
    [
      'ArnEquals',
      { ArnEquals: { 'aws:SourceArn': 'arn:aws:events:us-east-1:1:rule/r' } },
      { 'aws:SourceArn': 'arn:aws:events:us-east-1:1:rule/r' },
      true,
    ],
    [
      'ArnLike within parts',
      { ArnLike: { 'aws:SourceArn': 'arn:aws:events:*:1:rule/*' } },
      { 'aws:SourceArn': 'arn:aws:events:us-east-1:1:rule/r' },
      true,
    ],
    [
      'ArnNotLike',
      { ArnNotLike: { 'aws:SourceArn': 'arn:aws:s3:::*' } },
      { 'aws:SourceArn': 'arn:aws:events:us-east-1:1:rule/r' },
      true,
    ],
    ['Null true: the key is absent', { Null: { 's3:if-none-match': 'true' } }, {}, true],
    [
      'Null true: the key is there',
      { Null: { 's3:if-none-match': 'true' } },
      { 's3:if-none-match': '*' },
      false,
    ],
    [
      'Null false: the key is there',
      { Null: { 's3:if-none-match': 'false' } },
      { 's3:if-none-match': '*' },
      true,
    ],
    ['an absent key fails', { StringEquals: { 's3:prefix': 'a' } }, {}, false],
    ['an absent key satisfies a negation', { StringNotEquals: { 's3:prefix': 'a' } }, {}, true],
    ['IfExists lets an absent key pass', { StringEqualsIfExists: { 's3:prefix': 'a' } }, {}, true],
    ['IfExists still compares', { StringEqualsIfExists: { 's3:prefix': 'a' } }, { 's3:prefix': 'b' }, false],
    [
      'all conditions must hold',
      { StringEquals: { 's3:prefix': 'a', 's3:delimiter': '/' } },
      { 's3:prefix': 'a', 's3:delimiter': 'x' },
      false,
    ],
    [
      'ForAllValues: every value fits',
      { 'ForAllValues:StringEquals': { 's3:prefix': ['a', 'b'] } },
      { 's3:prefix': ['a', 'b'] },
      true,
    ],
    [
      'ForAllValues: one does not',
      { 'ForAllValues:StringEquals': { 's3:prefix': ['a', 'b'] } },
      { 's3:prefix': ['a', 'c'] },
      false,
    ],
    ['ForAllValues holds for no values', { 'ForAllValues:StringEquals': { 's3:prefix': 'a' } }, {}, true],
    [
      'ForAnyValue: one fits',
      { 'ForAnyValue:StringLike': { 's3:prefix': 'a*' } },
      { 's3:prefix': ['x', 'ab'] },
      true,
    ],
    [
      'ForAnyValue of a negation fails for no values',
      { 'ForAnyValue:StringNotEquals': { 's3:prefix': 'a' } },
      {},
      false,
    ],
    ['ForAnyValue fails for no values', { 'ForAnyValue:StringEquals': { 's3:prefix': 'a' } }, {}, false],
    [
      'ForAnyValue of a negation: one value is none of them',
      { 'ForAnyValue:StringNotEquals': { 's3:prefix': ['a', 'b'] } },
      { 's3:prefix': ['a', 'c'] },
      true,
    ],
    [
      'a variable as value',
      { StringEquals: { 's3:prefix': '${aws:userid}' } },
      { 's3:prefix': 'me', 'aws:userid': 'me' },
      true,
    ],
  ];

  test.each(table)('%s', (_name, condition, context, expected) => {
    const identity = when(condition ?? {});
    expect(allowed({ identity }, 's3:ListBucket', 'arn:aws:s3:::b', context)).toBe(expected);
  });

  test('a key that the gateway does not fill in is refused by name', () => {
    expect(() =>
      compilePolicy('reader', when({ StringEquals: { 'aws:PrincipalOrgID': 'o' } }), 'identity'),
    ).toThrow(
      'policy statement reader/#0: condition key aws:PrincipalOrgID is not modelled by the local gateway',
    );
  });

  test('an operator that does not exist is refused by name', () => {
    expect(() => compilePolicy('reader', when({ StringSounds: { 's3:prefix': 'o' } }), 'identity')).toThrow(
      'condition operator StringSounds is not modelled by the local gateway',
    );
    expect(() => compilePolicy('reader', when({ constructor: { 's3:prefix': 'o' } }), 'identity')).toThrow(
      'constructor',
    );
  });

  test('a variable that the gateway does not fill in is refused by name', () => {
    const policy = allow('*', 'arn:aws:s3:::b/${aws:PrincipalTag/team}');
    expect(() => compilePolicy('reader', policy, 'identity')).toThrow(
      'policy variable aws:principaltag/team',
    );
  });
});

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
test('a refusal is worded as AWS words it', () => {
  const decision = decide(
    { identity: document() },
    'glue:GetTable',
    'arn:aws:glue:us-east-1:123456789012:catalog',
  );
  expect(
    refusal('arn:aws:sts::123456789012:assumed-role/r/s', 'glue:GetTable', 'arn:aws:glue:x', decision),
  ).toBe(
    'User: arn:aws:sts::123456789012:assumed-role/r/s is not authorized to perform: glue:GetTable on resource: arn:aws:glue:x because no identity-based policy allows the glue:GetTable action',
  );
});
