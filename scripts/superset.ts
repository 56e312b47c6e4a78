/** `npm run superset`: integrations/superset/run.py on the pinned Superset, told where the running lake is. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { openRunningLake } from '../cli/lake/running-lake.ts';
import { TickerlakeError } from '../core/errors.ts';
import { statePaths } from '../local/state.ts';
import { pythonOf } from './part-python.ts';

const PROGRAM = join(import.meta.dirname, '../integrations/superset/run.py');

/** What boto3 and PyAthena read; nothing of the running lake where Athena itself is asked, or only help. */
function lakeVariables(args: readonly string[]): NodeJS.ProcessEnv {
  if (process.env['TICKERLAKE'] === 'aws' || args.includes('--help')) return {};
  const { endpoint, region, stage, operator } = openRunningLake(process.env);
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: operator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
    AWS_SESSION_TOKEN: operator.sessionToken,
    TICKERLAKE_STAGE: stage,
  };
}

try {
  const args = process.argv.slice(2);
  const env = {
    ...process.env,
    SUPERSET_STATE: join(statePaths().folder, 'superset'),
    ...lakeVariables(args),
  };
  const child = spawn(pythonOf('superset'), [PROGRAM, ...args], { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.once('exit', (code) => {
    process.exitCode = code ?? 130;
  });
} catch (error) {
  if (!(error instanceof TickerlakeError)) throw error;
  console.error(`error: ${error.message}${error.hint === undefined ? '' : ` — try: ${error.hint}`}`);
  process.exitCode = 1;
}
