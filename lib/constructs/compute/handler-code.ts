import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import type { AssetCode } from 'aws-cdk-lib/aws-lambda';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { BuildOptions } from 'esbuild';
import { buildSync } from 'esbuild';
import type { FunctionPart } from '../../../core/names.ts';
import { PROJECT_ROOT } from '../../project-root.ts';

/** How every handler is bundled: exported for tests that bundle a changed checkout. */
export const BUNDLE_OPTIONS = {
  absWorkingDir: PROJECT_ROOT,
  bundle: true,
  platform: 'node',
  target: 'node24',
  // ESM bundles of kafkajs and avsc die with "Dynamic require".
  format: 'cjs',
  // The packages' own modules where there are some, so that what nobody uses of the SDK is left out.
  mainFields: ['module', 'main'],
  alias: {
    // Lambda gives a function its keys: every other way to come by some would only be compiled.
    '@aws-sdk/credential-provider-node': './adapters/function-credentials.ts',
    // Types alone: avsc's files and remote calls are half of it.
    avsc: 'avsc/lib/types.js',
  },
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
 * A handler as one file. By esbuild's own API rather than CDK's NodejsFunction, which starts npx for each function: slower by a second
 * each, and it prints npm's warnings into every synthesis. All handlers are bundled in one go, when the first is asked for: they share
 * most of what esbuild has to read.
 */
export function handlerCode(part: FunctionPart, folders: BundledFolders = {}): AssetCode {
  return Code.fromAsset(join(LAMBDAS, part), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: the local bundling below does not decline.
      image: DockerImage.fromRegistry('local-bundling-only'),
      local: {
        tryBundle(outputDirectory): boolean {
          cpSync(join(bundleHandlers().directory, part), outputDirectory, { recursive: true });
          for (const [name, folder] of Object.entries(folders))
            cpSync(join(PROJECT_ROOT, folder), join(outputDirectory, name), { recursive: true });
          return true;
        },
      },
    },
  });
}

const LAMBDAS = join(PROJECT_ROOT, 'lambdas');
/** All handlers' bundles. */
export interface HandlerBundles {
  /** With a folder for each handler. */
  readonly directory: string;
  /** Files that each bundle is made from, and how many bytes of it each takes. */
  readonly inputs: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

let bundled: HandlerBundles | undefined;

/** Bundles all handlers, once a process. */
export function bundleHandlers(): HandlerBundles {
  bundled ??= makeBundles();
  return bundled;
}

function makeBundles(): HandlerBundles {
  const outdir = mkdtempSync(join(tmpdir(), 'tickerlake-bundles-'));
  process.once('exit', () => {
    rmSync(outdir, { recursive: true, force: true });
  });
  const parts = readdirSync(LAMBDAS).filter((part) => existsSync(join(LAMBDAS, part, 'handler.ts')));
  const entryPoints = Object.fromEntries(
    parts.map((part) => [`${part}/index`, join(LAMBDAS, part, 'handler.ts')]),
  );
  const { metafile } = buildSync({ ...BUNDLE_OPTIONS, entryPoints, outdir, metafile: true });
  const inputs = Object.entries(metafile.outputs).map(([file, output]) => {
    const sizes = Object.entries(output.inputs).map(
      ([path, { bytesInOutput }]) => [path, bytesInOutput] as const,
    );
    return [basename(dirname(file)), new Map(sizes)] as const;
  });
  return { directory: outdir, inputs: new Map(inputs) };
}
