/** AWS Lambda: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_Lambda.html */

import { arn, nameFromArn } from '../arn.ts';
import type { FunctionDefinition } from '../invoke/function-definition.ts';
import type { Cloud } from './cloud.ts';
import { eventSourceMapping } from './event-source/mapping.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { ResourceType } from './resource-type.ts';
import { checkedType } from './resource-type.ts';

/** The one runtime that the runner has. */
const RUNTIME = 'nodejs24.x';

function codeDirectory(name: string, request: ResourceRequest, cloud: Cloud): string {
  const code = request.within('Code');
  const inline = code.optionalText('ZipFile');
  if (inline !== undefined) return cloud.code.writeInline(name, inline);
  const key = code.text('S3Key');
  const directory = cloud.code.copyAsset(name, key);
  if (directory === undefined)
    throw request.error('Code.S3Key', `${key} is no folder among the assets of cdk.out`);
  return directory;
}

function environment(request: ResourceRequest): Record<string, string> {
  const variables = request.within('Environment').optionalObject('Variables') ?? {};
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => {
      if (value !== null && typeof value !== 'object') return [name, String(value)];
      throw request.error(`Environment.Variables.${name}`, 'needs text');
    }),
  );
}

function provisionFunction(
  request: ResourceRequest,
  cloud: Cloud,
): { ref: string; attributes: { Arn: string } } {
  const name = request.physicalName('FunctionName', 64);
  const runtime = request.text('Runtime');
  if (runtime !== RUNTIME) throw request.error('Runtime', `is ${runtime}; the runner has ${RUNTIME} only`);
  const reservedConcurrency = request.optionalNumber('ReservedConcurrentExecutions');
  const definition: FunctionDefinition = {
    name,
    arn: arn(cloud, 'lambda', `function:${name}`),
    handler: request.text('Handler'),
    codeDirectory: codeDirectory(name, request, cloud),
    environment: environment(request),
    timeoutMs: request.number('Timeout', 3) * 1000,
    memoryMb: request.number('MemorySize', 128),
    roleArn: cloud.roles.get(request.text('Role')).arn,
    logGroupName: request.within('LoggingConfig').optionalText('LogGroup') ?? `/aws/lambda/${name}`,
    ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
  };
  cloud.functions.add(definition);
  return { ref: name, attributes: { Arn: definition.arn } };
}

function provisionInvokeConfig(request: ResourceRequest, cloud: Cloud): { ref: string } {
  const functionName = request.text('FunctionName');
  const qualifier = request.text('Qualifier');
  if (qualifier !== '$LATEST')
    throw request.error('Qualifier', `is ${qualifier}; the runner has no versions, only $LATEST`);
  const destinations = request.within('DestinationConfig');
  if (destinations.optionalObject('OnSuccess') !== undefined) {
    throw request.error('DestinationConfig.OnSuccess', 'is not sent locally');
  }
  const destination = destinations.within('OnFailure').optionalText('Destination');
  const policy = {
    maximumRetryAttempts: request.number('MaximumRetryAttempts', 2),
    maximumEventAgeMs: request.number('MaximumEventAgeInSeconds', 6 * 60 * 60) * 1000,
  };
  const role = nameFromArn(cloud.functions.pool(functionName).definition.roleArn);
  cloud.functions.configureAsync(functionName, policy, async (failure) => {
    if (destination !== undefined) await cloud.destinations.sendAsyncFailure(destination, role, failure);
  });
  return { ref: `${nameFromArn(functionName)}|$LATEST` };
}

export const lambdaTypes: readonly ResourceType[] = [
  {
    type: 'AWS::Lambda::Function',
    level: 'run',
    behind:
      'the bundle in a child process on the pinned Node 24, with its role, environment, time-out and memory limit (of the resident set on Linux; elsewhere only of the heap)',
    effective: [
      'Code',
      'Environment',
      'FunctionName',
      'Handler',
      'LoggingConfig',
      'MemorySize',
      'ReservedConcurrentExecutions',
      'Role',
      'Runtime',
      'Timeout',
    ],
    inert: [
      'Architectures',
      'Description',
      'EphemeralStorage',
      'PackageType',
      'Tags',
      'TracingConfig',
      'VpcConfig',
    ],
    provision: provisionFunction,
  },
  {
    type: 'AWS::Lambda::EventInvokeConfig',
    level: 'run',
    behind: 'retries and age of asynchronous events, and their on-failure destination',
    effective: [
      'DestinationConfig',
      'FunctionName',
      'MaximumEventAgeInSeconds',
      'MaximumRetryAttempts',
      'Qualifier',
    ],
    provision: provisionInvokeConfig,
  },
  eventSourceMapping,
  checkedType(
    'AWS::Lambda::Permission',
    'only schedules and custom resources call functions, as the account itself',
    (request) => ({
      ref: request.identifier(20),
    }),
  ),
];
