import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  InvalidRequestException,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { TickerlakeError } from '../../core/errors.ts';

export interface QueryRequest {
  readonly sql: string;
  /** SQL literals for the `?` of the statement, in order. @default none */
  readonly parameters?: readonly string[] | undefined;
  readonly workgroup: string;
  readonly database: string;
  readonly signal?: AbortSignal | undefined;
}

/** A query that succeeded. */
export interface FinishedQuery {
  readonly id: string;
  /** `s3://…/<id>.csv` */
  readonly outputLocation: string;
  readonly scannedBytes: number;
  readonly engineMs: number;
}

export interface ResultColumn {
  readonly name: string;
  /** Athena's name of the type: varchar, double, bigint, timestamp, … */
  readonly type: string;
}

/** A page of a result; null where the value is null. */
export interface ResultPage {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
}

const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 500;
/** Whoever waits notices the end of a query at most so much of its time too late. */
const POLL_GROWTH = 1.15;

export const DIALECT_HINT =
  'the dialect is Athena\'s: https://docs.aws.amazon.com/athena/latest/ug/ddl-sql-reference.html; `tickerlake query "SHOW COLUMNS IN quotes"` lists the columns';

/**
 * Runs one statement to its end, as every Athena client does: start, poll, and stop it when the caller gives up.
 * A failed query throws QUERY_FAILED with Athena's own reason.
 */
export async function runQuery(athena: AthenaClient, request: QueryRequest): Promise<FinishedQuery> {
  const id = await startQuery(athena, request);
  if (id === undefined) throw new TickerlakeError('QUERY_FAILED', 'Athena gave the query no id');
  try {
    return await waitForEnd(athena, id, request.signal);
  } catch (error) {
    if (request.signal?.aborted === true) {
      await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id })).catch(() => undefined);
    }
    throw error;
  }
}

/** Athena refuses SQL that it cannot parse before there is a query. */
async function startQuery(athena: AthenaClient, request: QueryRequest): Promise<string | undefined> {
  const command = new StartQueryExecutionCommand({
    QueryString: request.sql,
    WorkGroup: request.workgroup,
    QueryExecutionContext: { Database: request.database },
    ...(request.parameters?.length ? { ExecutionParameters: [...request.parameters] } : {}),
  });
  try {
    return (await athena.send(command)).QueryExecutionId;
  } catch (error) {
    if (!(error instanceof InvalidRequestException) || error.AthenaErrorCode !== 'MALFORMED_QUERY')
      throw error;
    throw new TickerlakeError('QUERY_FAILED', firstLine(error.message), { hint: DIALECT_HINT });
  }
}

async function waitForEnd(
  athena: AthenaClient,
  id: string,
  signal: AbortSignal | undefined,
): Promise<FinishedQuery> {
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(LONGEST_POLL_MS, pollMs * POLL_GROWTH)) {
    signal?.throwIfAborted();
    const { QueryExecution: execution } = await athena.send(
      new GetQueryExecutionCommand({ QueryExecutionId: id }),
    );
    const state = execution?.Status?.State;
    if (state === 'SUCCEEDED') {
      return {
        id,
        outputLocation: execution?.ResultConfiguration?.OutputLocation ?? '',
        scannedBytes: execution?.Statistics?.DataScannedInBytes ?? 0,
        engineMs: execution?.Statistics?.EngineExecutionTimeInMillis ?? 0,
      };
    }
    if (state === 'FAILED' || state === 'CANCELLED') {
      const reason = execution?.Status?.StateChangeReason ?? `the query is ${state.toLowerCase()}`;
      throw new TickerlakeError('QUERY_FAILED', firstLine(reason), {
        coordinates: { queryExecutionId: id },
        hint: DIALECT_HINT,
      });
    }
    await sleep(pollMs, undefined, signal === undefined ? {} : { signal });
  }
}

/** The pages of a result, one in memory at a time; the head row that Athena sends first is left out. */
export async function* readResult(athena: AthenaClient, id: string): AsyncGenerator<ResultPage> {
  let token: string | undefined;
  let isFirst = true;
  do {
    const answer = await athena.send(
      new GetQueryResultsCommand({ QueryExecutionId: id, MaxResults: 1000, NextToken: token }),
    );
    const columns = (answer.ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map((column) => ({
      name: column.Name ?? '',
      type: column.Type ?? 'varchar',
    }));
    const rows = (answer.ResultSet?.Rows ?? []).map((row) => {
      const values = (row.Data ?? []).map((datum) => datum.VarCharValue ?? null);
      // SHOW and DESCRIBE answer in lines, whose values tabs part.
      return columns.length > 1 && values.length === 1 ? (values[0]?.split('\t') ?? values) : values;
    });
    const isHead = isFirst && rows[0]?.every((value, index) => value === columns[index]?.name) === true;
    yield { columns, rows: isHead ? rows.slice(1) : rows };
    isFirst = false;
    token = answer.NextToken;
  } while (token !== undefined);
}

/** A word from the command line as a SQL literal: a number, truth value or literal stands for itself, all else is text. */
export function sqlLiteral(word: string): string {
  const isLiteral = /^(?:[a-z]+ )?'.*'$|^[+-]?\d+(?:\.\d+)?$|^(?:true|false|null)$/is.test(word);
  return isLiteral ? word : `'${word.replaceAll("'", "''")}'`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
