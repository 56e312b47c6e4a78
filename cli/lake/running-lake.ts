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

function isConnection(run: Partial<LakeConnection>): run is LakeConnection {
  const { stage, endpoint, region, account, operator, bootstrapIam, caFile, outputs } = run;
  return [stage, endpoint, region, account, operator, bootstrapIam, caFile, outputs].every(
    (value) => value !== undefined,
  );
}
