/** AWS IAM: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_IAM.html */

import { nameFromArn } from '../arn.ts';
import type { NamedPolicy } from '../gateway/index.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { ResourceType } from './resource-type.ts';
import { policyDocument } from './role-book.ts';

const BEHIND =
  'the gateway decides each call by the role’s policies; kafka-cluster statements are ACLs of the broker';

/** Roles that AWS makes in an account for a service that does not run here: nobody acts as them. */
const ROLES_OF_AWS: ReadonlySet<string> = new Set(['aws-quicksight-secretsmanager-role-v0']);

function inlinePolicies(request: ResourceRequest): NamedPolicy[] {
  return request.items('Policies').map((policy) => ({
    name: policy.text('PolicyName'),
    document: policyDocument(policy.object('PolicyDocument')),
  }));
}

export const iamTypes: readonly ResourceType[] = [
  {
    type: 'AWS::IAM::Role',
    level: 'run',
    behind: BEHIND,
    effective: ['RoleName', 'AssumeRolePolicyDocument', 'Policies', 'ManagedPolicyArns', 'Path'],
    inert: ['Description', 'MaxSessionDuration', 'Tags'],
    provision: async (request, cloud) => {
      const name = request.physicalName('RoleName', 64);
      const arn = `arn:aws:iam::${cloud.account}:role${request.optionalText('Path') ?? '/'}${name}`;
      await cloud.roles.put({
        name,
        arn,
        trust: policyDocument(request.object('AssumeRolePolicyDocument')),
        policies: inlinePolicies(request),
        managedPolicyArns: request.texts('ManagedPolicyArns'),
      });
      return { ref: name, attributes: { Arn: arn, RoleId: `AROA${request.identifier(16).toUpperCase()}` } };
    },
  },
  {
    type: 'AWS::IAM::Policy',
    level: 'run',
    behind: BEHIND,
    effective: ['PolicyName', 'PolicyDocument', 'Roles'],
    provision: async (request, cloud) => {
      const name = request.text('PolicyName');
      const document = policyDocument(request.object('PolicyDocument'));
      for (const role of request.texts('Roles'))
        if (!ROLES_OF_AWS.has(role)) await cloud.roles.attach(role, { name, document });
      return { ref: name, attributes: { Id: name } };
    },
  },
  {
    type: 'AWS::IAM::ManagedPolicy',
    level: 'run',
    behind: BEHIND,
    effective: ['ManagedPolicyName', 'PolicyDocument', 'Roles', 'Path'],
    inert: ['Description'],
    provision: async (request, cloud) => {
      const name = request.physicalName('ManagedPolicyName', 128);
      const arn = `arn:aws:iam::${cloud.account}:policy${request.optionalText('Path') ?? '/'}${name}`;
      const document = policyDocument(request.object('PolicyDocument'));
      for (const role of request.texts('Roles'))
        await cloud.roles.attach(nameFromArn(role), { name, document });
      return { ref: arn, attributes: { PolicyArn: arn } };
    },
  },
];
