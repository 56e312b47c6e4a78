/**
 * The file beside a result, `<id>.csv.metadata`, by which the JDBC driver knows the columns. AWS does not document it: a message of
 * Protocol Buffers, whose fields are as people found them in Athena's files.
 */
import type { Members } from './members.ts';

const QUERY_ID = 1;
const COLUMN = 4;
const NULLABLE_UNKNOWN = 3;

/** Fields of a column, by member of ColumnInfo. */
const TEXT_FIELDS = [
  [1, 'CatalogName'],
  [4, 'Name'],
  [5, 'Label'],
  [6, 'Type'],
] as const;

/** Types without precision and scale; those without letter case as well have it false. */
const UNMEASURED = new Set(['boolean', 'interval day to second', 'interval year to month']);
const PLAIN = new Set(['array', 'map', 'row', 'json', 'uuid', 'ipaddress', 'string']);

/** @param columns as GetQueryResults tells them */
export function renderMetadata(queryId: string, columns: readonly Members[]): Buffer {
  return Buffer.concat([
    bytes(QUERY_ID, Buffer.from(queryId)),
    ...columns.map((column) => bytes(COLUMN, ofColumn(column))),
  ]);
}

function ofColumn(column: Members): Buffer {
  const type = String(column['Type']);
  const isMeasured = !UNMEASURED.has(type) && !PLAIN.has(type);
  return Buffer.concat([
    ...TEXT_FIELDS.map(([field, member]) => bytes(field, Buffer.from(String(column[member])))),
    ...(isMeasured && type !== 'date' ? [number(7, Number(column['Precision']))] : []),
    ...(isMeasured ? [number(8, Number(column['Scale']))] : []),
    number(9, NULLABLE_UNKNOWN),
    ...(PLAIN.has(type) ? [] : [number(10, column['CaseSensitive'] === true ? 1 : 0)]),
  ]);
}

/** https://protobuf.dev/programming-guides/encoding/ */
function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

function varint(value: number): Buffer {
  const digits: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) digits.push((rest % 128) | 128);
  return Buffer.from([...digits, rest]);
}
