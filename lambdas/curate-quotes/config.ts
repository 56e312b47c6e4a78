import { badVariable, type Environment, requireVariable } from '../../core/config.ts';
import { DEFAULT_LAKE_START, parseDay } from '../../core/quality.ts';

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
  const lakeStart = env['LAKE_START'] ?? DEFAULT_LAKE_START;
  const lakeStartMs = parseDay(lakeStart);
  if (lakeStartMs === undefined)
    throw badVariable('LAKE_START', `is ${JSON.stringify(lakeStart)}, not yyyy-mm-dd`);
  return {
    functionName: requireVariable(env, 'AWS_LAMBDA_FUNCTION_NAME'),
    rawBucket: requireVariable(env, 'RAW_BUCKET'),
    lakeBucket: requireVariable(env, 'LAKE_BUCKET'),
    database: requireVariable(env, 'DATABASE_NAME'),
    table: requireVariable(env, 'TABLE_NAME'),
    topic: requireVariable(env, 'TOPIC'),
    registryName: requireVariable(env, 'REGISTRY_NAME'),
    schemaName: requireVariable(env, 'SCHEMA_NAME'),
    lakeStartMs,
  };
}
