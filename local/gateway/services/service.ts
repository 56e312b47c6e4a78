/** A service that the gateway answers itself. */
import type { ApiCall } from '../actions/call.ts';
import type { RequestFacts } from '../authorizer.ts';
import type { Answer } from '../http/answer.ts';
import type { Caller } from '../identity.ts';

export interface ServiceCall {
  readonly call: ApiCall;
  readonly caller: Caller;
  /** The parameter in a REST path, decoded. */
  readonly argument: string | undefined;
  readonly body: Buffer;
  readonly facts: RequestFacts;
  readonly requestId: string;
}

/** Answers an authorised call. Throws AwsError. */
export type LocalService = (request: ServiceCall) => Answer | Promise<Answer>;
