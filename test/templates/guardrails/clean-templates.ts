/** Synthesizes a stage in this process for guardrails to look at: all stacks, the dashboard too, no bundles. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { Stage } from '../../../core/names.ts';
import { resolveConfig } from '../../../lib/config/resolve-config.ts';
import type { Template } from '../../../lib/guardrails/deployment.ts';
import { readTemplates } from '../../../lib/guardrails/read-templates.ts';
import { PROJECT_ROOT } from '../../../lib/project-root.ts';
import { addStacks } from '../../../lib/tickerlake.ts';

const WITH_DASHBOARD = {
  dashboard: {
    authors: 'arn:aws:quicksight:us-east-1:123456789012:group/default/analysts',
    readers: 'arn:aws:quicksight:us-east-1:123456789012:user/default/jane@example.com',
  },
};

/** @param overrides as under context.tickerlake.<stage> of cdk.json */
export function cleanTemplates(
  stage: Stage,
  overrides: Readonly<Record<string, unknown>> = {},
): ReadonlyMap<string, Template> {
  const outdir = mkdtempSync(join(tmpdir(), 'tickerlake-guardrails-'));
  try {
    const { context } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'cdk.json'), 'utf8')) as {
      readonly context: Readonly<Record<string, unknown>>;
    };
    const app = new App({
      outdir,
      analyticsReporting: false,
      builtinCloudFormationValidation: false,
      context: { ...context, 'aws:cdk:enable-path-metadata': true, 'aws:cdk:bundling-stacks': [] },
    });
    addStacks(app, resolveConfig(stage, { [stage]: { ...WITH_DASHBOARD, ...overrides } }));
    app.synth();
    return readTemplates(outdir);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
