import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { jsonOption } from '../options.ts';

export function registerStatus(program: Command, context: CommandContext): void {
  program
    .command('status')
    .description('topics, lag, objects and freshness of the running lake')
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples:\n  tickerlake status\n  tickerlake status --json')
    .action(async (options: { json?: boolean }) => {
      const { showStatus } = await import('../status/show-status.ts');
      await showStatus(context, options.json === true);
    });
}
