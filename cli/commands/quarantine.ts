import type { Command } from 'commander';
import type { QualityCode } from '../../core/quality.ts';
import type { CommandContext } from '../context.ts';
import type { TopicName } from '../lake/stations.ts';
import {
  jsonOption,
  parseCodes,
  parseCoordinates,
  parseCount,
  parseNatural,
  parseSince,
  topicOption,
} from '../options.ts';

/** Records that a list shows when nobody says otherwise. */
const DEFAULT_LIMIT = 50;

export function registerQuarantine(program: Command, context: CommandContext): void {
  const quarantine = program
    .command('quarantine')
    .description('records that break a quality rule: which, why, and their bytes')
    .addHelpText(
      'after',
      `
Examples:
  tickerlake quarantine list
  tickerlake quarantine show 2:1250`,
    );
  registerList(quarantine, context);
  registerShow(quarantine, context);
}

function registerList(quarantine: Command, context: CommandContext): void {
  quarantine
    .command('list')
    .description('the newest quarantined records, and how many by code')
    .addOption(topicOption())
    .option('--code <code...>', 'only those of a code', parseCodes)
    .option('--partition <p>', 'only those of a partition', parseNatural)
    .option('--log-id <id>', 'only those of one cluster’s log (default: all)')
    .option('--since <when>', 'only records of a span such as 2h, or since an instant', (text) =>
      parseSince(text),
    )
    .option('--limit <n>', 'how many to show', parseCount, DEFAULT_LIMIT)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  tickerlake quarantine list
  tickerlake quarantine list --code schema_unknown --since 2h
  tickerlake quarantine list --partition 2 --limit 1000 --json`,
    )
    .action(async (options: ListCommandOptions) => {
      const { listQuarantine } = await import('../quarantine/list-quarantine.ts');
      await listQuarantine(context, {
        topic: options.topic,
        codes: options.code,
        logId: options.logId,
        partition: options.partition,
        sinceMs: options.since,
        limit: options.limit,
        json: options.json === true,
      });
    });
}

function registerShow(quarantine: Command, context: CommandContext): void {
  quarantine
    .command('show')
    .description('one quarantined record: why, what its bytes decode to, the bytes')
    .argument('<partition:offset>', 'its coordinates, such as 2:1250', parseCoordinates)
    .addOption(topicOption())
    .option('--log-id <id>', 'log of another cluster than the running one')
    .option('--all', 'all bytes, not the first 512')
    .option('--raw <file>', 'write the original value to a file')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  tickerlake quarantine show 2:1250
  tickerlake quarantine show 2:1250 --raw poison.bin
  tickerlake quarantine show 2:1250 --json`,
    )
    .action(async (place: ReturnType<typeof parseCoordinates>, options: ShowCommandOptions) => {
      const { showQuarantined } = await import('../quarantine/show-record.ts');
      await showQuarantined(context, {
        ...place,
        topic: options.topic,
        logId: options.logId,
        all: options.all === true,
        raw: options.raw,
        json: options.json === true,
      });
    });
}

interface ListCommandOptions {
  readonly topic: TopicName;
  readonly code?: readonly QualityCode[];
  readonly partition?: number;
  readonly logId?: string;
  readonly since?: number;
  readonly limit: number;
  readonly json?: boolean;
}

interface ShowCommandOptions {
  readonly topic: TopicName;
  readonly logId?: string;
  readonly all?: boolean;
  readonly raw?: string;
  readonly json?: boolean;
}
