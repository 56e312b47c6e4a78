import {
  badVariable,
  type Environment,
  readLakeStart,
  readSwitch,
  requireVariable,
} from '../../core/config.ts';

export interface ServeConfig {
  readonly functionName: string;
  readonly topic: string;
  /** The topic that it is derived from. */
  readonly sourceTopic: string;
  readonly registryName: string;
  readonly schemaName: string;
  /** First day of the lake, epoch ms: earlier event times are taken for errors. */
  readonly lakeStartMs: number;
  /** Where the event source diverts batches to. */
  readonly rawBucket: string;
  /** Whether the event source mapping takes ReportBatchItemFailures, which needs provisioned pollers. */
  readonly partialBatchResponse: boolean;
  readonly database: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
  };
}

/** @throws TickerlakeError CONFIG_INVALID */
export function loadConfig(env: Environment): ServeConfig {
  return {
    functionName: requireVariable(env, 'AWS_LAMBDA_FUNCTION_NAME'),
    topic: requireVariable(env, 'TOPIC'),
    sourceTopic: requireVariable(env, 'SOURCE_TOPIC'),
    registryName: requireVariable(env, 'REGISTRY_NAME'),
    schemaName: requireVariable(env, 'SCHEMA_NAME'),
    lakeStartMs: readLakeStart(env),
    rawBucket: requireVariable(env, 'RAW_BUCKET'),
    partialBatchResponse: readSwitch(env, 'PARTIAL_BATCH_RESPONSE', false),
    database: {
      host: requireVariable(env, 'DATABASE_HOST'),
      port: portOf(requireVariable(env, 'DATABASE_PORT')),
      database: requireVariable(env, 'DATABASE_NAME'),
      user: requireVariable(env, 'DATABASE_USER'),
    },
  };
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw badVariable('DATABASE_PORT', `is ${JSON.stringify(text)}, not a port from 1 to 65535`);
}
