import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { jsonOption, parseSpan } from '../options.ts';

/** Longer than any question to a few indexed tables, shorter than a coffee. */
const DEFAULT_TIMEOUT_MS = 30_000;

export function registerSql(program: Command, context: CommandContext): void {
  program
    .command('sql')
    .description('run read-only PostgreSQL on the serving database (RDS)')
    .argument('<sql>', 'one statement')
    .option('--param <value...>', "values for the statement's $1, $2, …, in order")
    .option(
      '--timeout <span>',
      'give up a statement after this long (default: 30s)',
      parseSpan,
      DEFAULT_TIMEOUT_MS,
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  tickerlake sql "SELECT * FROM latest_quotes ORDER BY symbol"
  tickerlake sql "SELECT ts, latest_price FROM quotes_filtered WHERE symbol = $1 ORDER BY ts DESC LIMIT 20" --param AAPL
  tickerlake sql "SELECT * FROM stream_offsets" --json

It logs in as quotes_reader with an IAM token, as docs/serving.md shows for psql on AWS. Times are UTC.`,
    )
    .action(async (sql: string, options: SqlCommandOptions) => {
      const { queryDatabase } = await import('../serving/query-database.ts');
      await queryDatabase(context, {
        sql,
        parameters: options.param ?? [],
        timeoutMs: options.timeout,
        json: options.json === true,
      });
    });
}

interface SqlCommandOptions {
  readonly param?: readonly string[];
  readonly timeout: number;
  readonly json?: boolean;
}
