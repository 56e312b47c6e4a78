import type { ServiceCall } from '../services/service.ts';

/** Operations of the Athena API by name. What one returns is the answer's body; it throws AwsError. */
export type Operations = Readonly<Record<string, (request: ServiceCall) => unknown>>;
