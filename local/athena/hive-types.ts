/** The catalog's types (Hive's) as DuckDB and as Athena's SQL (Trino) name them. */
import { QueryFailure } from './errors.ts';

export interface ColumnType {
  /** Type in DuckDB's SQL. */
  readonly duckdb: string;
  /** Type in Athena's SQL. */
  readonly trino: string;
  /** Physical types of a Parquet column that hold it; undefined for nested types, which are not checked. */
  readonly parquet?: readonly string[];
}

const INTEGERS = ['INT32', 'INT64'];
const TEXT = ['BYTE_ARRAY'];
const DECIMALS = ['INT32', 'INT64', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'];
const PRIMITIVES: Readonly<Record<string, ColumnType>> = {
  string: { duckdb: 'VARCHAR', trino: 'varchar', parquet: TEXT },
  boolean: { duckdb: 'BOOLEAN', trino: 'boolean', parquet: ['BOOLEAN'] },
  tinyint: { duckdb: 'TINYINT', trino: 'tinyint', parquet: INTEGERS },
  smallint: { duckdb: 'SMALLINT', trino: 'smallint', parquet: INTEGERS },
  int: { duckdb: 'INTEGER', trino: 'integer', parquet: INTEGERS },
  integer: { duckdb: 'INTEGER', trino: 'integer', parquet: INTEGERS },
  bigint: { duckdb: 'BIGINT', trino: 'bigint', parquet: INTEGERS },
  float: { duckdb: 'FLOAT', trino: 'real', parquet: ['FLOAT'] },
  double: { duckdb: 'DOUBLE', trino: 'double', parquet: ['DOUBLE', 'FLOAT'] },
  date: { duckdb: 'DATE', trino: 'date', parquet: ['INT32'] },
  timestamp: { duckdb: 'TIMESTAMP', trino: 'timestamp(3)', parquet: ['INT64', 'INT96'] },
  binary: { duckdb: 'BLOB', trino: 'varbinary', parquet: ['BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'] },
};

/**
 * `array<struct<name:string,value:binary>>` and the like.
 * @throws QueryFailure HIVE_INVALID_METADATA for a type that Athena does not know
 */
export function parseHiveType(text: string): ColumnType {
  const type = text.trim().toLowerCase();
  const primitive = PRIMITIVES[type];
  if (primitive !== undefined) return primitive;
  const [, name = '', inside = ''] =
    /^(decimal|varchar|char)\s*\((.+)\)$/.exec(type) ?? /^(array|map|struct)\s*<(.+)>$/.exec(type) ?? [];
  switch (name) {
    case 'decimal':
      return { duckdb: `DECIMAL(${inside})`, trino: `decimal(${inside})`, parquet: DECIMALS };
    case 'varchar':
    case 'char':
      return { duckdb: 'VARCHAR', trino: `${name}(${inside})`, parquet: TEXT };
    case 'array': {
      const element = parseHiveType(inside);
      return { duckdb: `${element.duckdb}[]`, trino: `array(${element.trino})` };
    }
    case 'map': {
      const [key, value] = splitTop(inside).map(parseHiveType);
      if (key === undefined || value === undefined) throw unknownType(text);
      return { duckdb: `MAP(${key.duckdb}, ${value.duckdb})`, trino: `map(${key.trino}, ${value.trino})` };
    }
    case 'struct': {
      const fields = splitTop(inside).map((field) => {
        const colon = field.indexOf(':');
        return { name: field.slice(0, colon).trim(), type: parseHiveType(field.slice(colon + 1)) };
      });
      const list = (form: (field: (typeof fields)[number]) => string): string => fields.map(form).join(', ');
      return {
        duckdb: `STRUCT(${list((field) => `"${field.name}" ${field.type.duckdb}`)})`,
        trino: `row(${list((field) => `${field.name} ${field.type.trino}`)})`,
      };
    }
    default:
      throw unknownType(text);
  }
}

function unknownType(text: string): QueryFailure {
  return new QueryFailure(
    'HIVE_INVALID_METADATA',
    `the catalog declares a type that Athena does not know: ${text}`,
  );
}

/** Splits at commas that stand in no brackets. */
function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if ('<('.includes(char)) depth++;
    else if ('>)'.includes(char)) depth--;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}
