// When a part counts as installed: a stamp, written last, names its lock and the platform. What was interrupted has none.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const STAMP = '.tickerlake-stamp.json';

export const sha256 = (data) => createHash('sha256').update(data).digest('hex');

/**
 * Reads what an installed part's stamp says (the paths it recorded), or undefined when the part is not whole, is of
 * another lock or platform, or leans on a program that is gone.
 */
export function readStamp(part, context) {
  try {
    const stamp = JSON.parse(readFileSync(join(part.folder(context), STAMP), 'utf8'));
    if (stamp.key !== stampKey(part, context)) return undefined;
    for (const [path, real] of Object.entries(stamp.leansOn)) {
      if (realpathSync(path) !== real) return undefined;
    }
    return stamp;
  } catch {
    return undefined;
  }
}

function stampKey(part, context) {
  const files = part.locks.map((file) => sha256(readFileSync(join(context.root, file))));
  return sha256([part.name, process.platform, process.arch, ...files].join('\n'));
}

/** Declares a part whole: with the paths that others ask for, and the files that it cannot do without. */
export function writeStamp(part, context, folder, { paths = {}, leansOn = [] } = {}) {
  const stamp = {
    key: stampKey(part, context),
    paths,
    leansOn: Object.fromEntries(leansOn.map((path) => [path, realpathSync(path)])),
  };
  writeFileSync(join(folder, STAMP), `${JSON.stringify(stamp)}\n`);
}

/** Builds a folder under a name of its own and puts it in place in one step. */
export async function inPlace(part, context, build) {
  const folder = part.folder(context);
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  writeStamp(part, context, partial, await build(partial));
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
}

/** Where things are: the checkout, its state folder (TICKERLAKE_HOME moves it) and the tools in it. */
export function locate(root, env = process.env) {
  const state = env.TICKERLAKE_HOME ? resolve(env.TICKERLAKE_HOME) : join(root, '.tickerlake');
  return { root, state, tools: join(state, 'tools') };
}

/** The nearest folder of `path` that exists. */
export function existingAncestor(path) {
  let folder = path;
  while (!existsSync(folder)) folder = dirname(folder);
  return folder;
}
