import type { Command } from 'commander';
import type { Stage } from '../../core/names.ts';
import type { CommandContext } from '../context.ts';
import { jsonOption, parseCount, stageOption } from '../options.ts';

/** Good records that the demo produces when nobody says otherwise. */
const DEFAULT_RECORDS = 20_000;

export function registerDemo(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description('start everything, stream quotes through it, query them, reconcile, stop')
    .option('--records <n>', 'good records to produce; ten poison records come on top', parseCount)
    .option('--tape <file>', 'newline-delimited JSON quotes to produce instead; no poison is added')
    .option('--batch', 'also load a listing and compact, on Spark, which is fetched when it is missing')
    .addOption(stageOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  tickerlake demo
  tickerlake demo --records 1000000
  tickerlake demo --batch
  tickerlake demo --tape quotes.ndjson
  tickerlake demo --json > demo.json

The exit status is 0 only when every record is accounted for.`,
    )
    .action(
      async (
        options: { records?: number; tape?: string; batch?: boolean; stage: Stage; json?: boolean },
        command: Command,
      ) => {
        if (options.records !== undefined && options.tape !== undefined) {
          command.error("options '--records' and '--tape' exclude each other: a tape is produced whole");
        }
        const { runDemo } = await import('../demo/run-demo.ts');
        const isTrue = await runDemo(context, {
          records: options.records ?? DEFAULT_RECORDS,
          tape: options.tape,
          batch: options.batch === true,
          stage: options.stage,
          json: options.json === true,
        });
        if (!isTrue) context.fail();
      },
    );
}
