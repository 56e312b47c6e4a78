/** The function that a mapping feeds: whatever kind of source it has. */
import { nameFromArn } from '../../arn.ts';
import { InvocationRefused } from '../../invoke/function-definition.ts';
import type { FunctionPool } from '../../invoke/function-pool.ts';
import type { BatchOutcome } from '../../sources/kafka-retry.ts';
import { refusalOf } from '../../sources/mapping-rules.ts';
import type { Cloud } from '../cloud.ts';
import type { ResourceRequest } from '../resource-request.ts';

export interface MappingTarget {
  readonly mappingId: string;
  readonly pool: FunctionPool;
  /** Execution role of the function: pollers act as it. */
  readonly roleName: string;
  /** Runs the function with an event and says what came of it. */
  readonly invoke: (event: Buffer) => Promise<BatchOutcome>;
}

export function mappingTarget(
  mappingId: string,
  pool: FunctionPool,
  { warn }: Pick<Cloud, 'warn'>,
): MappingTarget {
  const { name, roleArn } = pool.definition;
  const invoke = async (event: Buffer): Promise<BatchOutcome> => {
    try {
      const { functionError, payload } = await pool.invoke(event);
      return functionError === undefined ? { kind: 'returned', payload } : { kind: 'failed' };
    } catch (error) {
      if (error instanceof InvocationRefused) {
        return { kind: error.name === 'RequestTooLargeException' ? 'too-large' : 'refused' };
      }
      // An error of the service, not the function's: it spends no retry attempt.
      warn(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return { kind: 'refused' };
    }
  };
  return { mappingId, pool, roleName: nameFromArn(roleArn), invoke };
}

/** Properties whose numbers AWS holds to a range, wherever in the resource they stand. */
const NUMBERS = [
  'BatchSize',
  'MaximumBatchingWindowInSeconds',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
] as const;

/** Throws, with the property and the reason, for what AWS would not take. */
export function requireAccepted(request: ResourceRequest, source: 'kafka' | 'sqs', pool: FunctionPool): void {
  const pollers = request.within('ProvisionedPollerConfig');
  const refusal = refusalOf(source, {
    given: new Set(Object.keys(request.properties)),
    numbers: {
      ...Object.fromEntries(NUMBERS.map((property) => [property, request.optionalNumber(property)])),
      MinimumPollers: pollers.optionalNumber('MinimumPollers'),
      MaximumPollers: pollers.optionalNumber('MaximumPollers'),
      MaximumConcurrency: request.within('ScalingConfig').optionalNumber('MaximumConcurrency'),
    },
    responseTypes: request.texts('FunctionResponseTypes'),
    destination: failureDestination(request),
    topic: request.texts('Topics')[0],
    consumerGroupId: request.within('AmazonManagedKafkaEventSourceConfig').optionalText('ConsumerGroupId'),
    isFifo: request.text('EventSourceArn').endsWith('.fifo'),
    functionTimeoutMs: pool.definition.timeoutMs,
  });
  if (refusal !== undefined) throw request.error(refusal.property, `is refused by AWS: ${refusal.reason}`);
}

/** ARN of where goes what could not be processed. */
export function failureDestination(request: ResourceRequest): string | undefined {
  return request.within('DestinationConfig').within('OnFailure').optionalText('Destination');
}

/** Longest time that a batch is gathered; undefined where the template says nothing. */
export function batchingWindowMs(request: ResourceRequest): number | undefined {
  const seconds = request.optionalNumber('MaximumBatchingWindowInSeconds');
  return seconds === undefined ? undefined : seconds * 1000;
}

export function reportsItemFailures(request: ResourceRequest): boolean {
  return request.texts('FunctionResponseTypes').includes('ReportBatchItemFailures');
}
