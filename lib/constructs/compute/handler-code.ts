import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import type { AssetCode } from 'aws-cdk-lib/aws-lambda';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { BuildOptions } from 'esbuild';
import { buildSync } from 'esbuild';
import { PROJECT_ROOT } from '../../project-root.ts';

/** How every handler is bundled: exported, since a test measures the bundles. */
export const BUNDLE_OPTIONS = {
  absWorkingDir: PROJECT_ROOT,
  bundle: true,
  platform: 'node',
  target: 'node24',
  // ESM bundles of kafkajs and avsc die with "Dynamic require".
  format: 'cjs',
  // The packages' own modules where there are some, so that what nobody uses of the SDK is left out.
  mainFields: ['module', 'main'],
  minify: true,
  // Names of errors and classes show up in logs.
  keepNames: true,
  // No source map: it holds paths of the machine, so the asset's hash would differ between machines.
  sourcemap: false,
  // Everything goes in: the runtime has an SDK too, but of whatever version.
  external: [],
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** Folders of the project that go beside a bundle, by the name that they have there. */
export type BundledFolders = Readonly<Record<string, string>>;

/**
 * Bundles a handler into one file. By esbuild's own API rather than CDK's NodejsFunction, which starts npx for each function:
 * slower by a second each, and it prints npm's warnings into every synthesis.
 */
export function handlerCode(entry: string, folders: BundledFolders = {}): AssetCode {
  return Code.fromAsset(dirname(entry), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: the local bundling below does not decline.
      image: DockerImage.fromRegistry('local-bundling-only'),
      local: {
        tryBundle(outputDirectory): boolean {
          buildSync({ ...BUNDLE_OPTIONS, entryPoints: [entry], outfile: join(outputDirectory, 'index.js') });
          for (const [name, folder] of Object.entries(folders))
            cpSync(join(PROJECT_ROOT, folder), join(outputDirectory, name), { recursive: true });
          return true;
        },
      },
    },
  });
}
