/** ClientRequestToken, by which a repeated request starts nothing new: https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html */
import { record, text } from '../actions/call.ts';
import { invalidRequest } from './errors.ts';
import type { Members } from './members.ts';

const SHORTEST = 32;
const LONGEST = 128;
const MAX_KEPT = 1000;

export class RequestTokens {
  readonly #started = new Map<string, { readonly id: string; readonly request: string }>();

  /** The query that the caller started with the token. @throws AwsError where that was another query */
  find(caller: string, parameters: Members): string | undefined {
    const started = this.#started.get(`${caller} ${checkToken(parameters)}`);
    if (started !== undefined && started.request !== comparable(parameters))
      throw invalidRequest('Idempotent parameters do not match', 'IDEMPOTENT_PARAMETER_MISMATCH');
    return started?.id;
  }

  keep(caller: string, parameters: Members, id: string): void {
    this.#started.set(`${caller} ${checkToken(parameters)}`, { id, request: comparable(parameters) });
    for (const oldest of this.#started.keys()) {
      if (this.#started.size <= MAX_KEPT) break;
      this.#started.delete(oldest);
    }
  }
}

/** SDKs make one up where the program gives none. @throws AwsError InvalidRequestException */
export function checkToken(parameters: Members): string {
  const token = text(parameters, 'ClientRequestToken');
  if (token === undefined) throw invalidRequest('clientRequestToken is null or empty');
  if (token.length < SHORTEST) throw broken(`greater than or equal to ${SHORTEST}`);
  if (token.length > LONGEST) throw broken(`less than or equal to ${LONGEST}`);
  return token;
}

const broken = (constraint: string): Error =>
  invalidRequest(
    `1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must have length ${constraint}`,
  );

/** What has to be the same. Athena compares neither the workgroup nor the parameters' values. */
function comparable(parameters: Members): string {
  const context = record(parameters, 'QueryExecutionContext');
  const { OutputLocation } = record(parameters, 'ResultConfiguration');
  return JSON.stringify([parameters['QueryString'], context['Database'], context['Catalog'], OutputLocation]);
}
