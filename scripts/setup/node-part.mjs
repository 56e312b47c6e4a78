// npm packages, by the lockfile.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SetupFailure } from './failure.mjs';
import { findCommand } from './prerequisites.mjs';
import { writeStamp } from './stamp.mjs';

/** Whether node_modules holds all that the lockfile says, as after an `npm ci` or `npm install` by hand. */
function matchesLockfile(root) {
  try {
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const held = JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8')).packages;
    const isSame = (path) => held[path]?.version === wanted[path].version && existsSync(join(root, path));
    // What is optional may be another platform's. What somebody has put there beside it is theirs.
    return Object.entries(wanted).every(
      ([path, { optional }]) =>
        path === '' || isSame(path) || (optional === true && held[path] === undefined),
    );
  } catch {
    return false;
  }
}

/** Refuses a package.json, the project's or a workspace's, that asks for other versions than the lockfile was made for. */
function refuseDrift(root) {
  const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));
  const { packages } = read('package-lock.json');
  for (const folder of ['', ...(packages[''].workspaces ?? [])]) {
    const file = join(folder, 'package.json');
    const asked = read(file);
    const locked = packages[folder] ?? {};
    for (const kind of ['dependencies', 'optionalDependencies', 'devDependencies']) {
      const names = new Set([...Object.keys(asked[kind] ?? {}), ...Object.keys(locked[kind] ?? {})]);
      for (const name of names) {
        if (asked[kind]?.[name] === locked[kind]?.[name]) continue;
        throw new SetupFailure(
          `${file} and package-lock.json differ on ${name}`,
          'npm install --package-lock-only --ignore-scripts, then commit both',
        );
      }
    }
  }
}

/** node_modules, the pinned Node.js in it. */
export const nodePart = {
  name: 'node',
  title: 'npm packages, Node.js 24 among them',
  size: 'about 375 MB',
  requires: ['node'],
  needs: [],
  locks: ['package-lock.json'],
  folder: ({ root }) => join(root, 'node_modules'),
  async install({ root, installer }) {
    if (!matchesLockfile(root)) {
      refuseDrift(root);
      // What an interrupted npm left half unpacked looks whole to the next one.
      rmSync(join(root, 'node_modules'), { recursive: true, force: true });
      // Not `npm ci`: it refuses a lockfile that lacks the binary of any platform, even one that a registry does not serve.
      // This installs what is locked just so, and of the rest only this platform's own, by the exact versions asked for.
      const args = ['install', '--no-save', '--ignore-scripts', '--include=dev', '--include=optional'];
      const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
      // The npm that called us, if one did: it may not be on the PATH.
      const caller = process.env.npm_execpath;
      if (caller !== undefined && /npm-cli\.c?js$/.test(caller)) {
        await installer.run(nodePart, 'npm', process.execPath, [caller, ...args, ...quiet], { cwd: root });
      } else if (findCommand('npm') !== undefined) {
        await installer.run(nodePart, 'npm', 'npm', [...args, ...quiet], { cwd: root });
      } else {
        throw new SetupFailure(
          'npm is not on the PATH',
          'install Node.js with its npm from https://nodejs.org',
        );
      }
    }
    const pinned = join(root, 'node_modules/.bin/node');
    if (!existsSync(pinned)) {
      throw new SetupFailure(
        `there is no pinned Node.js for ${process.platform} ${process.arch}`,
        'Linux (x64, arm64), macOS (arm64, x64) or WSL2',
      );
    }
    await installer.run(nodePart, 'the pinned Node.js', pinned, ['--version'], { append: true });
    writeStamp(nodePart, { root }, join(root, 'node_modules'));
  },
};
