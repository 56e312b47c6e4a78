/** GetQueryResults' answer: https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html */
import type { AthenaColumn } from '../types.ts';
import type { ResultRow } from './result-csv.ts';

/** Precision that Athena reports per type; its JDBC driver and awswrangler read it. */
const PRECISION: Readonly<Record<string, number>> = {
  bigint: 19,
  boolean: 0,
  char: 1,
  date: 0,
  double: 17,
  float: 17,
  integer: 10,
  smallint: 5,
  timestamp: 3,
  tinyint: 3,
  varchar: 2147483647,
};

/** `timestamp(3)` -> timestamp, `real` -> float; `decimal(10,2)` keeps precision and scale aside. */
export function columnInfo({ name, type }: AthenaColumn): Readonly<Record<string, unknown>> {
  const [, base = type, precision, scale] =
    /^([a-z]+)(?:\((\d+)(?:,\s*(\d+))?\))?(?: with time zone)?$/i.exec(type) ?? [];
  const plain = base === 'real' ? 'float' : type.endsWith('with time zone') ? `${base} with time zone` : base;
  const isDecimal = plain === 'decimal';
  const isText = plain === 'varchar' || plain === 'char' || plain === 'string';
  return {
    CatalogName: 'hive',
    SchemaName: '',
    TableName: '',
    Name: name,
    Label: name,
    Type: plain,
    Precision: (isDecimal || isText) && precision !== undefined ? Number(precision) : (PRECISION[plain] ?? 0),
    Scale: isDecimal ? Number(scale ?? 0) : 0,
    Nullable: 'UNKNOWN',
    CaseSensitive: isText,
  };
}

export function resultSet(
  columns: readonly AthenaColumn[],
  rows: readonly ResultRow[],
): Readonly<Record<string, unknown>> {
  return {
    Rows: rows.map((row) => ({ Data: row.map((value) => (value === null ? {} : { VarCharValue: value })) })),
    ResultSetMetadata: { ColumnInfo: columns.map(columnInfo) },
  };
}
