/** information_schema, whose tables are made from the catalog when a query asks. */
import { type Catalog, columnsOf, isView, parseView } from './catalog.ts';
import { parseHiveType } from './hive-types.ts';
import { identifier, literal } from './sql-text.ts';
import type { CatalogEntry } from './translator.ts';

export const INFORMATION_SCHEMA = 'information_schema';
const CATALOG = 'awsdatacatalog';

const TABLES: Readonly<Record<string, readonly string[]>> = {
  schemata: ['catalog_name', 'schema_name'],
  tables: ['table_catalog', 'table_schema', 'table_name', 'table_type'],
  columns: [
    'table_catalog',
    'table_schema',
    'table_name',
    'column_name',
    'ordinal_position',
    'column_default',
    'is_nullable',
    'data_type',
    'comment',
  ],
  views: ['table_catalog', 'table_schema', 'table_name', 'view_definition'],
};
const NUMBERS = new Set(['ordinal_position']);

export function informationSchemaEntry(table: string): CatalogEntry | null {
  const columns = TABLES[table];
  if (columns === undefined) return null;
  return {
    kind: 'table',
    columns: columns.map((name) => ({ name, type: NUMBERS.has(name) ? 'bigint' : 'varchar' })),
    partitionKeys: [],
  };
}

/** The table's rows as a DuckDB relation. */
export async function informationSchemaRelation(table: string, catalog: Catalog): Promise<string> {
  const columns = TABLES[table] ?? [];
  const rows = await rowsOf(table, catalog);
  const values = rows.map(
    (row) => `(${row.map((value) => (value === null ? 'NULL' : literal(value))).join(', ')})`,
  );
  const typed = columns.map(
    (name) =>
      `CAST(${identifier(name)} AS ${NUMBERS.has(name) ? 'BIGINT' : 'VARCHAR'}) AS ${identifier(name)}`,
  );
  const empty = `(${columns.map(() => 'NULL').join(', ')})`;
  const from = `(VALUES ${values.length === 0 ? empty : values.join(', ')}) AS t(${columns.map(identifier).join(', ')})`;
  return `(SELECT ${typed.join(', ')} FROM ${from}${values.length === 0 ? ' WHERE false' : ''})`;
}

async function rowsOf(table: string, catalog: Catalog): Promise<(string | null)[][]> {
  const databases = await catalog.databases();
  if (table === 'schemata') return [...databases, INFORMATION_SCHEMA].map((name) => [CATALOG, name]);
  const rows: (string | null)[][] = [];
  for (const database of databases) {
    for (const found of await catalog.tables(database)) {
      const name = found.Name ?? '';
      if (table === 'tables') rows.push([CATALOG, database, name, isView(found) ? 'VIEW' : 'BASE TABLE']);
      else if (table === 'views' && isView(found))
        rows.push([CATALOG, database, name, parseView(found).originalSql]);
      else if (table === 'columns')
        for (const [index, { Name = '', Type = '', Comment }] of columnsOf(found).entries())
          rows.push([
            CATALOG,
            database,
            name,
            Name,
            String(index + 1),
            null,
            'YES',
            trino(Type),
            Comment ?? null,
          ]);
    }
  }
  return rows;
}

/** A type that Athena does not know is shown as it stands: one odd table must not hide the others. */
function trino(type: string): string {
  try {
    return parseHiveType(type).trino;
  } catch {
    return type;
  }
}
