/** Functions: whose they are, what they run on, and where their logs go. */
import { PROJECT } from '../../core/names.ts';
import { dig, type Node } from './deployment.ts';
import type { Guardrail } from './guardrail.ts';

const RUNTIME = 'nodejs24.x';

const RUNTIME_VERSION: Guardrail = {
  id: 'function-runtime',
  forbids: `a function on another runtime than ${RUNTIME}`,
  why: 'handlers are bundled and tested for it, and the local runner runs no other',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html',
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::Lambda::Function')) {
      const value = resource.properties['Runtime'];
      if (value !== RUNTIME)
        yield { resource, property: 'Runtime', value, allowed: RUNTIME, fix: 'make it a LakeFunction' };
    }
  },
};

const OWN_FUNCTION: Guardrail = {
  id: 'function-own',
  forbids: 'a function that CDK drags in: it has no name of ours',
  why: 'it has its own runtime, role and log group, which nobody here chose or tests',
  source: 'https://docs.aws.amazon.com/cdk/v2/guide/cfn-layer.html',
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::Lambda::Function')) {
      const value = resource.properties['FunctionName'];
      if (!deployment.text(value, resource.stack).startsWith(`${PROJECT}-`))
        yield {
          resource,
          property: 'FunctionName',
          value,
          allowed: `a name of core/names.ts, which begins with ${PROJECT}-`,
          fix: 'set the native property of the resource instead (an L1 override), or make it a LakeFunction',
        };
    }
  },
};

/** What CDK writes for a property that CloudFormation has by now, or by an application of somebody else's. */
const DRAGGED_IN: Readonly<Record<string, string>> = {
  'Custom::S3BucketNotifications':
    'set NotificationConfiguration.EventBridgeConfiguration on the bucket itself',
  'Custom::S3AutoDeleteObjects': 'keep the bucket, or empty it by hand before its stack goes',
  'Custom::LogRetention': 'make the log group, with its retention',
  'Custom::VpcRestrictDefaultSG':
    'leave the default security group, which nothing uses, to an organization policy',
  'AWS::Serverless::Application': 'let RDS manage its master secret, or use a hosted rotation',
  'AWS::CloudFormation::Stack': 'put the resources into the stack itself',
};

const DRAGGED_IN_RESOURCE: Guardrail = {
  id: 'dragged-in-resource',
  forbids: `a custom resource where CloudFormation has a property, or a nested application: ${Object.keys(DRAGGED_IN).join(', ')}`,
  why: 'eventBridgeEnabled and the secret rotation of CDK bring functions that nobody here chose, with wide roles',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-eventbridgeconfiguration.html',
  *check(deployment) {
    for (const [type, fix] of Object.entries(DRAGGED_IN))
      for (const resource of deployment.ofType(type))
        yield { resource, property: 'Type', value: type, allowed: 'the native property', fix };
  },
};

const LOG_RETENTION: Guardrail = {
  id: 'log-retention',
  forbids: 'a log group without a retention, or a function without a log group of its own',
  why: 'logs are kept, and paid, for ever; a group that Lambda makes by itself too',
  source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html',
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::Logs::LogGroup')) {
      const value = resource.properties['RetentionInDays'];
      if (!Number.isInteger(value))
        yield {
          resource,
          property: 'RetentionInDays',
          value,
          allowed: 'days',
          fix: 'set it from operations.logDays',
        };
    }
    for (const resource of deployment.ofType('AWS::Lambda::Function')) {
      const value = dig(resource.properties, 'LoggingConfig.LogGroup');
      if (deployment.target(value, resource.stack)?.type !== 'AWS::Logs::LogGroup')
        yield {
          resource,
          property: 'LoggingConfig.LogGroup',
          value,
          allowed: 'a log group of these stacks',
          fix: 'make it a LakeFunction, which has one',
        };
    }
  },
};

const STACK_OUTPUT: Guardrail = {
  id: 'stack-output',
  forbids: 'a reference to an output that the other stack does not have',
  why: 'each template is valid by itself, and the deployment fails at the second stack',
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html',
  *check(deployment) {
    for (const resource of deployment.resources)
      for (const { StackName, OutputName } of outputsIn(resource.properties))
        if (!deployment.hasOutput(StackName, OutputName))
          yield {
            resource,
            property: 'Fn::GetStackOutput',
            value: `${String(StackName)}.${OutputName}`,
            allowed: `an output of ${String(StackName)}`,
            fix: 'synthesize all stacks together, and pass constructs instead of names',
          };
  },
};

interface OutputReference {
  readonly StackName: unknown;
  readonly OutputName: string;
}

function* outputsIn(value: unknown): Iterable<OutputReference> {
  if (typeof value !== 'object' || value === null) return;
  for (const name in value) {
    const child = (value as Node)[name];
    if (name === 'Fn::GetStackOutput') yield child as OutputReference;
    else if (typeof child === 'object') yield* outputsIn(child);
  }
}

export const FUNCTION_GUARDRAILS: readonly Guardrail[] = [
  RUNTIME_VERSION,
  OWN_FUNCTION,
  DRAGGED_IN_RESOURCE,
  LOG_RETENTION,
  STACK_OUTPUT,
];
