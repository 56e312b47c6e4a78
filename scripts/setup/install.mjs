// Brings the wanted parts to the machine: what does not depend on one another at the same time.
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { explainFileError, SetupFailure } from './failure.mjs';
import { Installer } from './installer.mjs';
import { takeLock } from './lock.mjs';
import { PARTS } from './parts.mjs';
import { checkJava, checkMaven, checkNode, checkPython } from './prerequisites.mjs';
import { existingAncestor, readStamp } from './stamp.mjs';

const CHECKS = { node: checkNode, java: checkJava, maven: checkMaven, python: checkPython };

/** The named parts that are not installed whole, what others need first. */
export function missingParts(names, place) {
  return [...PARTS.values()].filter(
    (part) => names.includes(part.name) && readStamp(part, place) === undefined,
  );
}

/** Checks the programs that the parts are installed with; every one that is missing is told at once. */
async function findPrograms(parts) {
  const tools = [...new Set(parts.flatMap((part) => part.requires))];
  const found = await Promise.all(tools.map((tool) => CHECKS[tool]()));
  const failures = found
    .filter(({ ok }) => !ok)
    .map(({ problem, needed, fix }) => new SetupFailure(`${problem}; ${needed} is needed`, fix));
  if (failures.length > 0) throw new AggregateError(failures);
  return Object.fromEntries(found.map((check) => [check.tool, check]));
}

function makeWritable(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw explainFileError(error, error.code === 'EEXIST' ? folder : existingAncestor(folder));
  }
}

/**
 * Installs what is missing of the named parts and resolves to how long each took.
 * @returns {Promise<{ name: string, seconds: number }[]>}
 */
export async function installParts(names, place, progress) {
  if (missingParts(names, place).length === 0) return [];
  const found = await findPrograms(missingParts(names, place));
  makeWritable(place.tools);
  if (names.includes('node')) makeWritable(place.root);

  const lock = await takeLock(join(place.tools, 'setup.lock'), (pid) =>
    progress.note(`waiting for another set-up (pid ${pid}) to end`),
  );
  const installer = new Installer(join(place.tools, 'logs'), lock);
  const stop = () => {
    installer.stop();
    lock.release();
  };
  process.once('exit', stop);
  try {
    // Another set-up may have done it while we waited.
    const parts = missingParts(names, place);
    if (parts.length > 0) progress.note('setting up, once:');
    return await runParts(parts, { ...place, found, installer }, progress);
  } finally {
    progress.close();
    stop();
    process.off('exit', stop);
  }
}

async function runParts(parts, context, progress) {
  const started = new Map();
  const times = [];
  for (const part of parts) {
    const needed = part.needs.map((name) => started.get(name));
    const install = async () => {
      await Promise.all(needed);
      const since = performance.now();
      progress.start(part);
      await part.install(context);
      progress.done(part);
      times.push({ name: part.name, seconds: Math.round((performance.now() - since) / 100) / 10 });
    };
    // The first failure is the cause: the rest is ended, and what fails for that reason is not told.
    started.set(
      part.name,
      install().catch((error) => {
        context.installer.stop();
        throw error;
      }),
    );
  }
  const settled = Promise.allSettled(started.values());
  try {
    await Promise.all(started.values());
  } finally {
    await settled;
  }
  return times;
}
