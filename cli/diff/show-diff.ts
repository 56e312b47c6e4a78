import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TickerlakeError } from '../../core/errors.ts';
import { STAGES, type Stage } from '../../core/names.ts';
import type { CommandContext } from '../context.ts';
import { Progress } from '../terminal/progress.ts';
import { ACCEPTED_CHANGES, judge, readAcceptedChanges } from './accepted-changes.ts';
import { compareSides } from './compare.ts';
import { readTemplates } from './read-templates.ts';
import { renderMarkdown } from './render-markdown.ts';
import { renderText } from './render-text.ts';
import type { Report } from './report.ts';
import { Revisions } from './revision.ts';
import { readServiceSpec } from './service-spec.ts';
import { synthesizeTemplates } from './synthesize-templates.ts';
import { partOf, type Side } from './template.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface DiffOptions {
  /** @default both */
  readonly stage: Stage | undefined;
  /** A revision, a template or a folder of templates. @default origin/main, else HEAD */
  readonly against: string | undefined;
  readonly format: 'text' | 'json' | 'markdown';
  /** The checkout. @default this one */
  readonly root?: string;
}

/** Compares, prints, and says whether the change is safe to deploy. */
export async function showDiff(context: CommandContext, options: DiffOptions): Promise<boolean> {
  const report = await diffCheckout(context, options);
  const { terminal } = context;
  switch (options.format) {
    case 'json':
      terminal.print(JSON.stringify(report, null, 2));
      break;
    case 'markdown':
      terminal.print(renderMarkdown(report));
      break;
    case 'text':
      terminal.print(renderText(terminal, report).trimEnd());
      break;
  }
  return report.isSafe;
}

/** What deploying the working tree would do where the other templates are. */
async function diffCheckout(context: CommandContext, options: DiffOptions): Promise<Report> {
  const root = options.root ?? ROOT;
  const revisions = new Revisions(root, context.env);
  const base = await baseOf(revisions, options.against);
  const accepted = await readAcceptedChanges(join(root, ACCEPTED_CHANGES));
  const progress = new Progress(context.terminal);
  const work = await mkdtemp(join(tmpdir(), 'tickerlake-templates-'));
  try {
    const synthesizeSide = (
      folder: string,
      name: string,
      side: string,
      stages: readonly Stage[],
    ): Promise<Side> =>
      progress.step(`synthesize ${name}`, async (report) => {
        const stacks: Side['stacks'][number][] = [];
        for (const stage of stages) {
          report(`stage ${stage}`);
          const outdir = join(work, `${side}-${stage}`);
          const request = { root: folder, name, stage, outdir, env: context.env, signal: context.signal };
          stacks.push(...(await synthesizeTemplates(request)).stacks);
        }
        report(stages.join(' and '));
        return { stacks, isWhole: true };
      });
    const asked = options.stage === undefined ? STAGES : [options.stage];
    const before =
      'path' in base
        ? ofStages(await readTemplates(base.path), asked, base.path)
        : await revisions.withCheckout(base.commit, (folder) =>
            synthesizeSide(folder, base.name, 'before', asked),
          );
    // Templates may be of one stage alone.
    const stages = asked.filter((stage) => before.stacks.some(({ name }) => partOf(name).stage === stage));
    const after = await synthesizeSide(root, 'the working tree', 'after', stages);
    const { findings, changes } = compareSides(before, after, await readServiceSpec());
    const judgement = await judge(findings, accepted, {
      today: new Date().toISOString().slice(0, 'yyyy-mm-dd'.length),
      isLanded: async (revision) => 'commit' in base && (await revisions.isWithin(revision, base.commit)),
    });
    const isSafe = judgement.dangers.length === 0 && judgement.stale.length === 0;
    return { against: base.name, stages, isSafe, ...judgement, changes };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

type Base = { readonly name: string } & ({ readonly path: string } | { readonly commit: string });

const SHORT_COMMIT = 10;

/** What is there under that name: a path comes before a revision. */
async function baseOf(revisions: Revisions, against: string | undefined): Promise<Base> {
  if (against !== undefined) {
    const path = resolve(against);
    if ((await stat(path).catch(() => undefined)) !== undefined) return { name: against, path };
  }
  const revision = against ?? (await revisions.default());
  const commit = await revisions.require(revision);
  return { name: `${revision} (${commit.slice(0, SHORT_COMMIT)})`, commit };
}

/** Only the stacks of these stages. */
function ofStages(side: Side, stages: readonly Stage[], path: string): Side {
  const stacks = side.stacks.filter(({ name }) => stages.some((stage) => partOf(name).stage === stage));
  if (stacks.length > 0) return { ...side, stacks };
  const names = side.stacks.map(({ name }) => name).join(', ');
  throw new TickerlakeError(
    'USAGE',
    `${path} has templates of ${names}, and none of stage ${stages.join(' or ')}`,
    {
      hint: 'templates of this app: cdk synth --output <folder>',
    },
  );
}
