import type { Command } from 'commander';
import type { QualityCode } from '../../core/quality.ts';
import type { CommandContext } from '../context.ts';
import type { TopicName } from '../lake/stations.ts';
import { jsonOption, parseCodes, parseNatural, topicOption } from '../options.ts';

export function registerRedrive(program: Command, context: CommandContext): void {
  program
    .command('redrive')
    .description('judge quarantined records again, by today’s code and schemas')
    .addOption(topicOption())
    .option('--code <code...>', 'only those of a code', parseCodes)
    .option('--partition <p>', 'only those of a partition', parseNatural)
    .option('--offset <n>', 'only the one with this offset', parseNatural)
    .option('--log-id <id>', 'only those of one cluster’s log (default: all)')
    .option('--dead-letters', 'instead: raw objects that could not be curated at all')
    .option('--no-wait', 'ask for it, and do not wait for the outcome')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  tickerlake redrive
  tickerlake redrive --code schema_unknown
  tickerlake redrive --partition 2 --offset 1250
  tickerlake redrive --dead-letters

The raw objects that hold the records are curated again, under the records' own coordinates. Repeat it as often as you like,
also after it was killed: the end is the same.`,
    )
    .action(async (options: RedriveCommandOptions, command: Command) => {
      const { topic, code: codes, partition, offset, logId, wait } = options;
      const json = options.json === true;
      if (offset !== undefined && partition === undefined) {
        command.error("option '--offset' needs '--partition': offsets count within one");
      }
      const { redrive, redriveDeadLetters } = await import('../redrive/redrive.ts');
      if (options.deadLetters !== true) {
        await redrive(context, { topic, codes, partition, offset, logId, wait, json });
        return;
      }
      if ([codes, partition, logId].some((value) => value !== undefined)) {
        command.error(
          "option '--dead-letters' excludes '--code', '--partition' and '--log-id': all are moved",
        );
      }
      if (!(await redriveDeadLetters(context, { topic, wait, json }))) context.fail();
    });
}

interface RedriveCommandOptions {
  readonly topic: TopicName;
  readonly code?: readonly QualityCode[];
  readonly partition?: number;
  readonly offset?: number;
  readonly logId?: string;
  readonly deadLetters?: boolean;
  readonly wait: boolean;
  readonly json?: boolean;
}
