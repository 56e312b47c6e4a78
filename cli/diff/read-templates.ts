import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TickerlakeError } from '../../core/errors.ts';
import type { Side, StackTemplate, Template } from './template.ts';

const TEMPLATE_SUFFIX = '.template.json';

/**
 * Templates of an assembly's folder (cdk.out), of a folder of templates, or of one file: a template, or what
 * `aws cloudformation get-template` prints.
 */
export async function readTemplates(path: string): Promise<Side> {
  if (!(await stat(path)).isDirectory()) return { stacks: [await readTemplate(path)], isWhole: false };
  const names = (await readdir(path)).sort();
  if (names.includes('manifest.json')) return readAssembly(path);
  const files = names.filter((name) => name.endsWith('.json'));
  if (files.length === 0) {
    throw new TickerlakeError('USAGE', `${path} has neither a manifest.json nor a template`, {
      hint: 'a folder that cdk synth or a download of templates has filled',
    });
  }
  return { stacks: await Promise.all(files.map((name) => readTemplate(join(path, name)))), isWhole: false };
}

/** https://docs.aws.amazon.com/cdk/v2/guide/deploy.html: the manifest of a cloud assembly. */
interface Manifest {
  readonly artifacts?: Readonly<Record<string, Artifact>>;
}

interface Artifact {
  readonly type: string;
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly terminationProtection?: boolean;
  };
}

async function readAssembly(folder: string): Promise<Side> {
  const manifest = parse(await readFile(join(folder, 'manifest.json'), 'utf8'), folder) as Manifest;
  const stacks = Object.entries(manifest.artifacts ?? {}).flatMap(([id, { type, properties }]) =>
    type === 'aws:cloudformation:stack' && properties?.templateFile !== undefined
      ? [{ name: properties.stackName ?? id, file: properties.templateFile, ...properties }]
      : [],
  );
  return {
    stacks: await Promise.all(
      stacks.map(async ({ name, file, terminationProtection }): Promise<StackTemplate> => {
        const path = join(folder, file);
        return {
          name,
          template: parseTemplate(await readFile(path, 'utf8'), path),
          isProtected: terminationProtection === true,
        };
      }),
    ),
    isWhole: true,
  };
}

async function readTemplate(path: string): Promise<StackTemplate> {
  const template = parseTemplate(await readFile(path, 'utf8'), path);
  return { name: stackOf(path, template), template };
}

/** A template as it stands, or under TemplateBody, as an object or as text: CloudFormation gives back what it was given. */
export function parseTemplate(text: string, path: string): Template {
  let value = parse(text, path);
  if (isRecord(value) && 'TemplateBody' in value) {
    value =
      typeof value['TemplateBody'] === 'string' ? parse(value['TemplateBody'], path) : value['TemplateBody'];
  }
  if (isRecord(value) && isRecord(value['Resources'])) return value as unknown as Template;
  throw new TickerlakeError('USAGE', `${path} is no template: it has no Resources`, {
    hint: 'a <stack>.template.json of cdk.out, or the output of aws cloudformation get-template',
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new TickerlakeError('USAGE', `${path} is not JSON`, {
      cause: error,
      hint: 'the JSON that CDK deploys: aws cloudformation get-template --output json',
    });
  }
}

/** Which stack a template is of: by its file's name, else by the paths that CDK notes in it. */
function stackOf(path: string, { Resources: resources }: Template): string {
  const file = basename(path);
  if (file.endsWith(TEMPLATE_SUFFIX)) return file.slice(0, -TEMPLATE_SUFFIX.length);
  for (const { Metadata: metadata } of Object.values(resources)) {
    const constructPath = metadata?.['aws:cdk:path'];
    if (typeof constructPath === 'string') return constructPath.split('/')[0] ?? '';
  }
  throw new TickerlakeError('USAGE', `nothing in ${path} says which stack it is of`, {
    hint: `it under the stack's name, such as tickerlake-dev-lake${TEMPLATE_SUFFIX}`,
  });
}
