import { type Command, Option } from 'commander';
import { STAGES, type Stage } from '../../core/names.ts';
import type { CommandContext } from '../context.ts';
import { jsonOption, parseStage } from '../options.ts';

export function registerDiff(program: Command, context: CommandContext): void {
  program
    .command('diff')
    .description('say what deploying the working tree would do, and fail on what loses data or opens access')
    .addOption(
      new Option('--stage <stage>', `only this stage: ${STAGES.join(' or ')} (default: both)`).argParser(
        parseStage,
      ),
    )
    .option(
      '--against <revision or path>',
      'what is deployed: a revision, a template, or a folder of templates (default: origin/main, else HEAD)',
    )
    .addOption(jsonOption().conflicts('markdown'))
    .option('--markdown', 'print Markdown for a comment of a pull request')
    .addHelpText(
      'after',
      `
Examples:
  tickerlake diff
  tickerlake diff --stage prod --against v1.2.0
  tickerlake diff --against cdk.out
  aws cloudformation get-template --stack-name tickerlake-prod-lake > lake.json && tickerlake diff --against lake.json

Fails when a resource that holds data would be removed, left behind, renamed or replaced; when a policy or a security group
would allow more; when data would be kept for less long; when a topic would lose partitions; when a protection would go.
A danger that is wanted is accepted by a line of gates/accepted-changes.json, with a reason and an end: docs/safe-changes.md.
Nothing is fetched and no account is asked. The exit status is 0 only when nothing stands against a deployment.`,
    )
    .action(async (options: { stage?: Stage; against?: string; json?: boolean; markdown?: boolean }) => {
      const { showDiff } = await import('../diff/show-diff.ts');
      const format = options.json === true ? 'json' : options.markdown === true ? 'markdown' : 'text';
      const isSafe = await showDiff(context, { stage: options.stage, against: options.against, format });
      if (!isSafe) context.fail();
    });
}
