import { type Environment, requireVariable } from '../../core/config.ts';

export interface MoveCutConfig {
  /** Glue database of the views. */
  readonly database: string;
}

/** @throws TickerlakeError CONFIG_INVALID */
export function loadConfig(env: Environment): MoveCutConfig {
  return { database: requireVariable(env, 'DATABASE_NAME') };
}
