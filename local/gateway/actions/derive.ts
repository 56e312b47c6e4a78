/** Which permissions a call takes, over all services but S3 and STS, whose calls need more than a table. */
import type { Derive } from './call.ts';
import { deriveGlue } from './glue.ts';
import {
  deriveAthena,
  deriveCloudWatch,
  deriveEvents,
  deriveKms,
  deriveLogs,
  deriveSecrets,
  deriveSsm,
} from './named.ts';
import { deriveRest } from './rest.ts';
import { deriveSqs } from './sqs.ts';

/** By signing name. */
const SERVICES: Readonly<Record<string, Derive>> = {
  athena: deriveAthena,
  events: deriveEvents,
  glue: deriveGlue,
  kafka: deriveRest,
  kms: deriveKms,
  lambda: deriveRest,
  logs: deriveLogs,
  monitoring: deriveCloudWatch,
  scheduler: deriveRest,
  secretsmanager: deriveSecrets,
  sqs: deriveSqs,
  ssm: deriveSsm,
};

export const derivePermissions: Derive = (call, around) => SERVICES[call.service]?.(call, around);
