/**
 * AWS managed policies that CDK attaches by ARN, as published:
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
import type { NamedPolicy, PolicyDocument } from '../types.ts';

const allow = (actions: readonly string[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
});

const LOGS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];
const NETWORK_INTERFACES = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

const DOCUMENTS: Readonly<Record<string, PolicyDocument>> = {
  AWSLambdaBasicExecutionRole: allow(LOGS),
  AWSLambdaVPCAccessExecutionRole: allow([...LOGS, ...NETWORK_INTERFACES]),
  AWSLambdaSQSQueueExecutionRole: allow([
    'sqs:ReceiveMessage',
    'sqs:DeleteMessage',
    'sqs:GetQueueAttributes',
    ...LOGS,
  ]),
  AWSLambdaMSKExecutionRole: allow([
    'kafka:DescribeCluster',
    'kafka:DescribeClusterV2',
    'kafka:GetBootstrapBrokers',
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeVpcs',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeSubnets',
    'ec2:DescribeSecurityGroups',
    ...LOGS,
  ]),
};

/** The policy behind `arn:aws:iam::aws:policy/service-role/<name>`. Throws with the ARN when it is not known here. */
export function managedPolicy(arn: string): NamedPolicy {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const document =
    /^arn:[^:]+:iam::aws:policy\//.test(arn) && Object.hasOwn(DOCUMENTS, name) ? DOCUMENTS[name] : undefined;
  if (document === undefined)
    throw new Error(
      `managed policy ${arn} is not known to the local gateway: add its document to local/gateway/policy/managed.ts`,
    );
  return { name, document };
}
