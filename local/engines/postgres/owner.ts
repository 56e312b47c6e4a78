/** As whom PostgreSQL runs, and where: it refuses to be root, and whoever it is then has to be able to enter its folders. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { TickerlakeError } from '../../../core/errors.ts';

const run = promisify(execFile);

/** Every system has it, and it owns nothing. */
const UNPRIVILEGED_USER = 'nobody';

/** A user other than the one who runs the lake. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Whom to drop to: undefined for a plain user, who runs everything as itself. */
export async function findOwner(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string): Promise<number> =>
    // A system may print the id of nobody as -2.
    Number((await run('id', [flag, UNPRIVILEGED_USER])).stdout.trim()) >>> 0;
  try {
    return { uid: await id('-u'), gid: await id('-g') };
  } catch (cause) {
    throw new TickerlakeError(
      'PREREQUISITE_MISSING',
      'PostgreSQL cannot run as root, and there is no user nobody',
      {
        cause,
        hint: 'run as a plain user, or add the user nobody',
      },
    );
  }
}

/**
 * A folder that the owner can enter: `wanted` itself, or one in the folder for temporary files where a parent of it keeps others
 * out (as /root does). `fresh` says that what an earlier run left in such a folder is to go when `wanted` itself is new.
 */
export async function enterableFolder(wanted: string, owner: Owner | undefined): Promise<string> {
  await mkdir(wanted, { recursive: true });
  if (owner === undefined) return wanted;
  await chmod(wanted, 0o755);
  if (await letsOthersIn(wanted)) return wanted;
  const name = `tickerlake-${createHash('sha256').update(wanted).digest('hex').slice(0, 12)}`;
  for (const parent of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    const folder = join(parent, name);
    if (!(await letsOthersIn(parent))) continue;
    const marker = join(wanted, 'elsewhere');
    const known = await readFile(marker, 'utf8').catch(() => undefined);
    if (known !== folder) await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o755 });
    // Somebody else may have been there first.
    const made = await lstat(folder);
    if (!made.isDirectory() || made.uid !== process.getuid?.()) continue;
    await writeFile(marker, folder);
    return folder;
  }
  throw new TickerlakeError(
    'STATE_UNUSABLE',
    `${wanted} cannot be entered by the user ${UNPRIVILEGED_USER}`,
    {
      hint: 'set TICKERLAKE_HOME to a folder whose parents let everybody in, or do not run as root',
    },
  );
}

/** A folder that the owner alone, and root, can enter. */
export async function privateFolder(folder: string, owner: Owner | undefined): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  return folder;
}

async function letsOthersIn(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    const { mode } = await stat(at);
    if ((mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}
