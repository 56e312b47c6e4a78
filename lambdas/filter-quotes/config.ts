import { type Environment, readLakeStart, readSwitch, requireVariable } from '../../core/config.ts';

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
  return {
    functionName: requireVariable(env, 'AWS_LAMBDA_FUNCTION_NAME'),
    clusterArn: requireVariable(env, 'CLUSTER_ARN'),
    sourceTopic: requireVariable(env, 'SOURCE_TOPIC'),
    topic: requireVariable(env, 'TOPIC'),
    watchlistParameter: requireVariable(env, 'WATCHLIST_PARAMETER'),
    registryName: requireVariable(env, 'REGISTRY_NAME'),
    schemaName: requireVariable(env, 'SCHEMA_NAME'),
    lakeStartMs: readLakeStart(env),
    rawBucket: requireVariable(env, 'RAW_BUCKET'),
    partialBatchResponse: readSwitch(env, 'PARTIAL_BATCH_RESPONSE', false),
  };
}
