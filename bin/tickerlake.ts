/**
 * The CDK app, and the only file of bin/ and lib/ that reads the environment or context. It runs under the CDK CLI and by itself:
 * `CDK_OUTDIR=cdk.out node bin/tickerlake.ts` writes the same templates as `cdk synth`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { TickerlakeError } from '../core/errors.ts';
import { resolveConfig } from '../lib/config/resolve-config.ts';
import { describeFinding } from '../lib/guardrails/guardrail.ts';
import { GuardrailPlugin } from '../lib/guardrails/guardrail-plugin.ts';
import { addStacks } from '../lib/tickerlake.ts';

/** Feature flags, overrides and settings that the CLI passes on and a bare run does not. */
function readContext(): Record<string, unknown> {
  const settings = JSON.parse(readFileSync(join(import.meta.dirname, '../cdk.json'), 'utf8')) as {
    readonly context: Record<string, unknown>;
  };
  return {
    ...settings.context,
    'aws:cdk:enable-path-metadata': true,
    'aws:cdk:enable-asset-metadata': true,
  };
}

const guardrails = new GuardrailPlugin();

function complain(message: string, hint?: string): void {
  console.error(`error: ${message}${hint === undefined ? '' : ` — ${hint}`}`);
  process.exitCode = 1;
}

/** CDK has told of each finding at length; the last line is for who reads no more, and for the CLI. */
function complainOfTemplates(): void {
  const [first, ...others] = guardrails.findings;
  if (first === undefined) complain('the templates break rules of CloudFormation, as told above');
  else
    complain(
      `${describeFinding(first)}${others.length > 0 ? `; ${others.length} more above` : ''}`,
      first.fix,
    );
}

try {
  // Told once: by itself an app would synthesize again at the process's end, and complain again.
  const app = new App({
    context: readContext(),
    analyticsReporting: false,
    autoSynth: false,
    // CDK's own rules take twice as long as all the rest; `npm test` holds the templates of both stages against them, strictly.
    builtinCloudFormationValidation: process.env['TICKERLAKE_VALIDATE'] === '1',
  });
  const stage: unknown = process.env['TICKERLAKE_STAGE'] ?? app.node.tryGetContext('stage') ?? 'dev';
  addStacks(app, resolveConfig(String(stage), app.node.tryGetContext('tickerlake')));
  Validations.of(app).addPlugins(guardrails);
  app.synth();
} catch (error) {
  if (error instanceof TickerlakeError) complain(error.message, error.hint);
  else if (error instanceof Error && error.name === 'ValidationFailed') complainOfTemplates();
  else throw error;
}
