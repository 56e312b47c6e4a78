import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** Everything that a synthesized template, a bundled function or a job's code is made from. */
export const ASSEMBLY_INPUTS = [
  'bin',
  'lib',
  'core',
  'adapters',
  'lambdas',
  'glue-scripts',
  'sql',
  'cdk.json',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
] as const;

/** A hash over the names and bytes of the inputs and over `settings`; an input that does not exist counts as empty. */
export async function fingerprint(
  root: string,
  inputs: readonly string[],
  settings: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(Object.entries(settings).sort()));
  for (const input of inputs) {
    for (const file of await filesUnder(join(root, input))) {
      hash.update(`\0${relative(root, file).split(sep).join('/')}\0`);
      hash.update(await readFile(file));
    }
  }
  return hash.digest('hex').slice(0, 20);
}

/** Python and its tools leave these beside the source. */
const LEFT_BEHIND = /(?:^|[/\\])(?:__pycache__|\.[^/\\]+)[/\\]/;

/** Every file at or under a path that a person wrote, in an order that no file system changes. */
async function filesUnder(path: string): Promise<string[]> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) return [];
  if (!info.isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !LEFT_BEHIND.test(relative(path, file)))
    .sort();
}
