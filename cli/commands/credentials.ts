import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { jsonOption } from '../options.ts';

export function registerCredentials(program: Command, context: CommandContext): void {
  program
    .command('credentials')
    .description("print a role's credentials for other AWS and Kafka clients")
    .option(
      '--role <name>',
      'a function such as land-quotes, or a role by name or ARN (default: the operator)',
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  eval "$(tickerlake credentials)" && aws s3 ls
  eval "$(tickerlake credentials --role land-quotes)"
  tickerlake credentials --role produce-quotes --json`,
    )
    .action(async (options: { role?: string; json?: boolean }) => {
      const { printCredentials } = await import('../lake/print-credentials.ts');
      await printCredentials(context, { role: options.role, json: options.json === true });
    });
}
