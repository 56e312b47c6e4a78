/** The variables of an execution environment: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
import type { FunctionDefinition } from './function-definition.ts';

export interface Surroundings {
  readonly endpoint: string;
  readonly region: string;
  /** PEM with the certificate authorities of broker and database. */
  readonly caFile: string;
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Everything that the process sees: nothing is inherited, so that a function cannot lean on this machine's environment. */
export function environmentOf(
  definition: FunctionDefinition,
  credentials: Credentials,
  surroundings: Surroundings,
  runtimeApi: string,
  logStream: string,
): Record<string, string> {
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/usr/local/bin:/usr/bin/:/bin',
    ...definition.environment,
    AWS_REGION: surroundings.region,
    AWS_DEFAULT_REGION: surroundings.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_ENDPOINT_URL: surroundings.endpoint,
    NODE_EXTRA_CA_CERTS: surroundings.caFile,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    LAMBDA_TASK_ROOT: definition.codeDirectory,
    _HANDLER: definition.handler,
  };
}
