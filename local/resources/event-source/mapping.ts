/** AWS::Lambda::EventSourceMapping: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventsourcemapping.html */
import { arn } from '../../arn.ts';
import type { Poller } from '../../sources/event-sources.ts';
import type { Cloud } from '../cloud.ts';
import type { ResourceRequest } from '../resource-request.ts';
import type { ResourceType } from '../resource-type.ts';
import { kafkaPollers } from './kafka.ts';
import type { MappingTarget } from './mapping-target.ts';
import { mappingTarget } from './mapping-target.ts';
import { sqsPollers } from './sqs.ts';

interface Source {
  /** What is polled, for people. */
  readonly source: string;
  readonly pollers: readonly Poller[];
}

function pollersOf(request: ResourceRequest, target: MappingTarget, cloud: Cloud): Promise<Source> {
  const sourceArn = request.text('EventSourceArn');
  const service = sourceArn.split(':')[2];
  if (service === 'kafka') return kafkaPollers(request, target, cloud);
  if (service === 'sqs') return sqsPollers(request, target, cloud);
  throw request.error('EventSourceArn', `${sourceArn} is neither a Kafka cluster nor a queue`);
}

/** Properties that the API tells as the template has them. */
const TOLD = [
  'AmazonManagedKafkaEventSourceConfig',
  'BatchSize',
  'BisectBatchOnFunctionError',
  'DestinationConfig',
  'FunctionResponseTypes',
  'MaximumBatchingWindowInSeconds',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'ProvisionedPollerConfig',
  'ScalingConfig',
  'StartingPosition',
  'Topics',
] as const;

function configurationOf({ properties }: ResourceRequest): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    TOLD.filter((name) => Object.hasOwn(properties, name)).map((name) => [name, properties[name]]),
  );
}

export const eventSourceMapping: ResourceType = {
  type: 'AWS::Lambda::EventSourceMapping',
  level: 'run',
  behind: 'a poller with AWS’s documented semantics, as the function’s role',
  effective: [...TOLD, 'Enabled', 'EventSourceArn', 'FunctionName', 'MetricsConfig'],
  inert: ['LoggingConfig', 'Tags'],
  provision: async (request, cloud) => {
    const id = request.identifier(32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    const target = mappingTarget(id, cloud.functions.pool(request.text('FunctionName')), cloud);
    const mappingArn = arn(cloud, 'lambda', `event-source-mapping:${id}`);
    const { source, pollers } = await pollersOf(request, target, cloud);
    const { name: functionName, arn: functionArn } = target.pool.definition;
    cloud.sources.add(
      {
        id,
        arn: mappingArn,
        resource: request.place,
        functionName,
        functionArn,
        source,
        sourceArn: request.text('EventSourceArn'),
        enabled: request.flag('Enabled', true),
        configuration: configurationOf(request),
      },
      pollers,
    );
    return { ref: id, attributes: { Id: id, EventSourceMappingArn: mappingArn } };
  },
};
