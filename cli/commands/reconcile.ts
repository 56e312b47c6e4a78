import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { jsonOption } from '../options.ts';

export function registerReconcile(program: Command, context: CommandContext): void {
  program
    .command('reconcile')
    .description('prove that every record produced is visible once or quarantined once')
    .option('--no-wait', 'compare at once, without waiting for records under way')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  tickerlake reconcile
  tickerlake reconcile --json

Compares, per partition: acknowledgements in the producers' logs, the broker's end offsets, the receipts of curate-quotes,
the rows that SQL sees, and a hash over all their values. The exit status is 0 only when all agree.`,
    )
    .action(async (options: { wait: boolean; json?: boolean }) => {
      const { reconcileRunningLake } = await import('../reconcile/reconcile-running-lake.ts');
      const isTrue = await reconcileRunningLake(context, { wait: options.wait, json: options.json === true });
      if (!isTrue) context.fail();
    });
}
