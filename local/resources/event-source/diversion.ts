/** What a Kafka event source gives up on: https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html */
import type { KafkaPollerPorts, KafkaSource } from '../../sources/kafka-session.ts';
import type { Cloud } from '../cloud.ts';
import type { ResourceRequest } from '../resource-request.ts';
import { failureDestination, type MappingTarget } from './mapping-target.ts';

/** Throws where the runner cannot send to it. */
export function knownDestination(request: ResourceRequest): string | undefined {
  const destination = failureDestination(request);
  if (destination === undefined || /^arn:aws:(s3|sqs):/.test(destination)) return destination;
  throw request.error('DestinationConfig', `${destination} is not known to the runner: only S3 and SQS are`);
}

/** Sends the records to the mapping's destination, and counts them where its metrics are asked for. */
export function divertTo(
  request: ResourceRequest,
  { clusterArn, topic }: KafkaSource,
  bootstrapServers: string,
  { mappingId, pool, roleName }: MappingTarget,
  { warn, destinations, cloudwatch }: Cloud,
): KafkaPollerPorts['divert'] {
  const destination = knownDestination(request);
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html: metrics of a mapping are to be asked for.
  const isCounted = request.within('MetricsConfig').texts('Metrics').includes('EventCount');
  const dimensions = { EventSourceMappingUUID: mappingId };
  const { name, arn: functionArn } = pool.definition;
  return async (payload, records, condition, attempts) => {
    const lost = destination === undefined ? ' and lost, for there is no destination' : '';
    warn(`${name}: ${records.length} records of ${topic} were given up (${condition})${lost}`);
    if (destination === undefined) return;
    const about = {
      mappingId,
      functionArn,
      clusterArn,
      bootstrapServers,
      topic,
      condition,
      attempts,
      atMs: Date.now(),
    };
    await destinations.sendBatchFailure(destination, roleName, { ...about, records, payload });
    if (!isCounted) return;
    const metric = { namespace: 'AWS/Lambda', name: 'OnFailureDestinationDeliveredEventCount', dimensions };
    cloudwatch.put(metric, records.length);
  };
}
