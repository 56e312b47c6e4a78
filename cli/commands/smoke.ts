import { type Command, InvalidArgumentError } from 'commander';
import type { Stage } from '../../core/names.ts';
import type { CommandContext } from '../context.ts';
import { jsonOption, stageOption } from '../options.ts';

export function registerSmoke(program: Command, context: CommandContext): void {
  program
    .command('smoke')
    .description('check that a stage works, from a topic to a query: after each deployment')
    .addOption(stageOption())
    .option('--aws', 'the stage in the account of the environment, not the lake that runs here')
    .option('--records <n>', 'quotes to produce', parseRecords, DEFAULT_RECORDS)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  tickerlake smoke
  tickerlake smoke --aws --stage dev
  tickerlake smoke --aws --stage prod --json

Produces quotes of test symbols (ZVZZT, …) by function produce-quotes, and waits until Athena shows each once and the speed path
has served what the watchlist keeps; looks at topics, event sources, crawlers, jobs, dead letters and alarms. The quotes stay in the
lake. With --aws it reads the stage's outputs from CloudFormation, with the credentials and region of the environment (AWS_PROFILE,
AWS_REGION). A check that cannot be made from where it runs is skipped and says how to make it: with --aws \`served\`, since the
database is private, and \`topics\` of a serverless cluster. The exit status is 1 if a check failed.`,
    )
    .action(async (options: { stage: Stage; aws?: boolean; records: number; json?: boolean }) => {
      const { stage, aws, records, json } = options;
      const { smoke } = await import('../smoke/smoke.ts');
      await smoke(context, { stage, isDeployed: aws === true, records, json: json === true });
    });
}

const DEFAULT_RECORDS = 100;
/** One request to the brokers: its offsets follow one another, so that they tell the quotes apart from others. */
const MAX_RECORDS = 1000;

function parseRecords(text: string): number {
  const records = Number(text);
  if (/^\d+$/.test(text) && records >= 1 && records <= MAX_RECORDS) return records;
  throw new InvalidArgumentError(`It has to be a whole number from 1 to ${MAX_RECORDS}.`);
}
