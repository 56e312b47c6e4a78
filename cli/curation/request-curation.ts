import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { CurationRequestResult, CurationSelection } from '../../core/curation-request.ts';
import { TickerlakeError } from '../../core/errors.ts';
import { invokeFunction } from '../lake/invoke-function.ts';

/** What all invocations of one request came to. */
export type RequestedCuration = Pick<CurationRequestResult, 'examined' | 'requested'>;

/** How the function is reached. */
export interface CurationRequester {
  readonly lambda: LambdaClient;
  /** Name of function request-curation. */
  readonly functionName: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (sum: RequestedCuration) => void;
}

/** Has raw objects curated again: invokes request-curation until it says that there is no more. */
export async function requestCuration(
  { lambda, functionName, signal, onProgress }: CurationRequester,
  selection: Extract<CurationSelection, { readonly action: 'redrive' | 'replay' }>,
): Promise<RequestedCuration> {
  let sum: RequestedCuration = { examined: 0, requested: 0 };
  let after: string | undefined;
  do {
    signal.throwIfAborted();
    const event: CurationSelection = { ...selection, ...(after === undefined ? {} : { after }) };
    const answer = (await invokeFunction(lambda, functionName, event, signal)) as CurationRequestResult;
    sum = { examined: sum.examined + answer.examined, requested: sum.requested + answer.requested };
    onProgress?.(sum);
    if (answer.next !== undefined && answer.next === after) {
      throw new TickerlakeError('ENGINE_FAILED', `${functionName} does not get on from ${after}`, {
        hint: `tickerlake logs ${functionName}`,
      });
    }
    after = answer.next;
  } while (after !== undefined);
  return sum;
}
