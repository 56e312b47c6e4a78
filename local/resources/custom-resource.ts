/** Custom resources backed by a function: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html */
import { randomUUID } from 'node:crypto';
import type { CfnResponse } from '../gateway/index.ts';
import type { Json } from '../template/template.ts';
import type { Cloud } from './cloud.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { Provisioned, ResourceType } from './resource-type.ts';

/** CloudFormation waits an hour when ServiceTimeout says nothing. */
const DEFAULT_SERVICE_TIMEOUT_SECONDS = 3600;

/** Invokes the resource's function and waits for what it answers. */
export async function provisionCustomResource(request: ResourceRequest, cloud: Cloud): Promise<Provisioned> {
  const serviceToken = request.text('ServiceToken');
  const { url, response } = cloud.gateway.addCfnResponseTarget();
  const { stack, logicalId, type } = request.identity;
  const event = {
    RequestType: 'Create',
    ResponseURL: url,
    StackId: `arn:aws:cloudformation:${cloud.region}:${cloud.account}:stack/${stack}/local`,
    RequestId: randomUUID(),
    ResourceType: type,
    LogicalResourceId: logicalId,
    ServiceToken: serviceToken,
    ResourceProperties: stringify(request.properties),
  };
  // CloudFormation invokes asynchronously; a synchronous call shows a crash at once, before its time is up.
  const invoked = cloud.functions.pool(serviceToken).invoke(Buffer.from(JSON.stringify(event)));
  const timeoutSeconds = request.number('ServiceTimeout', DEFAULT_SERVICE_TIMEOUT_SECONDS);
  const answer = await firstAnswer(request, response, invoked, timeoutSeconds);
  if (answer.Status === 'FAILED') {
    throw request.error(
      'ServiceToken',
      `${serviceToken} answered FAILED: ${answer.Reason ?? 'no reason given'}`,
    );
  }
  return { ref: answer.PhysicalResourceId, attributes: (answer.Data ?? {}) as Record<string, Json> };
}

async function firstAnswer(
  request: ResourceRequest,
  response: Promise<CfnResponse>,
  invoked: Promise<{ readonly functionError?: string; readonly payload: Buffer }>,
  timeoutSeconds: number,
): Promise<CfnResponse> {
  const failure = invoked.then(async ({ functionError, payload }) => {
    if (functionError === undefined) return response;
    throw request.error('ServiceToken', `the function failed: ${payload.toString('utf8').slice(0, 500)}`);
  });
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    deadline.reject(request.error('ServiceTimeout', `of ${timeoutSeconds} s passed without a response`));
  }, timeoutSeconds * 1000);
  try {
    return await Promise.race([response, failure, deadline.promise]);
  } finally {
    clearTimeout(timer);
    failure.catch(() => undefined);
  }
}

/** CloudFormation hands every number and boolean to a custom resource as text. */
function stringify(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(stringify);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, stringify(item)]));
  }
  return value === null ? null : String(value);
}

function customType(type: string): ResourceType {
  return {
    type,
    level: 'run',
    behind: 'its function, invoked with the CloudFormation event; its response is waited for',
    effective: ['*'],
    provision: provisionCustomResource,
  };
}

export const customResourceTypes: readonly ResourceType[] = [
  customType('Custom::'),
  customType('AWS::CloudFormation::CustomResource'),
];
