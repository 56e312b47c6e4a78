import { badVariable, type Environment, readSwitch, requireVariable } from '../../core/config.ts';
import { DEFAULT_LAKE_START, parseDay } from '../../core/quality.ts';

export interface FilterConfig {
  readonly functionName: string;
  readonly clusterArn: string;
  readonly sourceTopic: string;
  /** The derived topic. */
  readonly topic: string;
  readonly watchlistParameter: string;
  readonly registryName: string;
  /** Schema of both topics: values are repeated byte for byte. */
  readonly schemaName: string;
  /** First day of the lake, epoch ms: earlier event times are taken for errors. */
  readonly lakeStartMs: number;
  /** Where the event source diverts batches to. */
  readonly rawBucket: string;
  /** Whether the event source mapping takes ReportBatchItemFailures; elsewhere a partial answer would count as success. */
  readonly partialBatchResponse: boolean;
}

/** @throws TickerlakeError CONFIG_INVALID */
export function loadConfig(env: Environment): FilterConfig {
  const lakeStart = env['LAKE_START'] ?? DEFAULT_LAKE_START;
  const lakeStartMs = parseDay(lakeStart);
  if (lakeStartMs === undefined)
    throw badVariable('LAKE_START', `is ${JSON.stringify(lakeStart)}, not yyyy-mm-dd`);
  return {
    functionName: requireVariable(env, 'AWS_LAMBDA_FUNCTION_NAME'),
    clusterArn: requireVariable(env, 'CLUSTER_ARN'),
    sourceTopic: requireVariable(env, 'SOURCE_TOPIC'),
    topic: requireVariable(env, 'TOPIC'),
    watchlistParameter: requireVariable(env, 'WATCHLIST_PARAMETER'),
    registryName: requireVariable(env, 'REGISTRY_NAME'),
    schemaName: requireVariable(env, 'SCHEMA_NAME'),
    lakeStartMs,
    rawBucket: requireVariable(env, 'RAW_BUCKET'),
    partialBatchResponse: readSwitch(env, 'PARTIAL_BATCH_RESPONSE', false),
  };
}
