import type { Surroundings } from '../actions/call.ts';
import type { Authorizer } from '../authorizer.ts';
import type { Upstream } from '../http/upstream.ts';
import type { Identities } from '../identity.ts';
import type { ObjectEvents } from './object-events.ts';

/** What S3 needs of the rest of the gateway. */
export interface S3ServiceOptions {
  readonly identities: Identities;
  readonly authorizer: Authorizer;
  readonly around: Surroundings;
  readonly upstream: Upstream;
  readonly events: ObjectEvents;
}
