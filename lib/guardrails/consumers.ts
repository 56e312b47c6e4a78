/** What event sources of Lambda say of their functions, roles and groups. */
import { type Deployment, dig, type Resource } from './deployment.ts';
import { type Permission, permissionsOf } from './permissions.ts';

export const LAMBDA_GUIDE = 'https://docs.aws.amazon.com/lambda/latest/dg';

/** Lambda's own, where a function says nothing. */
const DEFAULT_TIMEOUT_SECONDS = 3;

export function kafkaSources(deployment: Deployment): readonly Resource[] {
  return deployment
    .ofType('AWS::Lambda::EventSourceMapping')
    .filter(({ properties }) => properties['Topics'] !== undefined);
}

export const functionOf = (deployment: Deployment, { properties, stack }: Resource): Resource | undefined =>
  deployment.target(properties['FunctionName'], stack);

export const timeoutOf = (handler: Resource): number =>
  Number(handler.properties['Timeout'] ?? DEFAULT_TIMEOUT_SECONDS);

export const destinationOf = ({ properties }: Resource): unknown =>
  dig(properties, 'DestinationConfig.OnFailure.Destination');

export const groupOf = ({ properties }: Resource): unknown =>
  dig(properties, 'AmazonManagedKafkaEventSourceConfig.ConsumerGroupId');

/** The role that a function runs by, and all that it is allowed. */
export function roleOf(
  deployment: Deployment,
  handler: Resource | undefined,
): { role: Resource | undefined; permissions: readonly Permission[] } {
  const role = handler && deployment.target(handler.properties['Role'], handler.stack);
  return { role, permissions: role === undefined ? [] : permissionsOf(deployment, role) };
}
