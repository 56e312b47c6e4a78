import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { jsonOption } from '../options.ts';

export function registerDoctor(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('check what this machine needs, and say how to get what is missing')
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples:\n  tickerlake doctor\n  tickerlake doctor --json')
    .action(async (options: { json?: boolean }) => {
      const { showHealth } = await import('../upkeep/show-health.ts');
      const isHealthy = await showHealth(context, options.json === true);
      if (!isHealthy) context.fail();
    });
}
