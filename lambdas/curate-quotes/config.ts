import { type Environment, readLakeStart, requireVariable } from '../../core/config.ts';

export interface CurateConfig {
  readonly functionName: string;
  readonly rawBucket: string;
  readonly lakeBucket: string;
  readonly database: string;
  readonly table: string;
  readonly topic: string;
  readonly registryName: string;
  readonly schemaName: string;
  /** First day of the lake, epoch ms: earlier event times are taken for errors. */
  readonly lakeStartMs: number;
}

/** @throws TickerlakeError CONFIG_INVALID */
export function loadConfig(env: Environment): CurateConfig {
  return {
    functionName: requireVariable(env, 'AWS_LAMBDA_FUNCTION_NAME'),
    rawBucket: requireVariable(env, 'RAW_BUCKET'),
    lakeBucket: requireVariable(env, 'LAKE_BUCKET'),
    database: requireVariable(env, 'DATABASE_NAME'),
    table: requireVariable(env, 'TABLE_NAME'),
    topic: requireVariable(env, 'TOPIC'),
    registryName: requireVariable(env, 'REGISTRY_NAME'),
    schemaName: requireVariable(env, 'SCHEMA_NAME'),
    lakeStartMs: readLakeStart(env),
  };
}
