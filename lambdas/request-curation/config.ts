import { type Environment, requireVariable } from '../../core/config.ts';

export interface RequestConfig {
  readonly functionName: string;
  readonly rawBucket: string;
  readonly lakeBucket: string;
  readonly topic: string;
  /** Of the queue that curate-quotes works on. */
  readonly queueUrl: string;
}

/** @throws TickerlakeError CONFIG_INVALID */
export function loadConfig(env: Environment): RequestConfig {
  return {
    functionName: requireVariable(env, 'AWS_LAMBDA_FUNCTION_NAME'),
    rawBucket: requireVariable(env, 'RAW_BUCKET'),
    lakeBucket: requireVariable(env, 'LAKE_BUCKET'),
    topic: requireVariable(env, 'TOPIC'),
    queueUrl: requireVariable(env, 'QUEUE_URL'),
  };
}
