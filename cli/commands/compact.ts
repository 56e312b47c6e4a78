import { type Command, Option } from 'commander';
import type { CommandContext } from '../context.ts';
import { TOPIC_NAMES, type TopicName } from '../lake/stations.ts';
import { jsonOption } from '../options.ts';

export function registerCompact(program: Command, context: CommandContext): void {
  program
    .command('compact')
    .description('bring what is curated into history, by the Spark job, and move the views to it')
    .addOption(new Option('--topic <topic>', 'only this topic (default: all)').choices(TOPIC_NAMES))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  tickerlake compact
  tickerlake compact --topic quotes
  tickerlake compact --json

Queries give the same rows before, during and after. Spark is fetched when it is used for the first time. Repeat it as often
as you like, also after it was killed: a run goes on from what history holds.`,
    )
    .action(async (options: { topic?: TopicName; json?: boolean }) => {
      const { compact } = await import('../compact/compact.ts');
      await compact(context, { topic: options.topic, json: options.json === true });
    });
}
