import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { parseSince } from '../options.ts';

export function registerLogs(program: Command, context: CommandContext): void {
  program
    .command('logs')
    .description('show what a function logged, in this run or the last')
    .argument('[function]', 'such as curate-quotes; without it, the logs there are')
    .option('--follow', 'stay and show what comes')
    .option('--since <when>', 'a span such as 5m, or an instant', (text) => parseSince(text))
    .addHelpText(
      'after',
      `
Examples:
  tickerlake logs
  tickerlake logs curate-quotes
  tickerlake logs land-quotes --since 5m --follow`,
    )
    .action(async (name: string | undefined, options: { follow?: boolean; since?: number }) => {
      const { showLogs } = await import('../logs/show-logs.ts');
      await showLogs(context, { name, follow: options.follow === true, sinceMs: options.since });
    });
}
