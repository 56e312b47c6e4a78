/** The data folder: made by initdb once for all runs, copied for each, and refused when this PostgreSQL cannot read it. */
import { createHash, randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TickerlakeError } from '../../../core/errors.ts';
import type { Guard } from '../../supervisor/index.ts';
import type { PostgresBinaries } from './binaries.ts';
import { ENGINE_SUPERUSER } from './configuration.ts';
import { type Owner, privateFolder } from './owner.ts';

/** As RDS makes them, but for the collation, which no system lacks: RDS's is en_US.UTF-8. */
const INITDB = [
  // Who may come in is said by a file of ours.
  ...['--username', ENGINE_SUPERUSER, '--auth', 'trust'],
  ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
  ...['--data-checksums', '--no-instructions', '--no-sync'],
] as const;

/** A disk that is slower than this is not to be waited for. */
const PREPARE_TIMEOUT_MS = 120_000;

export interface ClusterPlace {
  readonly guard: Guard;
  readonly binaries: PostgresBinaries;
  readonly owner: Owner | undefined;
  readonly dataDir: string;
  readonly logFile: string;
}

/** Makes the data folder, or takes the one that is there. Resolves with whether it is new. */
export async function prepareCluster(place: ClusterPlace): Promise<boolean> {
  const { dataDir, binaries, owner } = place;
  const major = binaries.version.split('.')[0] ?? '';
  const found = await majorOf(dataDir);
  if (found === major) return false;
  if (found !== undefined) {
    throw new TickerlakeError(
      'ENGINE_FAILED',
      `the data in ${dataDir} are of PostgreSQL ${found}, and this is ${major}`,
      { hint: 'npm run -s tickerlake -- clean' },
    );
  }
  const template = await templateCluster(place).catch(() => undefined);
  if (template === undefined || !(await copyFolder(place, template, dataDir))) {
    await rm(dataDir, { recursive: true, force: true });
    await initialize(place, await privateFolder(dataDir, owner));
  }
  return true;
}

/** initdb takes 1.5 s, a copy of what it made 0.2 s. */
async function templateCluster(place: ClusterPlace): Promise<string> {
  const { binaries, owner } = place;
  const clusters = await privateFolder(`${binaries.folder}-clusters`, owner);
  const template = join(clusters, createHash('sha256').update(INITDB.join(' ')).digest('hex').slice(0, 12));
  if ((await majorOf(template)) !== undefined) return template;
  const partial = `${template}.${randomUUID()}`;
  await initialize(place, await privateFolder(partial, owner));
  await rename(partial, template).catch(() => rm(partial, { recursive: true, force: true }));
  return template;
}

async function initialize(place: ClusterPlace, folder: string): Promise<void> {
  const { binaries, logFile } = place;
  const code = await runAsOwner(place, 'initdb', binaries.initdb, ['--pgdata', folder, ...INITDB]);
  if (code === 0) return;
  const log = await readFile(logFile, 'utf8').catch(() => '');
  const reason = /^initdb: error: (.+)$/m.exec(log)?.[1] ?? log.trim().split('\n').at(-1);
  throw new TickerlakeError(
    'ENGINE_FAILED',
    `initdb cannot make a database in ${folder}: ${reason ?? 'no reason given'}`,
    {
      hint: `see ${logFile}`,
    },
  );
}

async function copyFolder(place: ClusterPlace, from: string, to: string): Promise<boolean> {
  const { owner } = place;
  await rm(to, { recursive: true, force: true });
  await privateFolder(to, owner);
  return (await runAsOwner(place, 'cp', 'cp', ['-R', `${from}/.`, to])) === 0;
}

async function runAsOwner(
  { guard, owner, logFile, dataDir }: ClusterPlace,
  name: string,
  command: string,
  args: readonly string[],
): Promise<number | null> {
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC', HOME: dataDir };
  const started = await guard.spawn({ name, command, args, env, cwd: '/', logFile, ...owner });
  const impatience = setTimeout(() => {
    started.kill('SIGKILL');
  }, PREPARE_TIMEOUT_MS);
  const { code } = await started.exited;
  clearTimeout(impatience);
  return code;
}

/** What PG_VERSION says; undefined where there is no data folder. Throws for one that is none of PostgreSQL's. */
async function majorOf(dataDir: string): Promise<string | undefined> {
  const version = await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version !== undefined && /^\d+\s*$/.test(version)) return version.trim();
  const isThere = await stat(join(dataDir, 'base')).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  throw new TickerlakeError(
    'ENGINE_FAILED',
    `the data in ${dataDir} are broken: PG_VERSION does not say which`,
    {
      hint: 'npm run -s tickerlake -- clean',
    },
  );
}
