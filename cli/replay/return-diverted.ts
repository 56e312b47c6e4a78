import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { ObjectStore } from '../../adapters/objects.ts';
import type { DivertedBatchRequest } from '../../core/diverted-batch.ts';
import { invokeFunction } from '../lake/invoke-function.ts';
import { type DivertedBatch, readDiverted } from './diverted-batch.ts';

export interface ReturnDivertedRequest {
  readonly lambda: LambdaClient;
  /** Names of the functions that take their batches back; the first also those of which nobody knows whose they are. */
  readonly functionNames: readonly [string, ...string[]];
  readonly raw: Pick<ObjectStore, 'get' | 'head' | 'list'>;
  readonly signal: AbortSignal;
  readonly report?: (text: string) => void;
}

/** What became of one batch. */
export interface ReturnedBatch extends DivertedBatch {
  /** Done by its function, and diverted no more. */
  readonly isDone: boolean;
  /** Why not. */
  readonly problem?: string;
}

/**
 * Gives every diverted batch back to the function that it was diverted from, oldest first, one at a time; one that fails does
 * not hold up the others.
 */
export async function returnDiverted({
  lambda,
  functionNames,
  raw,
  signal,
  report,
}: ReturnDivertedRequest): Promise<readonly ReturnedBatch[]> {
  const batches = await readDiverted(raw);
  const returned: ReturnedBatch[] = [];
  for (const batch of batches) {
    signal.throwIfAborted();
    report?.(`${returned.length} of ${batches.length} batches`);
    const { key, functionName = functionNames[0] } = batch;
    if (!functionNames.includes(functionName)) {
      returned.push({ ...batch, isDone: false, problem: `it is of ${functionName}, which takes none back` });
      continue;
    }
    try {
      const event: DivertedBatchRequest = { divertedBatch: { key } };
      await invokeFunction(lambda, functionName, event, signal);
      returned.push({ ...batch, isDone: true });
    } catch (error) {
      signal.throwIfAborted();
      // Somebody else gave it back since it was listed: what was to be done is done.
      const isGone = (await raw.head(key)) === undefined;
      const problem = error instanceof Error ? error.message : String(error);
      returned.push(isGone ? { ...batch, isDone: true } : { ...batch, isDone: false, problem });
    }
  }
  return returned;
}
