import { type Environment, readSwitch, requireVariable } from '../../core/config.ts';

export interface LandConfig {
  readonly functionName: string;
  readonly rawBucket: string;
  readonly topic: string;
  /**
   * Whether the event source mapping takes ReportBatchItemFailures, which needs provisioned pollers. Elsewhere a partial
   * answer would count as success and lose records.
   */
  readonly partialBatchResponse: boolean;
}

/** @throws TickerlakeError CONFIG_INVALID */
export function loadConfig(env: Environment): LandConfig {
  return {
    functionName: requireVariable(env, 'AWS_LAMBDA_FUNCTION_NAME'),
    rawBucket: requireVariable(env, 'RAW_BUCKET'),
    topic: requireVariable(env, 'TOPIC'),
    partialBatchResponse: readSwitch(env, 'PARTIAL_BATCH_RESPONSE', false),
  };
}
