import { type Command, Option } from 'commander';
import { QUERY_ENGINES, QUERY_FORMATS, type QueryEngine, type QueryFormat } from '../athena/formats.ts';
import type { CommandContext } from '../context.ts';
import { jsonOption } from '../options.ts';

export function registerQuery(program: Command, context: CommandContext): void {
  program
    .command('query')
    .description('run Athena SQL on the running lake')
    .argument('[sql]', 'one statement')
    .option('--named <name>', 'a saved query of the workgroup')
    .option('--param <value...>', "values for the statement's ?, in order")
    .option('--list', 'list the saved queries')
    .addOption(
      new Option(
        '--engine <engine>',
        'what runs it here: DuckDB by translation, or Trino itself (800 MB at first)',
      )
        .choices(QUERY_ENGINES)
        .default('duckdb'),
    )
    .addOption(new Option('--format <format>', 'how to print').choices(QUERY_FORMATS).default('table'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  tickerlake query "SELECT symbol, max(latest_price) AS high FROM quotes GROUP BY 1 ORDER BY 2 DESC LIMIT 5"
  tickerlake query --list
  tickerlake query --named candles-5m
  tickerlake query --named top-movers --engine trino
  tickerlake query "SELECT * FROM quotes WHERE symbol = ?" --param AAPL --format csv > aapl.csv`,
    )
    .action(async (sql: string | undefined, options: QueryCommandOptions, command: Command) => {
      const asked = [sql, options.named, options.list].filter((value) => value !== undefined);
      if (asked.length !== 1) command.error('query takes one of "SQL", --named <name> and --list');
      const { queryLake } = await import('../athena/query-lake.ts');
      await queryLake(context, {
        sql,
        named: options.named,
        parameters: options.param ?? [],
        engine: options.engine,
        format: options.json === true ? 'json' : options.format,
      });
    });
}

interface QueryCommandOptions {
  readonly named?: string;
  readonly param?: readonly string[];
  readonly list?: boolean;
  readonly engine: QueryEngine;
  readonly format: QueryFormat;
  readonly json?: boolean;
}
