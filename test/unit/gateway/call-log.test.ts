import { expect, test } from '@jest/globals';
import { Authorizer } from '../../../local/gateway/authorizer.ts';
import { statementsUsed } from '../../../local/gateway/call-log.ts';
import { Identities } from '../../../local/gateway/identity.ts';
import type { PolicyStatement, Role } from '../../../local/gateway/types.ts';

const ACCOUNT = '123456789012';
const NO_FACTS = { userAgent: undefined, sourceIp: undefined };

const role = (...statements: PolicyStatement[]): Role => ({
  name: 'curate',
  arn: `arn:aws:iam::${ACCOUNT}:role/curate`,
  trust: { Statement: [] },
  policies: [{ name: 'p', document: { Version: '2012-10-17', Statement: statements } }],
});

function record(policy: Role, calls: readonly (readonly [string, string])[]) {
  const identities = new Identities(ACCOUNT);
  identities.putRole(policy);
  const authorizer = new Authorizer(identities, ACCOUNT, 'us-east-1');
  const caller = identities.open(policy.name, 'session');
  for (const [action, resource] of calls) authorizer.decide(caller, { action, resource }, NO_FACTS);
  return authorizer;
}

const GET: PolicyStatement = {
  Sid: 'Get',
  Effect: 'Allow',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::b/*',
};
const ALL: PolicyStatement = { Sid: 'All', Effect: 'Allow', Action: 's3:*', Resource: '*' };
const QUEUE: PolicyStatement = { Sid: 'Queue', Effect: 'Allow', Action: 'sqs:ReceiveMessage', Resource: '*' };

test('a statement that alone allows a call is needed, one that allows none is unused', () => {
  const policy = role(GET, QUEUE);
  const calls = record(policy, [['s3:GetObject', 'arn:aws:s3:::b/k']]).calls.all();
  expect(statementsUsed(calls, [policy])).toEqual([
    { role: 'curate', statement: 'p/Get', use: 'needed', neededFor: ['s3:GetObject'] },
    { role: 'curate', statement: 'p/Queue', use: 'unused', neededFor: [] },
  ]);
});

test('of two statements that allow the same, each is redundant', () => {
  const policy = role(GET, ALL);
  const calls = record(policy, [['s3:GetObject', 'arn:aws:s3:::b/k']]).calls.all();
  expect(statementsUsed(calls, [policy]).map(({ use }) => use)).toEqual(['redundant', 'redundant']);
});

test('a call that only one of them allows makes that one needed', () => {
  const policy = role(GET, ALL);
  const calls = record(policy, [
    ['s3:GetObject', 'arn:aws:s3:::b/k'],
    ['s3:PutObject', 'arn:aws:s3:::b/k'],
  ]).calls.all();
  expect(statementsUsed(calls, [policy])).toMatchObject([
    { use: 'redundant' },
    { use: 'needed', neededFor: ['s3:PutObject'] },
  ]);
});

test('a call that the resource policy allows anyway needs no statement', () => {
  const policy = role(GET);
  const identities = new Identities(ACCOUNT);
  identities.putRole(policy);
  const authorizer = new Authorizer(identities, ACCOUNT, 'us-east-1');
  authorizer.putPolicy('arn:aws:s3:::b', {
    Statement: {
      Effect: 'Allow',
      Principal: { AWS: policy.arn },
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::b/*',
    },
  });
  authorizer.decide(
    identities.open('curate', 's'),
    { action: 's3:GetObject', resource: 'arn:aws:s3:::b/k' },
    NO_FACTS,
  );
  expect(statementsUsed(authorizer.calls.all(), [policy])).toMatchObject([{ use: 'redundant' }]);
});

test('refused calls are recorded and need nothing', () => {
  const policy = role(QUEUE);
  const calls = record(policy, [['s3:GetObject', 'arn:aws:s3:::b/k']]).calls.all();
  expect(calls).toMatchObject([{ role: 'curate', action: 's3:GetObject', allowed: false, statements: [] }]);
  expect(statementsUsed(calls, [policy])).toMatchObject([{ use: 'unused' }]);
});

test('thousands of like calls are one record', () => {
  const policy = role(GET);
  const keys = Array.from(
    { length: 5000 },
    (_, index) => ['s3:GetObject', `arn:aws:s3:::b/${index}`] as const,
  );
  expect(record(policy, keys).calls.all()).toMatchObject([{ count: 5000, resource: 'arn:aws:s3:::b/0' }]);
});
