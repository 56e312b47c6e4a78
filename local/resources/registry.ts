/** Every CloudFormation type that the runner knows. A type with no entry stops the start: nothing is skipped in silence. */
import { TickerlakeError } from '../../core/errors.ts';
import { athenaTypes } from './athena.ts';
import { billingTypes } from './billing.ts';
import { cloudtrailTypes } from './cloudtrail.ts';
import { cloudwatchTypes } from './cloudwatch.ts';
import { customResourceTypes } from './custom-resource.ts';
import { eventTypes } from './events.ts';
import { glueTypes } from './glue.ts';
import { iamTypes } from './iam.ts';
import { kafkaTypes } from './kafka.ts';
import { kmsTypes } from './kms.ts';
import { lambdaTypes } from './lambda.ts';
import { networkTypes } from './network.ts';
import { quicksightTypes } from './quicksight.ts';
import { rdsTypes } from './rds.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { ResourceType } from './resource-type.ts';
import { s3Types } from './s3.ts';
import { secretTypes } from './secrets.ts';
import { sqsTypes } from './sqs.ts';

export const RESOURCE_TYPES: readonly ResourceType[] = [
  ...athenaTypes,
  ...cloudtrailTypes,
  ...billingTypes,
  ...cloudwatchTypes,
  ...customResourceTypes,
  ...eventTypes,
  ...glueTypes,
  ...iamTypes,
  ...kafkaTypes,
  ...kmsTypes,
  ...lambdaTypes,
  ...networkTypes,
  ...quicksightTypes,
  ...rdsTypes,
  ...s3Types,
  ...secretTypes,
  ...sqsTypes,
].toSorted((a, b) => (a.type < b.type ? -1 : 1));

/** The type's entry, undefined when there is none. */
export function findResourceType(type: string): ResourceType | undefined {
  return (
    RESOURCE_TYPES.find((entry) => entry.type === type) ??
    RESOURCE_TYPES.find((entry) => entry.type.endsWith('::') && type.startsWith(entry.type))
  );
}

/**
 * The type's entry, its properties checked against it.
 * @throws TEMPLATE_UNSUPPORTED for an unknown type or property, with where to add it
 */
export function requireResourceType(
  place: string,
  type: string,
  properties: readonly string[],
): ResourceType {
  const entry = findResourceType(type);
  if (entry === undefined) {
    throw new TickerlakeError('TEMPLATE_UNSUPPORTED', `${place}: type ${type} is not known to the runner`, {
      coordinates: { resource: place, type },
      hint: 'add it under local/resources/ and to local/resources/registry.ts',
    });
  }
  const known = new Set([...entry.effective, ...(entry.inert ?? [])]);
  const unknown = known.has('*') ? undefined : properties.find((property) => !known.has(property));
  if (unknown !== undefined) {
    throw new TickerlakeError(
      'TEMPLATE_UNSUPPORTED',
      `${place}: property ${unknown} of ${type} is not known to the runner`,
      {
        coordinates: { resource: place, type, property: unknown },
        hint: 'add it to the entry of the type under local/resources/',
      },
    );
  }
  return entry;
}

/** Wraps whatever a type's provisioning threw into one error that names stack, resource and type. */
export function resourceError(request: ResourceRequest, cause: unknown): TickerlakeError {
  if (cause instanceof TickerlakeError) return cause;
  const { stack, logicalId, type, constructPath } = request.identity;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TickerlakeError('RESOURCE_FAILED', `${stack}/${logicalId} (${type}): ${reason}`, {
    cause,
    coordinates: {
      stack,
      resource: logicalId,
      ...(constructPath === undefined ? {} : { path: constructPath }),
    },
  });
}
