import { type Command, Option } from 'commander';
import type { BackfillTarget } from '../backfill/backfill.ts';
import type { BackfillRange } from '../backfill/backfill-curated.ts';
import type { CommandContext } from '../context.ts';
import type { TopicName } from '../lake/stations.ts';
import { jsonOption, parseDay, parseNatural, parseSince, topicOption } from '../options.ts';

export function registerBackfill(program: Command, context: CommandContext): void {
  program
    .command('backfill')
    .description('rebuild curated files, or history, from raw for a range of days or offsets')
    .addOption(
      new Option('--target <zone>', 'how far: curated files alone, or history too')
        .choices(['curated', 'history'] satisfies readonly BackfillTarget[])
        .makeOptionMandatory(),
    )
    .addOption(topicOption())
    .option('--from-day <day>', 'first UTC day of event time, such as 2026-11-20', parseDay)
    .option('--to-day <day>', 'last day, included', parseDay)
    .option('--from-offset <n>', 'first offset, in each partition', parseNatural)
    .option('--to-offset <n>', 'last offset, included', parseNatural)
    .option('--partition <p>', 'only one partition', parseNatural)
    .option('--log-id <id>', 'only one cluster’s log (default: all)')
    .option('--since <when>', 'go on with the backfill that began then', (text) => parseSince(text))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  tickerlake backfill --target curated --from-day 2026-11-20 --to-day 2026-11-20
  tickerlake backfill --target history --from-day 2026-11-01
  tickerlake backfill --target history --from-offset 1000 --to-offset 2000 --partition 2
  tickerlake backfill --target history --from-offset 0

Raw is read again by today's code, and gives the same rows, each once. Raw objects that were never curated count to every day.
It may be repeated and interrupted: the command prints when it began, and with --since that time it goes on where it stopped.`,
    )
    .action(async (options: BackfillCommandOptions, command: Command) => {
      const { target, topic, since, json } = options;
      const range = rangeOf(options, command);
      const { backfill } = await import('../backfill/backfill.ts');
      await backfill(context, { target, topic, range, sinceMs: since, json: json === true });
    });
}

function rangeOf(options: BackfillCommandOptions, command: Command): BackfillRange {
  const { fromDay, toDay, fromOffset, toOffset, partition, logId } = options;
  const [hasDays, hasOffsets] = [(fromDay ?? toDay) !== undefined, (fromOffset ?? toOffset) !== undefined];
  if (hasDays && hasOffsets) {
    command.error('days and offsets exclude each other: a range is one of both');
  }
  if (!hasDays && !hasOffsets) {
    command.error('backfill needs a range: --from-day, --to-day, --from-offset or --to-offset');
  }
  if (fromDay !== undefined && toDay !== undefined && fromDay > toDay) {
    command.error(`the range is empty: '--from-day' ${fromDay} is after '--to-day' ${toDay}`);
  }
  if (fromOffset !== undefined && toOffset !== undefined && fromOffset > toOffset) {
    command.error(`the range is empty: '--from-offset' ${fromOffset} is above '--to-offset' ${toOffset}`);
  }
  return {
    ...(fromDay !== undefined && { fromDay }),
    ...(toDay !== undefined && { toDay }),
    ...(fromOffset !== undefined && { fromOffset }),
    ...(toOffset !== undefined && { toOffset }),
    ...(partition !== undefined && { partition }),
    ...(logId !== undefined && { logId }),
  };
}

interface BackfillCommandOptions {
  readonly target: BackfillTarget;
  readonly topic: TopicName;
  readonly fromDay?: string;
  readonly toDay?: string;
  readonly fromOffset?: number;
  readonly toOffset?: number;
  readonly partition?: number;
  readonly logId?: string;
  readonly since?: number;
  readonly json?: boolean;
}
