import type { Command } from 'commander';
import type { Stage } from '../../core/names.ts';
import type { CommandContext } from '../context.ts';
import { stageOption } from '../options.ts';

export function registerUp(program: Command, context: CommandContext): void {
  program
    .command('up')
    .description('start the lake and keep it running until Ctrl-C')
    .addOption(stageOption())
    .addHelpText(
      'after',
      `
Examples:
  tickerlake up
  tickerlake up --stage prod

Then, in another terminal: tickerlake status, query, produce, logs, reconcile, credentials.`,
    )
    .action(async (options: { stage: Stage }) => {
      const { stayUp } = await import('../lake/stay-up.ts');
      await stayUp(context, options.stage);
    });
}
