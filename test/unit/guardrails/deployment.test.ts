import { describe, expect, test } from '@jest/globals';
import { Deployment, dig, type Template } from '../../../lib/guardrails/deployment.ts';
import { covers, isAllowed, permissionsOf } from '../../../lib/guardrails/permissions.ts';

const STREAM: Template = {
  Resources: {
    Cluster: { Type: 'AWS::MSK::Cluster', Properties: {}, Metadata: { 'aws:cdk:path': 'stream/Cluster' } },
  },
  Outputs: {
    ClusterArn: { Value: { 'Fn::GetAtt': ['Cluster', 'Arn'] } },
    Bucket: { Value: { Ref: 'Bucket' }, Export: { Name: 'the-bucket' } },
  },
};
const PIPELINE: Template = {
  Resources: {
    Role: { Type: 'AWS::IAM::Role', Properties: { ManagedPolicyArns: [{ Ref: 'Managed' }] } },
    Inline: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        Roles: [{ Ref: 'Role' }],
        PolicyDocument: {
          Statement: [
            { Effect: 'Allow', Action: ['s3:Get*'], Resource: 'arn:aws:s3:::lake/raw/*' },
            { Effect: 'Deny', Action: 's3:PutObject', Resource: '*' },
          ],
        },
      },
    },
    Managed: {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: {
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }] },
      },
    },
    Other: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        Roles: [{ Ref: 'OtherRole' }],
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
      },
    },
  },
};
const deployment = new Deployment(
  new Map([
    ['stream', STREAM],
    ['pipeline', PIPELINE],
  ]),
);

const CLUSTER = { 'Fn::GetStackOutput': { StackName: 'stream', OutputName: 'ClusterArn' } };

describe('a reference', () => {
  test('leads through the output of another stack', () => {
    expect(deployment.target(CLUSTER, 'pipeline')).toMatchObject({ id: 'Cluster', path: 'stream/Cluster' });
  });

  test('of a Kafka cluster can be taken apart as its ARN', () => {
    const parts = { 'Fn::Split': [':cluster/', { 'Fn::Join': ['', [CLUSTER, '/quotes']] }] };
    const topic = {
      'Fn::Join': [':topic/', [{ 'Fn::Select': [0, parts] }, { 'Fn::Select': [1, parts] }]],
    };
    expect(deployment.text(topic, 'pipeline')).toBe('arn:aws:kafka:::topic/${stream/Cluster.Arn}/quotes');
  });

  test.each([
    [{ Ref: 'AWS::Region' }, '${AWS::Region}'],
    [{ 'Fn::GetAtt': ['Role', 'Arn'] }, '${pipeline/Role.Arn}'],
    [{ 'Fn::GetAtt': 'Role.Arn' }, '${pipeline/Role.Arn}'],
    [
      { 'Fn::Sub': 's3://${Role}/${!kept}/${AWS::AccountId}/${key}' },
      's3://${pipeline/Role}/${kept}/${AWS::AccountId}/${key}',
    ],
    [{ 'Fn::Sub': ['${a}-${b}', { a: 1, b: { Ref: 'Role' } }] }, '1-${pipeline/Role}'],
    [{ 'Fn::ImportValue': 'the-bucket' }, '${stream/Bucket}'],
    [{ 'Fn::If': ['Prod', 1, 2] }, '{"Fn::If":["Prod",1,2]}'],
    [['a', { Ref: 'Role' }], 'a,${pipeline/Role}'],
    [undefined, ''],
  ])('%j reads %s', (value, text) => {
    expect(deployment.text(value, 'pipeline')).toBe(text);
  });

  test('to what is not in the stacks leads nowhere', () => {
    expect(deployment.target('arn:aws:s3:::elsewhere', 'pipeline')).toBeUndefined();
    expect(deployment.target({ Ref: 'Nothing' }, 'pipeline')).toBeUndefined();
    expect(deployment.hasOutput('stream', 'Nothing')).toBe(false);
    expect(deployment.hasOutput('stream', 'ClusterArn')).toBe(true);
  });
});

test('dig finds names with dots in them', () => {
  expect(dig({ a: { 'rds.force_ssl': '1', b: [{ c: 2 }] } }, 'a.rds.force_ssl')).toBe('1');
  expect(dig({ a: { b: [{ c: 2 }] } }, 'a.b.0.c')).toBe(2);
  expect(dig({ a: 1 }, 'a.b')).toBeUndefined();
  expect(dig(undefined, 'a')).toBeUndefined();
});

test('a role has the permissions of all policies that are its own, and none that is denied', () => {
  const role = deployment.target({ Ref: 'Role' }, 'pipeline');
  if (role === undefined) throw new Error('there is no role');
  const permissions = permissionsOf(deployment, role);
  expect(permissions.map(({ action }) => action).sort()).toEqual(['s3:Get*', 'sqs:SendMessage']);
  expect(isAllowed(permissions, 's3:GetObject', covers('arn:aws:s3:::lake/raw/key'))).toBe(true);
  expect(isAllowed(permissions, 's3:GetObject', covers('arn:aws:s3:::lake/curated/key'))).toBe(false);
  expect(isAllowed(permissions, 's3:PutObject')).toBe(false);
});
