import type { Command } from 'commander';
import type { Stage } from '../../core/names.ts';
import type { CommandContext } from '../context.ts';
import { jsonOption, stageOption } from '../options.ts';

export function registerRebuild(program: Command, context: CommandContext): void {
  program
    .command('rebuild')
    .description('after a disaster: make catalog, curated files, receipts and history again from raw')
    .addOption(stageOption())
    .option('--aws', 'the stage in the account of the environment, not the lake that runs here')
    .option('--yes', 'do it; without it the command only says what it would do')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  tickerlake rebuild
  tickerlake rebuild --yes
  tickerlake rebuild --aws --stage prod --yes

Looks at every raw object, and at what should have become of it. Tables that are gone are created as the template has them,
raw objects without receipt or with missing files are curated again, days are registered, views made; where history is lost,
the view reads curated files again and job compact makes history anew. What is whole is left as it is. Interrupted, it is
repeated: it goes on where it stopped. Raw itself it cannot make: docs/runbook.md, Disaster recovery.`,
    )
    .action(async (options: { stage: Stage; aws?: boolean; yes?: boolean; json?: boolean }) => {
      const { stage, aws, yes, json } = options;
      const { rebuild } = await import('../rebuild/rebuild.ts');
      await rebuild(context, {
        stage,
        isDeployed: aws === true,
        isAgreed: yes === true,
        json: json === true,
      });
    });
}
