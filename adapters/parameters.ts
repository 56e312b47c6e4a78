import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { TickerlakeError } from '../core/errors.ts';

/** A parameter of SSM's Parameter Store as it stands. */
export interface Parameter {
  readonly text: string;
  /** 1 when it is created; each change raises it. */
  readonly version: number;
}

/** @throws TickerlakeError PARAMETER_UNAVAILABLE */
export type ParameterReader = () => Promise<Parameter>;

/** Bounded waits: without an endpoint for SSM in the VPC a call would hang for as long as its function may run. */
export function createSsmClient(): SSMClient {
  return new SSMClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2000, requestTimeout: 4000, throwOnRequestTimeout: true },
  });
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */
export function parameterReader(client: SSMClient, name: string): ParameterReader {
  const unavailable = (what: string, options: { cause?: unknown; hint?: string } = {}): TickerlakeError =>
    new TickerlakeError('PARAMETER_UNAVAILABLE', what, { coordinates: { parameter: name }, ...options });
  return async () => {
    const { Parameter: found } = await client
      .send(new GetParameterCommand({ Name: name }))
      .catch((cause: unknown) => {
        const hint = 'deploy the stack that makes it again, or put it back';
        if (cause instanceof ParameterNotFound)
          throw unavailable(`there is no parameter ${name}`, { cause, hint });
        throw unavailable(`cannot read parameter ${name}`, { cause });
      });
    if (found?.Value === undefined) throw unavailable(`parameter ${name} has no value`);
    return { text: found.Value, version: found.Version ?? 0 };
  };
}
