import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Stage } from '../../core/names.ts';
import type { CommandContext } from '../context.ts';
import { jsonOption, stageOption } from '../options.ts';

export function registerCost(program: Command, context: CommandContext): void {
  program
    .command('cost')
    .description('what a stage costs a month, from its templates: at 10, 1,000 and 100,000 quotes a second')
    .addOption(stageOption())
    .option('--quotes-per-second <n>', 'one load instead; 0 is an idle lake', parseLoad)
    .option('--profile <file>', 'JSON with what differs from the usual load: docs/cost.md')
    .addOption(jsonOption().conflicts('markdown'))
    .addOption(new Option('--markdown', 'print Markdown, as docs/cost.md has it'))
    .addHelpText(
      'after',
      `
Examples:
  tickerlake cost
  tickerlake cost --stage prod --quotes-per-second 250
  tickerlake cost --stage prod --profile load.json --json`,
    )
    .action(async (options: CostCommandOptions) => {
      const { runCost } = await import('../cost/run-cost.ts');
      await runCost(context, {
        stage: options.stage,
        quotesPerSecond: options.quotesPerSecond,
        profile: options.profile,
        format: options.json === true ? 'json' : options.markdown === true ? 'markdown' : 'table',
      });
    });
}

/** Quotes a second; `100_000` and `100,000` are numbers too. */
export function parseLoad(text: string): number {
  const digits = text.replaceAll(/(?<=\d)[_,](?=\d{3})/g, '');
  const load = Number(digits);
  if (digits.trim() !== '' && Number.isFinite(load) && load >= 0 && load <= MOST_QUOTES_PER_SECOND)
    return load;
  throw new InvalidArgumentError(
    `It has to be a number of quotes a second from 0 to ${MOST_QUOTES_PER_SECOND}.`,
  );
}

const MOST_QUOTES_PER_SECOND = 1e9;

interface CostCommandOptions {
  readonly stage: Stage;
  readonly quotesPerSecond?: number;
  readonly profile?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
}
