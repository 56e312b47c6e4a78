/** Kafka event sources: https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { MAX_PAYLOAD_BYTES } from '../../invoke/function-definition.ts';
import { KafkaPoller } from '../../sources/kafka-poller.ts';
import type { KafkaRetryPolicy } from '../../sources/kafka-retry.ts';
import type { KafkaPollerPorts, KafkaSource } from '../../sources/kafka-session.ts';
import type { Cloud } from '../cloud.ts';
import type { ResourceRequest } from '../resource-request.ts';
import { roleSession } from '../role-session.ts';
import { divertTo, knownDestination } from './diversion.ts';
import {
  batchingWindowMs,
  type MappingTarget,
  reportsItemFailures,
  requireAccepted,
} from './mapping-target.ts';

/** Lambda's own default for Kafka; no template can say it: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html */
const DEFAULT_WINDOW_MS = 500;
const DEFAULT_BATCH_SIZE = 100;

export async function kafkaPollers(
  request: ResourceRequest,
  target: MappingTarget,
  cloud: Cloud,
): Promise<{ readonly source: string; readonly pollers: readonly KafkaPoller[] }> {
  requireAccepted(request, 'kafka', target.pool);
  const destination = knownDestination(request);
  const source: KafkaSource = {
    id: target.mappingId,
    clusterArn: clusterArnOf(request, cloud),
    topic: topicOf(request),
    groupId:
      request.within('AmazonManagedKafkaEventSourceConfig').optionalText('ConsumerGroupId') ??
      target.mappingId,
    fromBeginning: startsAtBeginning(request),
    limits: {
      maxRecords: request.number('BatchSize', DEFAULT_BATCH_SIZE),
      maxBytes: MAX_PAYLOAD_BYTES,
      windowMs: batchingWindowMs(request) ?? DEFAULT_WINDOW_MS,
    },
    retry: retryPolicy(request, destination !== undefined),
  };
  const bootstrapServers = await bootstrapServersOf(source.clusterArn, target.roleName, cloud);
  const ports: KafkaPollerPorts = {
    region: cloud.region,
    bootstrapServers,
    ca: readFileSync((await cloud.kafka.broker).caFile, 'utf8'),
    credentials: roleSession(cloud.gateway, target.roleName, 'event-source'),
    invoke: target.invoke,
    divert: divertTo(request, source, bootstrapServers, target, cloud),
    warn: cloud.warn,
  };
  cloud.cloudwatch.addCollector(offsetLag(source, target, cloud));
  return {
    source: `topic ${source.topic} (group ${source.groupId})`,
    pollers: Array.from({ length: pollerCount(request) }, () => new KafkaPoller(source, ports)),
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html: OffsetLag, of mappings that are enabled. */
function offsetLag(
  { topic, groupId, fromBeginning }: KafkaSource,
  { mappingId, pool }: MappingTarget,
  { cloudwatch, kafka, sources }: Cloud,
): () => Promise<void> {
  const dimensions = { FunctionName: pool.definition.name };
  return async () => {
    if (!sources.isEnabled(mappingId)) return;
    const lag = await kafka.lagOf(topic, groupId, fromBeginning);
    cloudwatch.put({ namespace: 'AWS/Lambda', name: 'OffsetLag', dimensions }, lag);
  };
}

function clusterArnOf(request: ResourceRequest, cloud: Cloud): string {
  const clusterArn = request.text('EventSourceArn');
  if (clusterArn === cloud.kafka.arn) return clusterArn;
  throw request.error('EventSourceArn', `${clusterArn} is no cluster here`);
}

function topicOf(request: ResourceRequest): string {
  const [topic, ...others] = request.texts('Topics');
  if (topic !== undefined && others.length === 0) return topic;
  throw request.error('Topics', 'needs exactly one topic');
}

function startsAtBeginning(request: ResourceRequest): boolean {
  const position = request.text('StartingPosition');
  if (position === 'TRIM_HORIZON' || position === 'LATEST') return position === 'TRIM_HORIZON';
  throw request.error('StartingPosition', `${position} is not known to the runner`);
}

/** Asked for as the function's role, as Lambda does: without the permission there is no mapping. */
async function bootstrapServersOf(clusterArn: string, roleName: string, cloud: Cloud): Promise<string> {
  const path = `/v1/clusters/${encodeURIComponent(clusterArn)}/bootstrap-brokers`;
  const answer = JSON.parse(await cloud.actAs(roleName).rest('kafka', 'GET', path)) as Record<string, string>;
  return answer['bootstrapBrokerStringSaslIam'] ?? '';
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
    reportBatchItemFailures: reportsItemFailures(request),
    bisectBatchOnFunctionError: request.flag('BisectBatchOnFunctionError', false),
    maximumRetryAttempts: request.number('MaximumRetryAttempts', -1),
    maximumRecordAgeMs: ageSeconds < 0 ? -1 : ageSeconds * 1000,
    hasDestination,
  };
}
