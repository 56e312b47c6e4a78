/** The function that a mapping feeds: whatever kind of source it has. */
import { nameFromArn } from '../../arn.ts';
import { InvocationRefused } from '../../invoke/function-definition.ts';
import type { FunctionPool } from '../../invoke/function-pool.ts';
import type { BatchOutcome } from '../../sources/kafka-retry.ts';
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
      warn(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return { kind: 'failed' };
    }
  };
  return { mappingId, pool, roleName: nameFromArn(roleArn), invoke };
}

/** Longest time that a batch is gathered; undefined where the template says nothing. */
export function batchingWindowMs(request: ResourceRequest): number | undefined {
  const seconds = request.optionalNumber('MaximumBatchingWindowInSeconds');
  return seconds === undefined ? undefined : seconds * 1000;
}

export function reportsItemFailures(request: ResourceRequest): boolean {
  return request.texts('FunctionResponseTypes').includes('ReportBatchItemFailures');
}
