/** GetQueryResults' answer: https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html */
import type { AthenaColumn } from '../types.ts';
import type { Members } from './members.ts';
import type { ResultRow } from './result-csv.ts';
import type { StatementKind } from './statement-kind.ts';

/** Precision that Athena reports per type; its JDBC driver and awswrangler read it. */
const PRECISION: Readonly<Record<string, number>> = {
  bigint: 19,
  char: 1,
  double: 17,
  float: 17,
  integer: 10,
  smallint: 5,
  time: 3,
  'time with time zone': 3,
  timestamp: 3,
  'timestamp with time zone': 3,
  tinyint: 3,
  varbinary: 1073741824,
  varchar: 2147483647,
};

/** `timestamp(3)` -> timestamp, `real` -> float, `array(varchar)` -> array; `decimal(10,2)` keeps precision and scale aside. */
export function columnInfo({ name, type }: AthenaColumn): Members {
  const [, base = type, precision, scale, zone = ''] =
    /^([a-z ]+?)(?:\((\d+)(?:,\s*(\d+))?\))?( with time zone)?$/i.exec(type) ?? [];
  const nested = /^(array|map|row)\(/i.exec(type)?.[1];
  const plain = nested ?? (base === 'real' ? 'float' : `${base}${zone}`);
  const isDecimal = plain === 'decimal';
  const isText = plain === 'varchar' || plain === 'char';
  return {
    ...named(name),
    Type: plain,
    Precision: (isDecimal || isText) && precision !== undefined ? Number(precision) : (PRECISION[plain] ?? 0),
    Scale: isDecimal ? Number(scale ?? 0) : 0,
    Nullable: 'UNKNOWN',
    CaseSensitive: isText,
  };
}

/** Hive answers about tables, Trino about views. */
const TOLD_BY_TRINO = new Set(['SHOW_VIEWS', 'SHOW_CREATE_VIEW']);

/** Columns as the statement's kind has them: those of SHOW and DESCRIBE are texts without a length. */
export function columnInfos(
  columns: readonly AthenaColumn[],
  kind: StatementKind | undefined,
): readonly Members[] {
  if (kind?.type !== 'UTILITY') return columns.map(columnInfo);
  return columns.map(({ name }) => ({
    ...named(name),
    Type: TOLD_BY_TRINO.has(kind.subtype) ? 'varchar' : 'string',
    Precision: 0,
    Scale: 0,
    Nullable: 'UNKNOWN',
    CaseSensitive: false,
  }));
}

function named(name: string): Members {
  return { CatalogName: 'hive', SchemaName: '', TableName: '', Name: name, Label: name };
}

export function resultSet(columns: readonly Members[], rows: readonly ResultRow[]): Members {
  return {
    Rows: rows.map((row) => ({ Data: row.map((value) => (value === null ? {} : { VarCharValue: value })) })),
    ResultSetMetadata: { ColumnInfo: columns },
  };
}
