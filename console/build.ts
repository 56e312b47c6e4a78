/** Bundles the console: what a browser needs, as files under names with a hash of what is in them. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildOptions, Metafile } from 'esbuild';
import { build } from 'esbuild';

const FOLDER = import.meta.dirname;

const BUNDLE_OPTIONS = {
  absWorkingDir: FOLDER,
  entryPoints: ['src/main.tsx', 'src/shell/paint-theme.ts', 'src/styles.css', 'src/favicon.svg'],
  entryNames: 'assets/[name]-[hash]',
  chunkNames: 'assets/[name]-[hash]',
  assetNames: 'assets/[name]-[hash]',
  bundle: true,
  format: 'esm',
  // The editor and the charts come with the pages that show them.
  splitting: true,
  minify: true,
  jsx: 'automatic',
  loader: { '.svg': 'copy' },
  target: ['chrome120', 'firefox121', 'safari17.2'],
  define: { 'process.env.NODE_ENV': '"production"' },
  // Whole licences are gathered instead, below.
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/**
 * Builds the console into a directory, which is emptied before: `index.html`, the page of every path that is no asset, and `assets/`,
 * whose files never change under their names. It takes about a second.
 */
export async function buildConsole(outputDir: string): Promise<void> {
  await rm(outputDir, { recursive: true, force: true });
  await mkdir(join(outputDir, 'assets'), { recursive: true });
  const { metafile } = await build({ ...BUNDLE_OPTIONS, outdir: outputDir });
  const licences = await gatherLicences(metafile);
  const hash = createHash('sha256').update(licences).digest('hex').slice(0, 8);
  const names = builtNames(metafile).set('licences', `assets/licences-${hash}.txt`);
  await writeFile(join(outputDir, `assets/licences-${hash}.txt`), licences);
  await writeFile(join(outputDir, 'index.html'), await renderIndex(names));
}

/** What was made of each entry point, by its source. */
function builtNames(metafile: Metafile): Map<string, string> {
  const names = new Map<string, string>();
  for (const [output, { entryPoint, inputs }] of Object.entries(metafile.outputs)) {
    // What is copied has an input and no entry point.
    const source = entryPoint ?? Object.keys(inputs)[0];
    if (source !== undefined) names.set(source, output.slice(output.lastIndexOf('assets/')));
  }
  return names;
}

/** The page, with `{{src/main.tsx}}` replaced by the name of what was made of it. */
async function renderIndex(names: ReadonlyMap<string, string>): Promise<string> {
  const template = await readFile(join(FOLDER, 'index.html'), 'utf8');
  return template.replaceAll(/\{\{(.+?)\}\}/g, (_, source: string) => {
    const name = names.get(source);
    if (name === undefined)
      throw new Error(`console/index.html names ${source}, which is not built: add it to entryPoints`);
    return name;
  });
}

/** Name, version and licence text of each bundled package: most licences ask to go where the code goes. */
async function gatherLicences(metafile: Metafile): Promise<string> {
  const folders = new Set<string>();
  for (const input of Object.keys(metafile.inputs)) {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
    if (folder !== undefined) folders.add(join(FOLDER, folder));
  }
  const texts = await Promise.all([...folders].sort().map(readLicence));
  return `What the console is made of, apart from tickerlake itself.\n\n${texts.join('\n')}`;
}

async function readLicence(folder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const title = `${manifest.name} ${manifest.version} (${manifest.license ?? 'see below'})`;
  return `${'='.repeat(80)}\n${title}\n${'='.repeat(80)}\n${texts.join('\n').trim()}\n`;
}

if (import.meta.main && process.argv[2] !== undefined) await buildConsole(process.argv[2]);
