import type { CommandContext } from '../context.ts';
import { fetchEngine } from '../jobs/fetch-engine.ts';
import { outputOf } from '../lake/connection.ts';
import { withRunningLake } from '../lake/running-lake.ts';
import { renderTable } from '../terminal/table.ts';
import type { QueryEngine, QueryFormat } from './formats.ts';
import { findNamedQuery, listNamedQueries } from './named-queries.ts';
import { printCsv, printJson, printTable } from './print-result.ts';
import { readResult, runQuery, sqlLiteral } from './run-query.ts';

export interface QueryOptions {
  readonly sql: string | undefined;
  readonly named: string | undefined;
  /** Values for the statement's `?`, in order. */
  readonly parameters: readonly string[];
  readonly engine: QueryEngine;
  readonly format: QueryFormat;
}

const PRINTERS = { table: printTable, csv: printCsv, json: printJson };

/** `query`: one statement or saved query, its rows to stdout, what it cost to stderr. Without either: the saved queries. */
export async function queryLake(context: CommandContext, options: QueryOptions): Promise<void> {
  if (options.engine === 'trino') await fetchEngine('trino', context);
  await withRunningLake(context, async (lake, clients) => {
    const athena = clients.athenaOn(options.engine);
    const { terminal, signal } = context;
    const workgroup = outputOf(lake, 'query', 'AnalystsWorkGroupName');
    let { sql } = options;
    if (options.named !== undefined) sql = (await findNamedQuery(athena, workgroup, options.named)).sql;
    if (sql === undefined) {
      const queries = await listNamedQueries(athena, workgroup);
      if (options.format === 'json') terminal.print(JSON.stringify(queries, undefined, 2));
      else {
        const rows = queries.map(({ name, description }) => [name, description]);
        terminal.print(renderTable(terminal, [{ name: 'query' }, { name: 'what it tells' }], rows));
      }
      return;
    }
    const started = performance.now();
    const database = outputOf(lake, 'lake', 'DatabaseName');
    const parameters = options.parameters.map(sqlLiteral);
    const finished = await runQuery(athena, { sql, parameters, workgroup, database, signal });
    const rows = await PRINTERS[options.format](terminal, readResult(athena, finished.id));
    const seconds = ((performance.now() - started) / 1000).toFixed(2);
    terminal.note(
      terminal.styledNote(
        'dim',
        `${rows} ${rows === 1 ? 'row' : 'rows'} in ${seconds} s, ${finished.scannedBytes} bytes scanned`,
      ),
    );
  });
}
