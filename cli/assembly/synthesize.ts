import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { TickerlakeError } from '../../core/errors.ts';
import type { Stage } from '../../core/names.ts';
import { ASSEMBLY_INPUTS, fingerprint } from './fingerprint.ts';

export interface SynthesisRequest {
  /** The checkout. */
  readonly root: string;
  readonly stage: Stage;
  /** Folder of assemblies kept, one a fingerprint. */
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

export interface Assembly {
  readonly directory: string;
  /** The inputs are those of an earlier synthesis. */
  readonly isCached: boolean;
}

/** Assemblies kept; an older one is removed, since a function's bundle takes a few MB. */
const KEPT = 4;

/** What of the environment a template may depend on. */
const SETTINGS = ['AWS_REGION', 'CDK_DEFAULT_REGION', 'CDK_DEFAULT_ACCOUNT', 'CDK_CONTEXT_JSON'] as const;

/**
 * Synthesizes a stage as the CDK command does, by running the app, and keeps the assembly for as long as nothing that
 * it is made from changes.
 */
export async function synthesize(request: SynthesisRequest): Promise<Assembly> {
  const { root, stage, cacheDir, env } = request;
  const settings = Object.fromEntries(SETTINGS.map((name) => [name, env[name]]));
  const key = await fingerprint(root, ASSEMBLY_INPUTS, { ...settings, stage, node: process.version });
  const directory = join(cacheDir, `${stage}-${key}`);
  if (await isWhole(directory)) {
    const now = new Date();
    await utimes(directory, now, now);
    return { directory, isCached: true };
  }
  const unfinished = join(cacheDir, `unfinished-${process.pid}`);
  await mkdir(unfinished, { recursive: true });
  try {
    await runApp(request, unfinished);
    await rm(directory, { recursive: true, force: true });
    await rename(unfinished, directory);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  await forgetOldest(cacheDir);
  return { directory, isCached: false };
}

async function isWhole(directory: string): Promise<boolean> {
  const manifest = await stat(join(directory, 'manifest.json')).catch(() => undefined);
  return manifest !== undefined;
}

/** cdk.json's context reaches the app as the CDK command passes it. */
async function runApp({ root, stage, env, signal }: SynthesisRequest, outdir: string): Promise<void> {
  const { context = {} } = JSON.parse(await readFile(join(root, 'cdk.json'), 'utf8')) as {
    context?: Record<string, unknown>;
  };
  const child = spawn(process.execPath, ['bin/tickerlake.ts'], {
    cwd: root,
    env: {
      ...env,
      TICKERLAKE_STAGE: stage,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, stage }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  const said = Buffer.concat(output).toString('utf8');
  const { complaint, hint } = complaintIn(said);
  throw new TickerlakeError('CONFIG_INVALID', `the templates do not synthesize: ${complaint}`, {
    hint,
    cause: new Error(said),
  });
}

/** Why a synthesis failed: the app's own error line, else the first that names an error, else the last. */
function complaintIn(output: string): { readonly complaint: string; readonly hint: string } {
  const fallback = 'node bin/tickerlake.ts, which tells the whole story';
  const lines = output.split('\n').map((line) => line.trim());
  const [, complaint, hint] =
    lines.map((line) => /^error: (.+?)(?: — (?:try: )?(.+))?$/.exec(line)).find((match) => match !== null) ??
    [];
  if (complaint !== undefined) return { complaint, hint: hint ?? fallback };
  const named = lines.find((line) => /^\w*Error\b/.test(line));
  const text = named ?? lines.findLast((line) => line !== '') ?? 'the app ended without a word';
  return { complaint: text.replace(/^\w*Error:? /, ''), hint: fallback };
}

async function forgetOldest(cacheDir: string): Promise<void> {
  const names = await readdir(cacheDir);
  const aged = await Promise.all(
    names.map(async (name) => ({ name, usedMs: (await stat(join(cacheDir, name))).mtimeMs })),
  );
  aged.sort((left, right) => right.usedMs - left.usedMs);
  for (const { name } of aged.slice(KEPT)) await rm(join(cacheDir, name), { recursive: true, force: true });
}

/** Where the assemblies of a state folder are kept. */
export function assembliesIn(stateFolder: string): string {
  return join(stateFolder, 'assemblies');
}
