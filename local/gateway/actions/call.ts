/** One API call, read from its HTTP request, and the permissions that it takes. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Protocol } from '../http/errors.ts';

export interface ApiCall {
  /** Signing name: s3, glue, sqs, events, secretsmanager, ssm, kms, athena, logs, sts, kafka, lambda, scheduler, monitoring. */
  readonly service: string;
  readonly protocol: Protocol;
  readonly operation: string;
  /** Members of the JSON body or the form; empty for S3. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly method: string;
  /** As on the wire. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

/** Condition keys that belong to one permission, beside the request's global ones. */
export type PermissionContext = Readonly<Record<string, string | readonly string[] | undefined>>;

/** One thing the caller must be allowed; a call may take several. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  readonly context?: PermissionContext;
}

/** What deriving a permission may have to look up. */
export interface Surroundings {
  readonly account: string;
  readonly region: string;
  /** Key of the bucket's default encryption, when it is SSE-KMS. */
  bucketKey(bucket: string): string | undefined;
  queueKey(queueArn: string): string | undefined;
  /** Key of the secret, when it is not Secrets Manager's own, which asks nobody. */
  secretKey(secretArn: string): string | undefined;
  /** Workgroup in which a query runs. */
  workgroupOf(queryExecutionId: string): string | undefined;
  workgroupOfNamedQuery(namedQueryId: string): string | undefined;
  /** Whether the workgroup keeps a prepared statement of that name. */
  hasPreparedStatement(workGroup: string, name: string): boolean;
  /** Full ARN of a secret given by its name. */
  secretArn(secretId: string): Promise<string>;
  /** ARN of a key given by id, ARN or alias. */
  keyArn(keyId: string): Promise<string>;
}

/** Permissions of a call; undefined when the operation is not in the service's table. */
export type Derive = (
  call: ApiCall,
  around: Surroundings,
) => readonly Permission[] | undefined | Promise<readonly Permission[] | undefined>;

/** A string member, or undefined. */
export function text(parameters: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = parameters[name];
  return typeof value === 'string' ? value : undefined;
}

/** The strings of a list member. */
export function texts(parameters: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const value = parameters[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** An object member, or an empty object. */
export function record(
  parameters: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> {
  const value = parameters[name];
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
