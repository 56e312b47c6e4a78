import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { ObjectStore } from '../../adapters/objects.ts';
import type { DivertedBatchRequest } from '../../core/diverted-batch.ts';
import { invokeFunction } from '../lake/invoke-function.ts';
import { type DivertedBatch, readDiverted } from './diverted-batch.ts';

export interface LandDivertedRequest {
  readonly lambda: LambdaClient;
  /** Name of function land-quotes. */
  readonly functionName: string;
  readonly raw: Pick<ObjectStore, 'get' | 'head' | 'list'>;
  readonly signal: AbortSignal;
  readonly report?: (text: string) => void;
}

/** What became of one batch. */
export interface LandedBatch extends DivertedBatch {
  readonly isLanded: boolean;
  /** Why not. */
  readonly problem?: string;
}

/** Lands every diverted batch, oldest first, one at a time; one that fails does not hold up the others. */
export async function landDiverted({
  lambda,
  functionName,
  raw,
  signal,
  report,
}: LandDivertedRequest): Promise<readonly LandedBatch[]> {
  const batches = await readDiverted(raw);
  const landed: LandedBatch[] = [];
  for (const batch of batches) {
    signal.throwIfAborted();
    report?.(`${landed.length} of ${batches.length} batches`);
    try {
      const event: DivertedBatchRequest = { divertedBatch: { key: batch.key } };
      await invokeFunction(lambda, functionName, event, signal);
      landed.push({ ...batch, isLanded: true });
    } catch (error) {
      signal.throwIfAborted();
      // Somebody else landed it since it was listed: what was to be done is done.
      const isGone = (await raw.head(batch.key)) === undefined;
      const problem = error instanceof Error ? error.message : String(error);
      landed.push(isGone ? { ...batch, isLanded: true } : { ...batch, isLanded: false, problem });
    }
  }
  return landed;
}
