/** Synthesizes a stage in this process: once a test file, whose tests then share the templates. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import type { StackPart, Stage } from '../../core/names.ts';
import { STACKS, stackName } from '../../core/names.ts';
import { resolveConfig } from '../../lib/config/resolve-config.ts';
import { PROJECT_ROOT } from '../../lib/project-root.ts';
import { addStacks } from '../../lib/tickerlake.ts';

export interface SynthesisOptions {
  /** As under context.tickerlake.<stage> of cdk.json. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Bundles handlers; otherwise their folders stand in for the bundles. @default false */
  readonly bundles?: boolean;
  /** Validates the templates by CDK's default rules; findings are in the assembly's validation report. @default false */
  readonly validates?: boolean;
  /** Registers plugins and aspects before the synthesis. */
  readonly prepare?: (app: App) => void;
}

export interface Synthesis {
  /** The assembly; removed after the file's tests. */
  readonly directory: string;
  readonly stacks: Readonly<Record<StackPart, Template>>;
}

/** Overrides by which a stage has a dashboard. */
export const WITH_DASHBOARD = {
  dashboard: {
    authors: 'arn:aws:quicksight:us-east-1:123456789012:group/default/analysts',
    readers: 'arn:aws:quicksight:us-east-1:123456789012:user/default/jane@example.com',
  },
} as const;

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

const { context: FLAGS } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'cdk.json'), 'utf8')) as {
  readonly context: Readonly<Record<string, unknown>>;
};

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** Synthesizes what `build` adds to an app that has the project's flags. */
export function synthesizeApp(build: (app: App) => void, options: SynthesisOptions = {}): CloudAssembly {
  const outdir = mkdtempSync(join(tmpdir(), 'tickerlake-templates-'));
  directories.push(outdir);
  const app = new App({
    outdir,
    analyticsReporting: false,
    // Seconds a synthesis.
    builtinCloudFormationValidation: options.validates === true,
    context: {
      ...FLAGS,
      // As the CLI sets them, and bin/.
      'aws:cdk:enable-path-metadata': true,
      'aws:cdk:enable-asset-metadata': true,
      // Tests read the report themselves.
      '@aws-cdk/core:failSynthOnValidationErrors': false,
      ...(options.bundles !== true && { 'aws:cdk:bundling-stacks': [] }),
    },
  });
  options.prepare?.(app);
  build(app);
  return app.synth();
}

export function synthesize(stage: Stage, options: SynthesisOptions = {}): Synthesis {
  const assembly = synthesizeApp((app) => {
    addStacks(app, resolveConfig(stage, { [stage]: options.overrides ?? {} }));
  }, options);
  const template = (part: StackPart): Template =>
    Template.fromJSON(assembly.getStackByName(stackName(stage, part)).template as Record<string, unknown>);
  // The dashboard is there only where it is switched on.
  const made = new Set(assembly.stacks.map(({ stackName: name }) => name));
  const parts = STACKS.filter((part) => made.has(stackName(stage, part)));
  return {
    directory: assembly.directory,
    stacks: Object.fromEntries(parts.map((part) => [part, template(part)])) as Record<StackPart, Template>,
  };
}

/** What a validation plugin found in the templates, a line a finding and construct. */
export function violations({ directory }: Pick<Synthesis, 'directory'>, plugin: string): string[] {
  const report = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8')) as Report;
  return report.pluginReports
    .filter(({ pluginName }) => pluginName === plugin)
    .flatMap((each) => each.violations)
    .flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${constructPath} ${ruleName}`),
    )
    .sort();
}

/** https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html */
interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath?: string }[];
    }[];
  }[];
}

/** Every resource of all stacks, by `part/LogicalId`. */
export function allResources({ stacks }: Synthesis): ReadonlyMap<string, Resource> {
  return new Map(
    Object.entries(stacks).flatMap(([part, template]) =>
      Object.entries((template.toJSON() as { Resources: Record<string, Resource> }).Resources).map(
        ([id, resource]) => [`${part}/${id}`, resource] as const,
      ),
    ),
  );
}

/** Properties of the only resource of `type`, which also has the properties `matching`. */
export function onlyOne(
  template: Template,
  type: string,
  matching: object = {},
): Readonly<Record<string, unknown>> {
  const found = Object.values(template.findResources(type, { Properties: matching }));
  if (found.length !== 1) throw new Error(`${found.length} resources of ${type} match, not one`);
  return (found[0] as { Properties: Record<string, unknown> }).Properties;
}
