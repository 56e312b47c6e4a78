import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { jsonOption } from '../options.ts';

export function registerListing(program: Command, context: CommandContext): void {
  program
    .command('listing')
    .description('load a NASDAQ listing into table nasdaq_listed, or show the one that is loaded')
    .argument('[file]', 'fields by comma or by bar, named by the first row; without it, what is loaded')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  tickerlake listing nasdaqlisted.txt
  tickerlake listing
  tickerlake listing --json

The file is dropped under reference/nasdaq_listed/, as anybody may do: the workflow that this starts crawls it, and a Spark job
cleans the newest file into the table. An older file than the loaded one changes nothing, and so does a broken one, which fails.`,
    )
    .action(async (file: string | undefined, options: { json?: boolean }) => {
      const { listing } = await import('../listing/load-listing.ts');
      await listing(context, { file, json: options.json === true });
    });
}
