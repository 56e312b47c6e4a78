import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { jsonOption, parseCount, parseRate } from '../options.ts';
import type { ProduceOptions } from '../produce/produce-into-lake.ts';

export function registerProduce(program: Command, context: CommandContext): void {
  program
    .command('produce')
    .description('stream quotes into the running lake')
    .option('--records <n>', 'simulated quotes to produce (default: 1000)', parseCount)
    .option('--tape <file>', 'newline-delimited JSON quotes to produce instead of simulated ones')
    .option('--listing <csv>', 'symbols to simulate: a NASDAQ listing with a Symbol column')
    .option('--rate <r>', 'records a second (default: as fast as it goes)', parseRate)
    .option('--poison', 'also one record that breaks each quality rule, straight to the broker')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  tickerlake produce --records 50000
  tickerlake produce --records 6000 --rate 100
  tickerlake produce --listing nasdaq-listed.csv
  tickerlake produce --tape quotes.ndjson
  tickerlake produce --records 100 --poison

A line of a tape that does not parse is skipped and counted; a quote that breaks a quality rule is produced and quarantined.`,
    )
    .action(async (options: ProduceOptions, command: Command) => {
      if (options.tape !== undefined && (options.records ?? options.listing) !== undefined) {
        command.error("option '--tape' excludes '--records' and '--listing': a tape is produced whole");
      }
      const { produceIntoLake } = await import('../produce/produce-into-lake.ts');
      await produceIntoLake(context, options);
    });
}
