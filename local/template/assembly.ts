/** Reads cdk.out: manifest, templates and assets. Nothing else of the project is known to the runner. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TickerlakeError } from '../../core/errors.ts';
import type { Template } from './template.ts';
import { isObject, parseTemplate } from './template.ts';

export interface Stack {
  readonly name: string;
  readonly template: Template;
  /** Names of the stacks that CDK deploys before this one. */
  readonly dependsOn: readonly string[];
}

/** A file or folder that the templates point at by bucket and key, as `cdk deploy` would upload it. */
export interface Asset {
  readonly objectKey: string;
  readonly path: string;
  readonly packaging: 'file' | 'zip';
}

export interface Assembly {
  readonly directory: string;
  /** In the order of the manifest. */
  readonly stacks: readonly Stack[];
  /** By object key: the last part of a destination, unique since it is the content's hash. */
  readonly assets: ReadonlyMap<string, Asset>;
}

interface Artifact {
  readonly type: string;
  readonly displayName?: string;
  readonly dependencies?: readonly string[];
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly file?: string;
    readonly directoryName?: string;
  };
}

interface AssetManifest {
  readonly files?: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path?: string; readonly packaging?: 'file' | 'zip' };
        readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
      }
    >
  >;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new TickerlakeError('TEMPLATE_UNSUPPORTED', `${file} cannot be read as JSON`, {
      cause,
      hint: 'synthesize again: npm run synth',
    });
  }
}

/** Reads the cloud assembly in `directory` (https://docs.aws.amazon.com/cdk/v2/guide/deploy.html), nested assemblies included. */
export function readAssembly(directory: string): Assembly {
  const assets = new Map<string, Asset>();
  const stacks = readStacks(directory, assets);
  if (stacks.length === 0) {
    throw new TickerlakeError('TEMPLATE_UNSUPPORTED', `${directory} holds no stack`, {
      hint: 'synthesize again: npm run synth',
    });
  }
  return { directory, stacks, assets };
}

function readStacks(directory: string, assets: Map<string, Asset>): Stack[] {
  const manifest = readJson(join(directory, 'manifest.json'));
  const artifacts = isObject(manifest) && isObject(manifest['artifacts']) ? manifest['artifacts'] : {};
  const byId = artifacts as unknown as Readonly<Record<string, Artifact>>;
  const stacks: Stack[] = [];
  for (const [id, { type, properties = {}, dependencies = [] }] of Object.entries(byId)) {
    if (type === 'aws:cloudformation:stack' && properties.templateFile !== undefined) {
      const upstream = dependencies.filter((other) => byId[other]?.type === 'aws:cloudformation:stack');
      stacks.push({
        name: properties.stackName ?? id,
        template: parseTemplate(readJson(join(directory, properties.templateFile))),
        dependsOn: upstream.map((other) => byId[other]?.properties?.stackName ?? other),
      });
    } else if (type === 'cdk:asset-manifest' && properties.file !== undefined) {
      readAssets(directory, properties.file, assets);
    } else if (type === 'cdk:cloud-assembly' && properties.directoryName !== undefined) {
      stacks.push(...readStacks(join(directory, properties.directoryName), assets));
    }
  }
  return stacks;
}

function readAssets(directory: string, file: string, assets: Map<string, Asset>): void {
  const { files = {} } = readJson(join(directory, file)) as AssetManifest;
  for (const { source, destinations } of Object.values(files)) {
    if (source.path === undefined) continue;
    for (const { objectKey } of Object.values(destinations)) {
      const path = join(directory, source.path);
      assets.set(objectKey, { objectKey, path, packaging: source.packaging ?? 'file' });
    }
  }
}
