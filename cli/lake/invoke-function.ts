import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { TickerlakeError } from '../../core/errors.ts';

/**
 * Invokes a function and waits for its answer.
 * @throws TickerlakeError ENGINE_FAILED with the function's own words if it fails
 */
export async function invokeFunction(
  lambda: LambdaClient,
  functionName: string,
  event: object,
  signal: AbortSignal,
): Promise<unknown> {
  const { Payload: payload, FunctionError: failure } = await lambda.send(
    new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) }),
    { abortSignal: signal },
  );
  const answer: unknown = JSON.parse(payload?.transformToString() ?? 'null');
  if (failure === undefined) return answer;
  const { errorMessage } = answer as { errorMessage?: string };
  throw new TickerlakeError('ENGINE_FAILED', `${functionName} failed: ${errorMessage ?? failure}`, {
    hint: `tickerlake logs ${functionName}`,
  });
}
