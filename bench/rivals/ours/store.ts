/** A bucket as a folder: what S3 is to the functions. User metadata is kept in memory. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectStore } from '../../../adapters/objects.ts';

export function createFolderStore(folder: string): Omit<ObjectStore, 'listWritten' | 'listFolders'> {
  const metadataOf = new Map<string, Readonly<Record<string, string>>>();
  const made = new Set<string>();
  const write: (key: string, object: Parameters<ObjectStore['put']>[1], flag: 'w' | 'wx') => Promise<void> =
    async (key, { body, metadata = {} }, flag) => {
      const path = join(folder, key);
      const parent = dirname(path);
      if (!made.has(parent)) await mkdir(parent, { recursive: true });
      made.add(parent);
      await writeFile(path, body, { flag });
      metadataOf.set(key, metadata);
    };
  const orUndefined = (error: unknown): undefined => {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  };
  return {
    put: (key, object) => write(key, object, 'w'),
    putIfAbsent: async (key, object) => {
      try {
        await write(key, object, 'wx');
        return 'created';
      } catch (error) {
        if (isCode(error, 'EEXIST')) return 'exists';
        throw error;
      }
    },
    // Nobody else writes here.
    putIfUnchanged: async (key, object) => {
      await write(key, object, 'w');
      return 'replaced';
    },
    get: async (key) => {
      const body = await readFile(join(folder, key)).catch(orUndefined);
      return body && { body, metadata: metadataOf.get(key) ?? {}, etag: key };
    },
    head: (key) => Promise.resolve(metadataOf.get(key)),
    list: async function* (prefix, startAfter = '') {
      const names = await readdir(join(folder, dirname(`${prefix}x`)), { recursive: true }).catch(
        orUndefined,
      );
      for (const name of (names ?? []).sort()) {
        const key = join(dirname(`${prefix}x`), name);
        if (key.startsWith(prefix) && key > startAfter && metadataOf.has(key)) yield key;
      }
    },
    delete: (key) => rm(join(folder, key), { force: true }),
  };
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
