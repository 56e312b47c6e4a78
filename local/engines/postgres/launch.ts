/** PostgreSQL's process: configured, started, and asked until it answers. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Guard, ManagedProcess } from '../../supervisor/index.ts';
import { waitUntilReady } from '../readiness.ts';
import { ENGINE_SUPERUSER, renderConfiguration, renderHba } from './configuration.ts';
import type { PostgresGround } from './ground.ts';

const START_TIMEOUT_MS = 60_000;

/** Writes the configuration and starts the process; resolves when it answers. Throws ENGINE_FAILED with the reason from its log. */
export async function launchPostgres(
  guard: Guard,
  ground: PostgresGround,
  {
    settings,
    masterUser,
  }: { readonly settings: Readonly<Record<string, string>>; readonly masterUser: string },
): Promise<ManagedProcess> {
  const { binaries, owner, folder, dataDir, socketFolder, logFile } = ground;
  const configFile = join(folder, 'postgresql.conf');
  const hbaFile = join(folder, 'pg_hba.conf');
  await Promise.all([
    writeFile(configFile, renderConfiguration(settings, { socketFolder, hbaFile })),
    writeFile(hbaFile, renderHba(masterUser)),
    // The reason for an end is looked for in this log: an earlier start's must not be found.
    writeFile(logFile, ''),
  ]);
  const server = await guard.spawn({
    name: 'postgres',
    command: binaries.postgres,
    args: ['-D', dataDir, '-c', `config_file=${configFile}`],
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    cwd: '/',
    logFile,
    ...owner,
  });
  await waitUntilReady({
    engine: 'PostgreSQL',
    process: server,
    logFile,
    timeoutMs: START_TIMEOUT_MS,
    probe: () => askForOne(superuserOf(ground)),
    reasonIn: reasonInLog,
  });
  return server;
}

/** Through the socket, where only the runner comes. */
export function superuserOf({ socketFolder, port }: PostgresGround): pg.ClientConfig {
  return { host: socketFolder, port, user: ENGINE_SUPERUSER, database: 'postgres' };
}

async function askForOne(superuser: pg.ClientConfig): Promise<void> {
  const client = new pg.Client({ ...superuser, connectionTimeoutMillis: 5000 });
  // An end after the connection has been made is told by the query.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end();
  }
}

/** The line that says why it ended: what is wrong with the configuration, or the first fatal error. */
export function reasonInLog(log: string): string | undefined {
  return (
    /^.*\bLOG: {2}((?:unrecognized configuration parameter|invalid value for parameter|parameter ).*)$/m.exec(
      log,
    )?.[1] ??
    /^.*\b(?:FATAL|PANIC): {2}(.+)$/m.exec(log)?.[1] ??
    /^postgres: (.+)$/m.exec(log)?.[1]
  );
}
