import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';

export function registerClean(program: Command, context: CommandContext): void {
  program
    .command('clean')
    .description('remove what runs left behind: data, logs, synthesized templates')
    .option('--all', 'also the tools that set-up fetched')
    .addHelpText('after', '\nExamples:\n  tickerlake clean\n  tickerlake clean --all')
    .action(async (options: { all?: boolean }) => {
      const { cleanState } = await import('../upkeep/clean-state.ts');
      await cleanState(context, options.all === true);
    });
}
