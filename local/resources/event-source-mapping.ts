/** AWS::Lambda::EventSourceMapping: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventsourcemapping.html */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { arn, nameFromArn } from '../arn.ts';
import { InvocationRefused, MAX_PAYLOAD_BYTES } from '../invoke/function-definition.ts';
import type { FunctionPool } from '../invoke/function-pool.ts';
import { KafkaPoller } from '../sources/kafka-poller.ts';
import type { SourceRecord } from '../sources/kafka-records.ts';
import type { BatchOutcome, DivertCondition, KafkaRetryPolicy } from '../sources/kafka-retry.ts';
import { concurrentBatches } from '../sources/sqs-batches.ts';
import { SqsPoller } from '../sources/sqs-poller.ts';
import type { Cloud } from './cloud.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { Provisioned } from './resource-type.ts';
import { roleSession } from './role-session.ts';

/** Properties that take effect and those that do not, for both kinds of source. */
export const EVENT_SOURCE_PROPERTIES = {
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
  inert: ['Tags', 'MetricsConfig', 'LoggingConfig'],
} as const;

/** Lambda's own default for Kafka. */
const DEFAULT_KAFKA_WINDOW_MS = 500;

export function provisionEventSource(
  request: ResourceRequest,
  cloud: Cloud,
): Promise<Provisioned> | Provisioned {
  const source = request.text('EventSourceArn');
  const pool = cloud.functions.pool(request.text('FunctionName'));
  const id = request.identifier(32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const service = source.split(':')[2];
  if (service === 'kafka') return provisionKafka(request, cloud, pool, id);
  if (service === 'sqs') return provisionSqs(request, cloud, pool, id);
  throw request.error('EventSourceArn', `${source} is neither a Kafka cluster nor a queue`);
}

function identity(id: string, cloud: Cloud): Provisioned {
  return {
    ref: id,
    attributes: { Id: id, EventSourceMappingArn: arn(cloud, 'lambda', `event-source-mapping:${id}`) },
  };
}

async function provisionKafka(
  request: ResourceRequest,
  cloud: Cloud,
  pool: FunctionPool,
  id: string,
): Promise<Provisioned> {
  const clusterArn = request.text('EventSourceArn');
  if (clusterArn !== cloud.kafka.arn)
    throw request.error('EventSourceArn', `${clusterArn} is no cluster here`);
  const [topic, ...others] = request.texts('Topics');
  if (topic === undefined || others.length > 0) throw request.error('Topics', 'needs exactly one topic');
  const position = request.text('StartingPosition');
  if (position !== 'TRIM_HORIZON' && position !== 'LATEST') {
    throw request.error('StartingPosition', `${position} is not known to the runner`);
  }
  if (!request.flag('Enabled', true)) return identity(id, cloud);

  const broker = await cloud.kafka.broker;
  const groupId = request.within('AmazonManagedKafkaEventSourceConfig').optionalText('ConsumerGroupId') ?? id;
  const destination = request.within('DestinationConfig').within('OnFailure').optionalText('Destination');
  const { name, arn: functionArn } = pool.definition;
  const roleName = nameFromArn(pool.definition.roleArn);
  const divert = async (
    payload: Buffer,
    records: readonly SourceRecord[],
    condition: DivertCondition,
  ): Promise<void> => {
    cloud.warn(`${name}: ${records.length} records of ${topic} were given up (${condition})`);
    if (destination === undefined) return;
    const { bootstrapIam: bootstrapServers } = broker;
    const batch = {
      mappingId: id,
      functionArn,
      clusterArn,
      bootstrapServers,
      topic,
      condition,
      records,
      payload,
    };
    await cloud.destinations.sendBatchFailure(destination, roleName, { ...batch, atMs: Date.now() });
  };
  const pollers = Array.from(
    { length: pollerCount(request) },
    () =>
      new KafkaPoller(
        {
          id,
          clusterArn,
          topic,
          groupId,
          fromBeginning: position === 'TRIM_HORIZON',
          limits: {
            maxRecords: request.number('BatchSize', 100),
            maxBytes: MAX_PAYLOAD_BYTES,
            windowMs: windowMs(request) ?? DEFAULT_KAFKA_WINDOW_MS,
          },
          retry: retryPolicy(request, destination !== undefined),
        },
        {
          region: cloud.region,
          bootstrapServers: broker.bootstrapIam,
          ca: readFileSync(broker.caFile, 'utf8'),
          credentials: roleSession(cloud.gateway, roleName, 'event-source'),
          invoke: (payload) => invoke(pool, payload, cloud),
          divert,
          warn: cloud.warn,
        },
      ),
  );
  cloud.sources.add(
    { id, resource: request.place, functionName: name, source: `topic ${topic}, group ${groupId}` },
    pollers,
  );
  return identity(id, cloud);
}

function windowMs(request: ResourceRequest): number | undefined {
  const seconds = request.optionalNumber('MaximumBatchingWindowInSeconds');
  return seconds === undefined ? undefined : seconds * 1000;
}

/** Pollers that provisioned mode keeps running; otherwise one, as AWS starts with. */
function pollerCount(request: ResourceRequest): number {
  return Math.min(
    request.within('ProvisionedPollerConfig').number('MinimumPollers', 1),
    availableParallelism(),
  );
}

function retryPolicy(request: ResourceRequest, hasDestination: boolean): KafkaRetryPolicy {
  const ageSeconds = request.number('MaximumRecordAgeInSeconds', -1);
  return {
    provisioned: request.optionalObject('ProvisionedPollerConfig') !== undefined,
    reportBatchItemFailures: request.texts('FunctionResponseTypes').includes('ReportBatchItemFailures'),
    bisectBatchOnFunctionError: request.flag('BisectBatchOnFunctionError', false),
    maximumRetryAttempts: request.number('MaximumRetryAttempts', -1),
    maximumRecordAgeMs: ageSeconds < 0 ? -1 : ageSeconds * 1000,
    hasDestination,
  };
}

function provisionSqs(request: ResourceRequest, cloud: Cloud, pool: FunctionPool, id: string): Provisioned {
  const queueArn = request.text('EventSourceArn');
  const { name } = pool.definition;
  const roleName = nameFromArn(pool.definition.roleArn);
  if (!request.flag('Enabled', true)) return identity(id, cloud);
  const poller = new SqsPoller(
    {
      id,
      queueArn,
      queueUrl: `${cloud.api.endpoint}/${cloud.account}/${nameFromArn(queueArn)}`,
      batchSize: request.number('BatchSize', 10),
      windowMs: windowMs(request) ?? 0,
      reportBatchItemFailures: request.texts('FunctionResponseTypes').includes('ReportBatchItemFailures'),
      concurrency: concurrentBatches({
        maximumConcurrency: request.within('ScalingConfig').optionalNumber('MaximumConcurrency'),
        reservedConcurrency: pool.definition.reservedConcurrency,
        processors: availableParallelism(),
      }),
    },
    {
      api: cloud.actAs(roleName),
      invoke: (payload) => invoke(pool, payload, cloud),
      warn: cloud.warn,
    },
  );
  cloud.sources.add(
    { id, resource: request.place, functionName: name, source: `queue ${nameFromArn(queueArn)}` },
    [poller],
  );
  return identity(id, cloud);
}

async function invoke(pool: FunctionPool, payload: Buffer, cloud: Cloud): Promise<BatchOutcome> {
  try {
    const result = await pool.invoke(payload);
    return result.functionError === undefined
      ? { kind: 'returned', payload: result.payload }
      : { kind: 'failed' };
  } catch (error) {
    if (!(error instanceof InvocationRefused)) {
      cloud.warn(`${pool.definition.name}: ${error instanceof Error ? error.message : String(error)}`);
      return { kind: 'failed' };
    }
    return { kind: error.name === 'RequestTooLargeException' ? 'too-large' : 'refused' };
  }
}
