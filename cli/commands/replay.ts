import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import type { TopicName } from '../lake/stations.ts';
import { jsonOption, parseNatural, parseSince, topicOption } from '../options.ts';
import type { ReplayStart } from '../replay/consumer-group.ts';

export function registerReplay(program: Command, context: CommandContext): void {
  program
    .command('replay')
    .description('curate again from raw, or read a topic again that still holds the records')
    .option('--from-offset <n>', 'from an offset on, in each partition', parseNatural)
    .option('--from-time <when>', 'from an instant, or a span such as 2h ago', (text) => parseSince(text))
    .option('--all', 'everything')
    .option('--partition <p>', 'only one partition', parseNatural)
    .option('--log-id <id>', 'only one cluster’s log (default: all)')
    .addOption(topicOption())
    .option('--land', 'land again from the topic, instead of curating again from raw')
    .option('--filter', 'instead: filter again what topic quotes still holds')
    .option('--serve', 'instead: put again into the database what topic quotes_filtered still holds')
    .option('--diverted', 'give the batches that event sources gave up back to their functions')
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
  tickerlake replay --filter --from-time 2h
  tickerlake replay --diverted

The same rows come out, each once. By time, raw is taken from the objects on that were written then, a topic from the first
record of that time. While a topic is set back, the event source of the function that reads it is paused; it is resumed in the
end whatever happens, by Ctrl-C too. What is filtered again is filtered by the watchlist as it is now.`,
    )
    .action(async (options: ReplayCommandOptions, command: Command) => {
      const { topic, partition, logId, wait } = options;
      const readers = (['land', 'filter', 'serve'] as const).filter((reader) => options[reader] === true);
      const [reader] = readers;
      const json = options.json === true;
      const starts = startsOf(options);
      const [start] = starts;
      const { replay, replayDiverted, replayTopic } = await import('../replay/replay.ts');
      if (options.diverted === true) {
        if (start !== undefined || partition !== undefined || logId !== undefined || reader !== undefined) {
          command.error("option '--diverted' stands alone: all batches are given back");
        }
        if (!(await replayDiverted(context, json))) context.fail();
        return;
      }
      if (start === undefined || starts.length > 1) {
        command.error('replay takes one of --from-offset <n>, --from-time <when>, --all and --diverted');
      } else if (readers.length > 1)
        command.error(`options '--${readers.join("' and '--")}' exclude each other`);
      else if (reader === undefined) await replay(context, { topic, start, partition, logId, wait, json });
      else if (logId === undefined) await replayTopic(context, reader, { topic, start, partition, json });
      else
        command.error(
          `option '--${reader}' excludes '--log-id': the topic holds the running cluster's log only`,
        );
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
  readonly topic: TopicName;
  readonly land?: boolean;
  readonly filter?: boolean;
  readonly serve?: boolean;
  readonly diverted?: boolean;
  readonly wait: boolean;
  readonly json?: boolean;
}
