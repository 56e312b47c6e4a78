import { spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TickerlakeError } from '../../core/errors.ts';
import type { Stage } from '../../core/names.ts';
import { readTemplates } from './read-templates.ts';
import type { Side } from './template.ts';

export interface TemplateRequest {
  /** A checkout with its packages. */
  readonly root: string;
  /** How to call it in an error: `the working tree`, `revision abc`. */
  readonly name: string;
  readonly stage: Stage;
  /** Where the assembly is written. */
  readonly outdir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * The templates of a stage. Unlike the synthesis for a lake, no function is bundled and nothing is validated: only the templates
 * matter, and hashes of code are masked.
 */
export async function synthesizeTemplates(request: TemplateRequest): Promise<Side> {
  const { root, name, stage, outdir, env, signal } = request;
  const app = join(root, 'bin/tickerlake.ts');
  const isThere = await stat(app).catch(() => undefined);
  if (isThere === undefined) {
    throw new TickerlakeError('USAGE', `${name} has no app in bin/tickerlake.ts`, {
      hint: 'a later revision, or --against a folder of templates',
    });
  }
  const { context = {} } = JSON.parse(await readFile(join(root, 'cdk.json'), 'utf8')) as {
    context?: Record<string, unknown>;
  };
  const child = spawn(process.execPath, [app], {
    cwd: root,
    env: {
      ...env,
      TICKERLAKE_STAGE: stage,
      CDK_OUTDIR: outdir,
      CDK_VALIDATION: 'false',
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, stage, 'aws:cdk:bundling-stacks': [] }),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return readTemplates(outdir);
  const text = Buffer.concat(said).toString('utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const complaint =
    lines.find((line) => /^\w*error\b/i.test(line)) ?? lines.at(-1) ?? 'the app ended without a word';
  throw new TickerlakeError('CONFIG_INVALID', `stage ${stage} of ${name} does not synthesize: ${complaint}`, {
    cause: new Error(text),
    hint: `npm ci, if its packages are others; else TICKERLAKE_STAGE=${stage} node bin/tickerlake.ts, which tells the whole story`,
  });
}
