import { badVariable, type Environment, readSwitch, requireVariable } from '../../core/config.ts';

export interface ProbeConfig {
  readonly functionName: string;
  /** Glue database of the view. */
  readonly database: string;
  /** Topic whose view is looked at. */
  readonly topic: string;
  /** Athena workgroup that it is looked at through. */
  readonly workgroup: string;
  /** Whether a schedule produces records: if none does, none is ever due. */
  readonly isProduced: boolean;
  /** Age of the newest record above which a probe counts as bad. */
  readonly objectiveSeconds: number;
  /** Undefined where compaction is only started by hand. */
  readonly compaction: { readonly job: string; readonly topics: readonly string[] } | undefined;
}

/** @throws TickerlakeError CONFIG_INVALID */
export function loadConfig(env: Environment): ProbeConfig {
  const job = env['COMPACT_JOB'];
  return {
    functionName: requireVariable(env, 'AWS_LAMBDA_FUNCTION_NAME'),
    database: requireVariable(env, 'DATABASE_NAME'),
    topic: requireVariable(env, 'TOPIC'),
    workgroup: requireVariable(env, 'WORKGROUP'),
    isProduced: readSwitch(env, 'IS_PRODUCED', true),
    objectiveSeconds: positive(env, 'OBJECTIVE_SECONDS'),
    compaction:
      job === undefined || job === ''
        ? undefined
        : { job, topics: requireVariable(env, 'COMPACTED_TOPICS').split(',') },
  };
}

function positive(env: Environment, name: string): number {
  const text = requireVariable(env, name);
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw badVariable(name, `is ${JSON.stringify(text)}, not a number above 0`);
}
