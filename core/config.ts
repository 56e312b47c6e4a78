/** Reads a function's environment: a missing or bad value stops the start and names the variable. */
import { TickerlakeError } from './errors.ts';
import { DEFAULT_LAKE_START, parseDay } from './quality.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws TickerlakeError CONFIG_INVALID */
export function requireVariable(env: Environment, name: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw badVariable(name, 'is not set');
  return value;
}

/** @throws TickerlakeError CONFIG_INVALID if it is set to something else */
export function readSwitch(env: Environment, name: string, byDefault: boolean): boolean {
  const value = env[name];
  if (value === undefined || value === '') return byDefault;
  if (value !== 'true' && value !== 'false')
    throw badVariable(name, `is ${JSON.stringify(value)}, not true or false`);
  return value === 'true';
}

/** First day of the lake, epoch ms: earlier event times are taken for errors. @throws TickerlakeError CONFIG_INVALID */
export function readLakeStart(env: Environment): number {
  const text = env['LAKE_START'] ?? DEFAULT_LAKE_START;
  const startMs = parseDay(text);
  if (startMs === undefined) throw badVariable('LAKE_START', `is ${JSON.stringify(text)}, not yyyy-mm-dd`);
  return startMs;
}

export function badVariable(name: string, what: string): TickerlakeError {
  return new TickerlakeError('CONFIG_INVALID', `environment variable ${name} ${what}`, {
    coordinates: { variable: name },
    hint: 'deploy the stack that defines this function again',
  });
}
