/** What `tickerlake doctor` looks at: what must be on the machine, and what the project has installed itself. */
import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { locate, PARTS, readStamp } from '../scripts/setup/parts.mjs';
import {
  checkJava,
  checkMaven,
  checkNode,
  checkPython,
  type Prerequisite,
} from '../scripts/setup/prerequisites.mjs';

const NEEDED_DISK_BYTES = 2_000_000_000;
const NEEDED_MEMORY_BYTES = 3_500_000_000;
/** What a run needs; the rest belongs to the tests. */
const PARTS_OF_A_RUN = ['node', 'python', 'kafka', 'kafka-handler', 'kafka-archive'];

/** One line of the doctor's table. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  readonly needed: string;
  /** The command or step that mends it; empty when all is well. */
  readonly fix: string;
}

/** Runs every check. Never throws: what cannot be looked at is a check that failed. */
export async function runChecks(env: NodeJS.ProcessEnv = process.env): Promise<Check[]> {
  const place = locate(join(import.meta.dirname, '..'), env);
  const checks = await Promise.all([
    // The Node.js that runs this is the pinned one: it came with the set-up.
    Promise.resolve(fromPrerequisite(checkNode())),
    checkJava(env).then(fromPrerequisite),
    checkMaven(env).then(fromPrerequisite),
    checkPython(env).then(fromPrerequisite),
    checkFolder(place.state),
    checkDisk(place.state),
    Promise.resolve(checkMemory()),
    checkLoopback(),
  ]);
  return [...checks, ...PARTS_OF_A_RUN.map((name) => checkPart(name, place))];
}

function fromPrerequisite({ name, ok, found, needed, problem, fix }: Prerequisite): Check {
  return { name, ok, found: ok ? (found ?? '') : (problem ?? found ?? ''), needed, fix: ok ? '' : fix };
}

function checkPart(name: string, place: ReturnType<typeof locate>): Check {
  const part = PARTS.get(name);
  const ok = part !== undefined && readStamp(part, place) !== undefined;
  return {
    name: `installed: ${name}`,
    ok,
    found: ok ? 'whole' : 'missing or outdated',
    needed: part?.title ?? name,
    fix: ok ? '' : 'npm run setup',
  };
}

async function checkFolder(folder: string): Promise<Check> {
  const problem = await mkdir(folder, { recursive: true })
    .then(() => access(folder, constants.W_OK | constants.X_OK))
    .then(
      () => undefined,
      (error: unknown) => (error as NodeJS.ErrnoException).code ?? 'unknown error',
    );
  return {
    name: 'state folder',
    ok: problem === undefined,
    found: problem === undefined ? folder : `${folder} (${problem})`,
    needed: 'a folder that can be written',
    fix:
      problem === undefined
        ? ''
        : `sudo chown -R "$(id -un)" '${folder}', or set TICKERLAKE_HOME to a folder of your own`,
  };
}

async function checkDisk(folder: string): Promise<Check> {
  const free = await freeBytes(folder);
  const ok = free >= NEEDED_DISK_BYTES;
  return {
    name: 'free disk',
    ok,
    found: gigabytes(free),
    needed: gigabytes(NEEDED_DISK_BYTES),
    fix: ok ? '' : 'free some space, or set TICKERLAKE_HOME to a folder on a larger disk',
  };
}

/** Free space where the folder is, or would be. */
async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return folder === dirname(folder) ? 0 : freeBytes(dirname(folder));
  }
}

function checkMemory(): Check {
  const ok = totalmem() >= NEEDED_MEMORY_BYTES;
  return {
    name: 'memory',
    ok,
    found: gigabytes(totalmem()),
    needed: gigabytes(NEEDED_MEMORY_BYTES),
    fix: ok ? '' : 'give this machine (or WSL2, in .wslconfig) at least 4 GB',
  };
}

/** Everything binds 127.0.0.1; a sandbox may forbid even that. */
async function checkLoopback(): Promise<Check> {
  const problem = await new Promise<string | undefined>((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    server.listen(0, '127.0.0.1', () => {
      server.close(() => {
        resolve(undefined);
      });
    });
  });
  return {
    name: 'ports on 127.0.0.1',
    ok: problem === undefined,
    found: problem ?? 'free',
    needed: 'free ports',
    fix: problem === undefined ? '' : 'run it where programs may listen on 127.0.0.1',
  };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
