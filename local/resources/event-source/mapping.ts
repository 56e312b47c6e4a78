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

export const eventSourceMapping: ResourceType = {
  type: 'AWS::Lambda::EventSourceMapping',
  level: 'run',
  behind: 'a poller with AWS’s documented semantics, as the function’s role',
  effective: [
    'AmazonManagedKafkaEventSourceConfig',
    'BatchSize',
    'BisectBatchOnFunctionError',
    'DestinationConfig',
    'Enabled',
    'EventSourceArn',
    'FunctionName',
    'FunctionResponseTypes',
    'MaximumBatchingWindowInSeconds',
    'MaximumRecordAgeInSeconds',
    'MaximumRetryAttempts',
    'ProvisionedPollerConfig',
    'ScalingConfig',
    'StartingPosition',
    'Topics',
  ],
  inert: ['LoggingConfig', 'MetricsConfig', 'Tags'],
  provision: async (request, cloud) => {
    const id = request.identifier(32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    const target = mappingTarget(id, cloud.functions.pool(request.text('FunctionName')), cloud);
    if (request.flag('Enabled', true)) {
      const { source, pollers } = await pollersOf(request, target, cloud);
      const functionName = target.pool.definition.name;
      cloud.sources.add({ id, resource: request.place, functionName, source }, pollers);
    }
    return {
      ref: id,
      attributes: { Id: id, EventSourceMappingArn: arn(cloud, 'lambda', `event-source-mapping:${id}`) },
    };
  },
};
