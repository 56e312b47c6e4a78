import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import type { UpOptions } from '../lake/stay-up.ts';
import { parsePort, stageOption } from '../options.ts';

export function registerUp(program: Command, context: CommandContext): void {
  program
    .command('up')
    .description('start the lake and keep it running until Ctrl-C')
    .addOption(stageOption())
    .option('--port <n>', 'port of the AWS endpoint (default: a free one)', parsePort)
    .option('--console-port <n>', 'port of the web console (default: a free one)', parsePort)
    .option('--no-console', 'without the web console')
    .option('--no-schedules', 'nothing runs by itself: no quotes each minute, no jobs at night')
    .addHelpText(
      'after',
      `
Examples:
  tickerlake up
  tickerlake up --stage prod
  tickerlake up --port 4566 --console-port 4580
  tickerlake up --no-schedules

Then, in another terminal: tickerlake status, query, produce, logs, reconcile, credentials.`,
    )
    .action(async (options: UpOptions) => {
      const { stayUp } = await import('../lake/stay-up.ts');
      await stayUp(context, options);
    });
}
