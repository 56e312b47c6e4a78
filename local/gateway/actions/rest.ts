/** REST services: which operation a method and path are, and the permission it takes. */
import type { Derive } from './call.ts';

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly operation: string;
  /** IAM action, when it is not service:operation. */
  readonly action?: string;
  /** Kind of the resource that the parameter in the path names, when it is not the service's usual one. */
  readonly resource?: 'event-source-mapping';
}

/** https://docs.aws.amazon.com/msk/1.0/apireference/resources.html; parameters in a path arrive encoded. */
const KAFKA: readonly Route[] = [
  { method: 'GET', path: /^\/v1\/clusters\/([^/]+)\/bootstrap-brokers$/, operation: 'GetBootstrapBrokers' },
  { method: 'GET', path: /^\/v1\/clusters\/([^/]+)$/, operation: 'DescribeCluster' },
  { method: 'GET', path: /^\/api\/v2\/clusters\/([^/]+)$/, operation: 'DescribeClusterV2' },
  { method: 'GET', path: /^\/v1\/clusters$/, operation: 'ListClusters' },
  { method: 'GET', path: /^\/api\/v2\/clusters$/, operation: 'ListClustersV2' },
  { method: 'GET', path: /^\/v1\/clusters\/([^/]+)\/nodes$/, operation: 'ListNodes' },
];

/** https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html */
const LAMBDA: readonly Route[] = [
  {
    method: 'POST',
    path: /^\/2015-03-31\/functions\/([^/]+)\/invocations$/,
    operation: 'Invoke',
    action: 'lambda:InvokeFunction',
  },
  {
    method: 'GET',
    path: /^\/2015-03-31\/functions\/([^/]+)\/configuration$/,
    operation: 'GetFunctionConfiguration',
  },
  {
    method: 'PUT',
    path: /^\/2017-10-31\/functions\/([^/]+)\/concurrency$/,
    operation: 'PutFunctionConcurrency',
  },
  {
    method: 'GET',
    path: /^\/2019-09-30\/functions\/([^/]+)\/concurrency$/,
    operation: 'GetFunctionConcurrency',
  },
  {
    method: 'DELETE',
    path: /^\/2017-10-31\/functions\/([^/]+)\/concurrency$/,
    operation: 'DeleteFunctionConcurrency',
  },
  { method: 'GET', path: /^\/2015-03-31\/event-source-mappings\/?$/, operation: 'ListEventSourceMappings' },
  {
    method: 'GET',
    path: /^\/2015-03-31\/event-source-mappings\/([^/]+)$/,
    operation: 'GetEventSourceMapping',
    resource: 'event-source-mapping',
  },
  {
    method: 'PUT',
    path: /^\/2015-03-31\/event-source-mappings\/([^/]+)$/,
    operation: 'UpdateEventSourceMapping',
    resource: 'event-source-mapping',
  },
];

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html; schedules are the runner's to register. */
const SCHEDULER: readonly Route[] = [
  { method: 'GET', path: /^\/schedules\/([^/]+)$/, operation: 'GetSchedule' },
  { method: 'GET', path: /^\/schedules$/, operation: 'ListSchedules' },
];

const ROUTES: Readonly<Record<string, readonly Route[]>> = {
  kafka: KAFKA,
  lambda: LAMBDA,
  scheduler: SCHEDULER,
};

export interface RestOperation {
  readonly operation: string;
  /** The parameter in the path, decoded. */
  readonly argument: string | undefined;
}

/** The operation of a REST request; undefined when it is not in the service's table. */
export function readRestOperation(service: string, method: string, path: string): RestOperation | undefined {
  for (const route of ROUTES[service] ?? []) {
    const match = route.method === method ? route.path.exec(path) : null;
    if (match !== null)
      return {
        operation: route.operation,
        argument: match[1] === undefined ? undefined : decodeURIComponent(match[1]),
      };
  }
  return undefined;
}

/** Name of a function given by name, partial ARN or ARN, without its qualifier. */
export function functionNameOf(argument: string): string {
  const parts = argument.split(':');
  const at = parts.indexOf('function');
  return (at === -1 ? parts[0] : parts[at + 1]) ?? argument;
}

export const deriveRest: Derive = (call, { account, region }) => {
  const route = ROUTES[call.service]?.find(({ operation }) => operation === call.operation);
  if (route === undefined) return undefined;
  const argument = readRestOperation(call.service, call.method, call.path)?.argument;
  return [
    {
      action: route.action ?? `${call.service}:${call.operation}`,
      resource:
        argument === undefined ? '*' : resourceOf(route.resource ?? call.service, argument, account, region),
    },
  ];
};

/** ARN of what a path names; `kind` is the route's, or the service. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html */
function resourceOf(kind: string, argument: string, account: string, region: string): string {
  if (kind === 'event-source-mapping')
    return `arn:aws:lambda:${region}:${account}:event-source-mapping:${argument}`;
  if (kind === 'lambda') return `arn:aws:lambda:${region}:${account}:function:${functionNameOf(argument)}`;
  if (kind === 'scheduler') return `arn:aws:scheduler:${region}:${account}:schedule/default/${argument}`;
  return argument;
}
