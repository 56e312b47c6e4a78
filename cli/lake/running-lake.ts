import { TickerlakeError } from '../../core/errors.ts';
import { readRunFile, statePaths } from '../../local/state.ts';
import type { CommandContext } from '../context.ts';
import { LakeClients } from './clients.ts';
import type { LakeConnection } from './connection.ts';

/** Runs one command against the lake that `up` holds in another process, as a plain client of its endpoint. */
export async function withRunningLake<T>(
  context: Pick<CommandContext, 'env'>,
  work: (lake: LakeConnection, clients: LakeClients) => Promise<T>,
): Promise<T> {
  const lake = openRunningLake(context.env);
  const clients = new LakeClients(lake);
  try {
    return await work(lake, clients);
  } finally {
    clients.close();
  }
}

/** @throws TickerlakeError LAKE_NOT_RUNNING */
export function openRunningLake(env: NodeJS.ProcessEnv): LakeConnection {
  const paths = statePaths(env);
  const run = readRunFile(paths) as Partial<LakeConnection>;
  if (!isConnection(run)) {
    throw new TickerlakeError('STATE_UNUSABLE', `${paths.runFile} does not say how to reach the lake`, {
      hint: 'stop the running lake with Ctrl-C and start it again: npm run up',
    });
  }
  return { ...run, logsDir: paths.logs };
}

/**
 * Says at once that a lake runs already, before anything is synthesized; the lock that startLake takes is what holds.
 * @throws TickerlakeError LAKE_ALREADY_RUNNING
 */
export function refuseSecondLake(env: NodeJS.ProcessEnv): void {
  let run: { readonly pid?: number };
  try {
    run = readRunFile(statePaths(env)) as typeof run;
  } catch {
    return;
  }
  throw new TickerlakeError(
    'LAKE_ALREADY_RUNNING',
    `a lake is already running (pid ${run.pid ?? 'unknown'})`,
    {
      hint: 'use it as it is, stop it with Ctrl-C, or set TICKERLAKE_HOME to run a second one',
    },
  );
}

function isConnection(run: Partial<LakeConnection>): run is LakeConnection {
  const { stage, endpoint, region, account, operator, bootstrapIam, caFile, outputs } = run;
  return [stage, endpoint, region, account, operator, bootstrapIam, caFile, outputs].every(
    (value) => value !== undefined,
  );
}
