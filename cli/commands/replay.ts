import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { jsonOption, parseNatural, parseSince } from '../options.ts';
import type { ReplayStart } from '../replay/consumer-group.ts';

export function registerReplay(program: Command, context: CommandContext): void {
  program
    .command('replay')
    .description('curate again from raw, or land again what the topic still holds')
    .option('--from-offset <n>', 'from an offset on, in each partition', parseNatural)
    .option('--from-time <when>', 'from an instant, or a span such as 2h ago', (text) => parseSince(text))
    .option('--all', 'everything')
    .option('--partition <p>', 'only one partition', parseNatural)
    .option('--log-id <id>', 'only one cluster’s log (default: all)')
    .option('--land', 'land again from the topic, instead of curating again from raw')
    .option('--diverted', 'land the batches that the event source gave up')
    .option('--no-wait', 'ask for it, and do not wait for the outcome')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  tickerlake replay --all
  tickerlake replay --from-offset 1200 --partition 2
  tickerlake replay --from-time 2h
  tickerlake replay --land --from-time 2026-11-20T14:30:00Z
  tickerlake replay --diverted

The same rows come out, each once. By time, raw is taken from the objects on that were written then, the topic from the first
record of that time. While the topic is set back, the event source of land-quotes is paused; it is resumed in the end whatever
happens, by Ctrl-C too.`,
    )
    .action(async (options: ReplayCommandOptions, command: Command) => {
      const { partition, logId, wait } = options;
      const json = options.json === true;
      const starts = startsOf(options);
      const [start] = starts;
      const { replay, replayDiverted, replayTopic } = await import('../replay/replay.ts');
      if (options.diverted === true) {
        if (start !== undefined || partition !== undefined || logId !== undefined || options.land === true) {
          command.error("option '--diverted' stands alone: all batches are landed");
        }
        if (!(await replayDiverted(context, json))) context.fail();
        return;
      }
      if (start === undefined || starts.length > 1) {
        command.error('replay takes one of --from-offset <n>, --from-time <when>, --all and --diverted');
      } else if (options.land !== true) await replay(context, { start, partition, logId, wait, json });
      else if (logId === undefined) await replayTopic(context, { start, partition, json });
      else
        command.error("option '--land' excludes '--log-id': the topic holds the running cluster's log only");
    });
}

function startsOf({ all, fromOffset, fromTime }: ReplayCommandOptions): readonly ReplayStart[] {
  return [
    ...(all === true ? [{ kind: 'all' } as const] : []),
    ...(fromOffset === undefined ? [] : [{ kind: 'offset', offset: fromOffset } as const]),
    ...(fromTime === undefined ? [] : [{ kind: 'time', timeMs: fromTime } as const]),
  ];
}

interface ReplayCommandOptions {
  readonly fromOffset?: number;
  readonly fromTime?: number;
  readonly all?: boolean;
  readonly partition?: number;
  readonly logId?: string;
  readonly land?: boolean;
  readonly diverted?: boolean;
  readonly wait: boolean;
  readonly json?: boolean;
}
