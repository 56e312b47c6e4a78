import type { Command } from 'commander';
import type { Stage } from '../../core/names.ts';
import type { CommandContext } from '../context.ts';
import { parsePort, stageOption } from '../options.ts';

export function registerUp(program: Command, context: CommandContext): void {
  program
    .command('up')
    .description('start the lake and keep it running until Ctrl-C')
    .addOption(stageOption())
    .option('--port <n>', 'port of the AWS endpoint (default: a free one)', parsePort)
    .addHelpText(
      'after',
      `
Examples:
  tickerlake up
  tickerlake up --stage prod
  tickerlake up --port 4566

Then, in another terminal: tickerlake status, query, produce, logs, reconcile, credentials.`,
    )
    .action(async (options: { stage: Stage; port?: number }) => {
      const { stayUp } = await import('../lake/stay-up.ts');
      await stayUp(context, options);
    });
}
