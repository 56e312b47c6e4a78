// The browser in which the console is tested and photographed: Chromium without a head, out of an npm package.
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupFailure } from './failure.mjs';
import { findCommand } from './prerequisites.mjs';
import { inPlace } from './stamp.mjs';

const LOCK = 'scripts/locks/browser';
/** Where there is no such package for the platform. */
const INSTALLED = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** `paths.browser` is the program, `paths.libraries` a folder for LD_LIBRARY_PATH or empty. */
export const browserPart = {
  name: 'browser',
  title: 'Chromium from npm',
  size: 'about 70 MB',
  requires: ['node'],
  needs: ['node'],
  locks: [`${LOCK}/package.json`, `${LOCK}/package-lock.json`],
  folder: ({ tools }) => join(tools, 'browser'),
  install: (context) =>
    inPlace(browserPart, context, async (folder) => {
      const { root, installer } = context;
      const other = process.env.TICKERLAKE_BROWSER ?? (existsSync(INSTALLED) ? INSTALLED : undefined);
      if (other !== undefined || process.platform !== 'linux' || process.arch !== 'x64') {
        return { paths: { browser: requireBrowser(other), libraries: '' } };
      }
      for (const file of ['package.json', 'package-lock.json'])
        copyFileSync(join(root, LOCK, file), join(folder, file));
      const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
      const npm = process.env.npm_execpath;
      const [command, before] =
        npm !== undefined && /npm-cli\.c?js$/.test(npm) ? [process.execPath, [npm]] : [requireNpm(), []];
      await installer.run(browserPart, 'npm', command, [...before, 'ci', '--prefer-offline', ...quiet], {
        cwd: folder,
      });
      const unpacked = join(folder, 'unpacked');
      mkdirSync(unpacked);
      const script = join(folder, 'unpack.mjs');
      writeFileSync(script, UNPACK);
      await installer.run(browserPart, 'Chromium', process.execPath, [script, unpacked], { append: true });
      // The folder is put in place under its name when it is whole.
      const final = join(browserPart.folder(context), 'unpacked');
      return { paths: { browser: join(final, 'chromium'), libraries: join(final, 'al2023/lib') } };
    }),
};

/** The package unpacks into the folder for temporary files. */
const UNPACK = `import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { rmSync } from 'node:fs';
process.env.TMPDIR = process.argv[2];
const { inflate } = await import('@sparticuz/chromium');
const archives = join(import.meta.dirname, 'node_modules/@sparticuz/chromium/bin');
for (const archive of readdirSync(archives)) await inflate(join(archives, archive));
rmSync(join(import.meta.dirname, 'node_modules'), { recursive: true });
`;

function requireBrowser(path) {
  if (path !== undefined && existsSync(path)) return path;
  throw new SetupFailure(
    path === undefined
      ? `npm has no Chromium for ${process.platform} ${process.arch}`
      : `there is no browser at ${path}`,
    'TICKERLAKE_BROWSER=<path of a Chrome or Chromium>, then the same command again',
  );
}

function requireNpm() {
  const npm = findCommand('npm');
  if (npm !== undefined) return npm;
  throw new SetupFailure('npm is not on the PATH', 'install Node.js with its npm from https://nodejs.org');
}
