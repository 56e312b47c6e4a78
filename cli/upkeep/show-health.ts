import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { statePaths } from '../../local/state.ts';
import { CHOICES, locate, PARTS, readStamp } from '../../scripts/setup/parts.mjs';
import { checkJava, checkMaven, checkNode, checkPython } from '../../scripts/setup/prerequisites.mjs';
import type { CommandContext } from '../context.ts';
import { renderTable } from '../terminal/table.ts';

/** One thing that a run needs: what is there, and what to do where it does not do. */
export interface HealthCheck {
  readonly what: string;
  readonly ok: boolean;
  readonly found: string;
  /** The next thing to try; undefined when all is well. */
  readonly fix: string | undefined;
}

const ROOT = join(import.meta.dirname, '../..');
const GIB = 1024 ** 3;
/** A run of the demo's size keeps about 2 GB in memory, engines included, and less than that on disk. */
const NEEDED_MEMORY_BYTES = 3 * GIB;
const NEEDED_DISK_BYTES = 3 * GIB;

/** `doctor`: every check as a row; true when nothing needs mending. */
export async function showHealth({ terminal, env }: CommandContext, json: boolean): Promise<boolean> {
  const checks = await checkHealth(env);
  const isHealthy = checks.every(({ ok }) => ok);
  if (json) {
    terminal.print(JSON.stringify({ ok: isHealthy, checks }, undefined, 2));
    return isHealthy;
  }
  const rows = checks.map(({ what, ok, found, fix }) => [ok ? '✓' : '✗', what, found, fix ?? '']);
  const columns = [{ name: '' }, { name: 'what' }, { name: 'found' }, { name: 'try' }];
  terminal.print(renderTable(terminal, columns, rows, terminal.tableColumns));
  return isHealthy;
}

/** Looks at the prerequisites, what set-up has installed, the state folder, memory and disk. */
export async function checkHealth(env: NodeJS.ProcessEnv): Promise<readonly HealthCheck[]> {
  const tools = [checkNode(), ...(await Promise.all([checkJava(env), checkMaven(env), checkPython(env)]))];
  const prerequisites = tools.map(
    ({ name, ok, found, needed, problem, fix }): HealthCheck => ({
      what: needed,
      ok,
      found: ok ? `${name} ${found ?? ''}`.trim() : (problem ?? 'missing'),
      fix: ok ? undefined : fix,
    }),
  );
  const folder = await checkFolder(env);
  return [...prerequisites, ...checkParts(env), folder, await checkDisk(env, folder.ok), checkMemory()];
}

/** The parts that a run needs, by the choices that the demo's own set-up makes. */
function checkParts(env: NodeJS.ProcessEnv): readonly HealthCheck[] {
  const place = locate(ROOT, env);
  const names = ['node', 'python', 'kafka'].flatMap((choice) => CHOICES[choice] ?? []);
  return names.flatMap((name) => {
    const part = PARTS.get(name);
    if (part === undefined) return [];
    const isWhole = readStamp(part, place) !== undefined;
    return {
      what: part.title,
      ok: isWhole,
      found: isWhole ? 'installed' : 'not installed',
      fix: isWhole ? undefined : 'npm run setup',
    };
  });
}

async function checkFolder(env: NodeJS.ProcessEnv): Promise<HealthCheck> {
  const { folder } = statePaths(env);
  const isWritable = await mkdir(folder, { recursive: true })
    .then(() => access(folder, constants.W_OK | constants.X_OK))
    .then(
      () => true,
      () => false,
    );
  return {
    what: 'a state folder to write to',
    ok: isWritable,
    found: folder,
    fix: isWritable ? undefined : 'TICKERLAKE_HOME=<a folder of your own>',
  };
}

async function checkDisk(env: NodeJS.ProcessEnv, exists: boolean): Promise<HealthCheck> {
  const stats = exists ? await statfs(statePaths(env).folder).catch(() => undefined) : undefined;
  const free = stats === undefined ? undefined : stats.bavail * stats.bsize;
  const ok = free === undefined || free >= NEEDED_DISK_BYTES;
  return {
    what: `${NEEDED_DISK_BYTES / GIB} GiB of free disk`,
    ok,
    found: free === undefined ? 'unknown' : `${(free / GIB).toFixed(1)} GiB`,
    fix: ok ? undefined : 'freeing space, or TICKERLAKE_HOME on another disk',
  };
}

function checkMemory(): HealthCheck {
  const bytes = totalmem();
  const ok = bytes >= NEEDED_MEMORY_BYTES;
  return {
    what: `${NEEDED_MEMORY_BYTES / GIB} GiB of memory`,
    ok,
    found: `${(bytes / GIB).toFixed(1)} GiB`,
    fix: ok ? undefined : 'a machine with more memory',
  };
}
