import { join } from 'node:path';
import { TickerlakeError } from '../../core/errors.ts';
import type { Stage } from '../../core/names.ts';
import { statePaths } from '../../local/state.ts';
import { readAssembly } from '../../local/template/assembly.ts';
import { assembliesIn, synthesize } from '../assembly/synthesize.ts';
import type { CommandContext } from '../context.ts';
import { Progress } from '../terminal/progress.ts';
import { costJson, costMarkdown, printCost } from './print.ts';
import { DEFAULT_PROFILE, type LoadProfile, readProfile, USUAL_LOADS } from './profile.ts';
import { type CostReport, reportCost } from './report.ts';
import { type Resource, resourcesOf } from './resources.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface CostOptions {
  readonly stage: Stage;
  /** Instead of the usual loads and of what the profile says. */
  readonly quotesPerSecond: number | undefined;
  /** JSON file with what differs from the default profile. */
  readonly profile: string | undefined;
  readonly format: 'table' | 'json' | 'markdown';
}

/** Prices a stage from its synthesized templates. Nothing is asked of AWS. */
export async function runCost(context: CommandContext, options: CostOptions): Promise<void> {
  const { terminal } = context;
  // Before the synthesis, which takes its time.
  const { profile, loads } = chooseLoads(options);
  const resources = await synthesizedResources(context, options.stage);
  const report = reportCost(options.stage, resources, profile, loads);
  print(terminal, report, options.format);
}

function print(
  terminal: CommandContext['terminal'],
  report: CostReport,
  format: CostOptions['format'],
): void {
  switch (format) {
    case 'json':
      terminal.print(JSON.stringify(costJson(report), null, 2));
      return;
    case 'markdown':
      terminal.print(costMarkdown(report));
      return;
    case 'table':
      printCost(terminal, report);
  }
}

/** The load that is asked for, else the profile's own, else the usual ones. @throws TickerlakeError USAGE */
export function chooseLoads(options: Pick<CostOptions, 'profile' | 'quotesPerSecond'>): {
  readonly profile: LoadProfile;
  readonly loads: readonly number[];
} {
  if (options.profile === undefined) {
    const loads = options.quotesPerSecond === undefined ? USUAL_LOADS : [options.quotesPerSecond];
    return { profile: DEFAULT_PROFILE, loads };
  }
  const { profile, saysLoad } = readProfile(options.profile);
  if (options.quotesPerSecond !== undefined) return { profile, loads: [options.quotesPerSecond] };
  return { profile, loads: saysLoad ? [profile.quotesPerSecond] : USUAL_LOADS };
}

/** The resources of a stage's templates, as `cdk synth` would write them. */
export async function synthesizedResources(context: CommandContext, stage: Stage): Promise<Resource[]> {
  const directory = await new Progress(context.terminal).step(`synthesize stage ${stage}`, async (report) => {
    const { directory: assembly, isCached } = await synthesize({
      root: ROOT,
      stage,
      cacheDir: assembliesIn(statePaths(context.env).folder),
      env: context.env,
      signal: context.signal,
    });
    if (isCached) report('unchanged since the last time');
    return assembly;
  });
  const resources = resourcesOf(readAssembly(directory).stacks);
  if (resources.length > 0) return resources;
  throw new TickerlakeError('TEMPLATE_UNSUPPORTED', `the templates of stage ${stage} hold no resource`, {
    hint: 'npm run synth, which says why',
  });
}
