import { type Client, DatabaseError, Query, types } from 'pg';
import { TickerlakeError } from '../../core/errors.ts';
import type { ResultColumn } from '../athena/run-query.ts';

/** Columns of a result, once they are known, and its rows as PostgreSQL prints their values. */
export interface RowSink {
  readonly onColumns?: (columns: readonly ResultColumn[]) => void;
  readonly onRow: (row: readonly (string | null)[]) => void;
}

export interface FinishedSql {
  readonly columns: readonly ResultColumn[];
  /** `SELECT`, `SHOW`, `EXPLAIN`, … */
  readonly command: string;
  readonly rows: number;
}

/** Names of the types whose values are numbers or truth values, by their OID: what they are called decides how they are printed. */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  [types.builtins.BOOL]: 'boolean',
  [types.builtins.INT2]: 'smallint',
  [types.builtins.INT4]: 'integer',
  [types.builtins.INT8]: 'bigint',
  [types.builtins.FLOAT4]: 'real',
  [types.builtins.FLOAT8]: 'double',
  [types.builtins.NUMERIC]: 'decimal',
};

/** Every value as the text that the server sends: no number is rounded, no time moved into this machine's zone. */
const AS_TEXT = { getTypeParser: () => (value: unknown) => value } as unknown as typeof types;

/**
 * Runs one statement by the extended protocol, which takes no second one behind a semicolon. Rows are handed on as they come,
 * so that a long result needs no memory. An abort ends the wait; the server learns of it by the end of the connection.
 * @throws TickerlakeError QUERY_FAILED in PostgreSQL's own words, DATABASE_UNAVAILABLE where the connection broke
 */
export async function runSql(
  client: Client,
  sql: string,
  sink: RowSink,
  signal?: AbortSignal,
  values: readonly unknown[] = [],
): Promise<FinishedSql> {
  signal?.throwIfAborted();
  const done = Promise.withResolvers<FinishedSql>();
  const config = { text: sql, values: [...values], types: AS_TEXT, rowMode: 'array', queryMode: 'extended' };
  const query = new Query<string[]>(config);
  let columns: readonly ResultColumn[] | undefined;
  const learn = (fields: readonly { readonly name: string; readonly dataTypeID: number }[]): void => {
    if (columns !== undefined) return;
    columns = fields.map(({ name, dataTypeID }) => ({ name, type: TYPE_NAMES[dataTypeID] ?? 'text' }));
    sink.onColumns?.(columns);
  };
  let rows = 0;
  query.on('row', (row, result) => {
    learn(result?.fields ?? []);
    rows += 1;
    sink.onRow(row);
  });
  query.on('end', (result) => {
    learn(result.fields);
    done.resolve({ columns: columns ?? [], command: result.command, rows });
  });
  query.on('error', (error) => {
    done.reject(explainSql(error, sql));
  });
  client.query(query);
  const cancel = (): void => {
    done.reject(signal?.reason);
  };
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await done.promise;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** The connection, the server's resources, its stop, its machine; but 08P01 is what a client did wrong. */
const NOT_NOW = /^(08(?!P01)|53|57P|58)/;

/** What PostgreSQL says, where in the statement it says it of, and what to try. */
export function explainSql(error: Error, sql: string): TickerlakeError {
  if (!(error instanceof DatabaseError) || NOT_NOW.test(error.code ?? '')) {
    return new TickerlakeError(
      'DATABASE_UNAVAILABLE',
      `the connection to the serving database broke: ${error.message}`,
      {
        cause: error,
        hint: 'the same again; tickerlake status says whether the database is up',
      },
    );
  }
  const { code, message, position, hint } = error;
  const at = position === undefined ? '' : ` at ${place(sql, Number(position))}`;
  return new TickerlakeError('QUERY_FAILED', `${message}${at}`, {
    cause: error,
    coordinates: { sqlState: code ?? '' },
    hint:
      hintFor(code, message) ??
      hint ??
      'the tables are quotes_filtered, latest_quotes and stream_offsets; docs/serving.md describes them',
  });
}

/** The SQLSTATEs for which there is something better to say. https://www.postgresql.org/docs/17/errcodes-appendix.html */
function hintFor(code: string | undefined, message: string): string | undefined {
  switch (code) {
    case '25006':
    case '42501':
      return 'SELECT: this login only reads; serve-quotes alone writes, and a schema changes by a migration (docs/serving.md)';
    case '57014':
      return message.includes('statement timeout')
        ? 'a narrower statement: whole history is in the lake, by tickerlake query'
        : 'the statement again';
    case '42601':
      return message.includes('multiple commands') ? 'one statement at a time' : undefined;
    default:
      return undefined;
  }
}

/** PostgreSQL counts characters from 1; people look for a line and a column. */
function place(sql: string, position: number): string {
  const before = Array.from(sql)
    .slice(0, position - 1)
    .join('');
  const lines = before.split('\n');
  const column = Array.from(lines.at(-1) ?? '').length + 1;
  return sql.includes('\n') ? `line ${lines.length}, column ${column}` : `character ${column}`;
}
