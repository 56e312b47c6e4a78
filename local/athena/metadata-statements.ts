/** SHOW and DESCRIBE, answered from the catalog: https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html */
import type { Table } from '@aws-sdk/client-glue';
import { type Catalog, columnsOf, isView, parseView } from './catalog.ts';
import { notSupported, QueryFailure } from './errors.ts';
import { type IcebergTable, isIceberg } from './iceberg/iceberg-table.ts';
import { type Evaluate, findPartitions } from './partitions.ts';
import { isProjected } from './projection.ts';

export interface MetadataAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

interface Request {
  readonly catalog: Catalog;
  readonly database: string | undefined;
  readonly evaluate: Evaluate;
  readonly openIceberg: (table: Table) => Promise<IcebergTable>;
}

type Handler = (words: string, request: Request) => Promise<MetadataAnswer>;

const HANDLERS: readonly [RegExp, Handler][] = [
  [/^SHOW\s+(?:DATABASES|SCHEMAS)\b/i, showDatabases],
  [/^SHOW\s+TABLES\b/i, (words, request) => showTables(words, request, 'tab_name', () => true)],
  [/^SHOW\s+VIEWS\b/i, (words, request) => showTables(words, request, 'views', isView)],
  [/^SHOW\s+COLUMNS\s+(?:FROM|IN)\b/i, showColumns],
  [/^SHOW\s+PARTITIONS\b/i, showPartitions],
  [/^SHOW\s+TBLPROPERTIES\b/i, showProperties],
  [/^SHOW\s+CREATE\s+VIEW\b/i, showCreateView],
  [/^SHOW\s+CREATE\s+TABLE\b/i, showCreateTable],
  [/^(?:DESCRIBE|DESC)\b(?:\s+(?:EXTENDED|FORMATTED)\b)?/i, describe],
];

/** Throws NOT_SUPPORTED for a SHOW that is not among those above. */
export async function answerMetadata(sql: string, request: Request): Promise<MetadataAnswer> {
  for (const [pattern, handler] of HANDLERS) {
    const match = pattern.exec(sql);
    if (match !== null) return handler(sql.slice(match[0].length).trim(), request);
  }
  throw notSupported(
    `${sql.split(/\s+/).slice(0, 2).join(' ').toUpperCase()} is not run by the local engine`,
    'there are SHOW DATABASES, TABLES, VIEWS, COLUMNS, PARTITIONS, TBLPROPERTIES, CREATE TABLE, CREATE VIEW, and DESCRIBE',
  );
}

async function showDatabases(words: string, { catalog }: Request): Promise<MetadataAnswer> {
  const matches = patternOf(words);
  return {
    columns: ['database_name'],
    rows: (await catalog.databases()).filter(matches).map((name) => [name]),
  };
}

async function showTables(
  words: string,
  { catalog, database }: Request,
  column: string,
  wanted: (table: Table) => boolean,
): Promise<MetadataAnswer> {
  const [, , named] = /^(IN|FROM)\s+[`"]?(\w+)[`"]?/i.exec(words) ?? [];
  const matches = patternOf(words.replace(/^(?:IN|FROM)\s+\S+/i, ''));
  const tables = await catalog.tables(required(named ?? database));
  const names = tables.filter(wanted).map(({ Name = '' }) => Name);
  return { columns: [column], rows: names.filter(matches).map((name) => [name]) };
}

async function showColumns(words: string, request: Request): Promise<MetadataAnswer> {
  const [, name = '', other] = /^(\S+)(?:\s+(?:FROM|IN)\s+(\S+))?$/i.exec(words) ?? [];
  const table = await tableOf(other === undefined ? name : `${other}.${name}`, request);
  return { columns: ['field'], rows: columnsOf(table).map(({ Name = '' }) => [Name]) };
}

async function showPartitions(words: string, request: Request): Promise<MetadataAnswer> {
  const table = await tableOf(words, request);
  if (isIceberg(table))
    throw new QueryFailure(
      'NOT_SUPPORTED',
      `${table.Name ?? ''} is an Iceberg table: SELECT * FROM "${table.Name ?? ''}$partitions" lists its partitions`,
    );
  const keys = (table.PartitionKeys ?? []).map(({ Name = '' }) => Name);
  if (keys.length === 0)
    throw new QueryFailure('INVALID_TABLE', `Table ${table.Name ?? ''} is not a partitioned table`);
  if (isProjected(table.Parameters ?? {}))
    throw new QueryFailure(
      'NOT_SUPPORTED',
      `the partitions of ${table.Name ?? ''} are projected, none is registered: query the table with its keys in WHERE`,
    );
  const { touched } = await findPartitions(
    table,
    { ...nameOf(words, request.database), columns: [], partitionFilter: null, equalities: {}, ranges: {} },
    request.catalog,
    request.evaluate,
  );
  const rows = touched.map(({ values }) => [
    values.map((value, index) => `${keys[index] ?? ''}=${value}`).join('/'),
  ]);
  return { columns: ['partition'], rows: rows.sort() };
}

async function showProperties(words: string, request: Request): Promise<MetadataAnswer> {
  const [, name = '', wanted] = /^([^\s(]+)\s*(?:\(\s*'([^']*)'\s*\))?$/.exec(words) ?? [];
  const table = await tableOf(name, request);
  const properties = Object.entries(table.Parameters ?? {}).filter(
    ([key]) => wanted === undefined || key === wanted,
  );
  return { columns: ['prpt_name', 'prpt_value'], rows: properties.sort() };
}

async function showCreateView(words: string, request: Request): Promise<MetadataAnswer> {
  const table = await tableOf(words, request);
  if (!isView(table)) throw new QueryFailure('INVALID_TABLE', `${table.Name ?? ''} is not a view`);
  const lines = `CREATE VIEW ${table.Name ?? ''} AS\n${parseView(table).originalSql}`.split('\n');
  return { columns: ['create view'], rows: lines.map((line) => [line]) };
}

async function showCreateTable(words: string, request: Request): Promise<MetadataAnswer> {
  const table = await tableOf(words, request);
  if (isView(table))
    throw new QueryFailure('INVALID_TABLE', `${table.Name ?? ''} is a view: SHOW CREATE VIEW shows it`);
  const { database } = nameOf(words, request.database);
  if (isIceberg(table)) return showCreateIceberg(table, `${database}.${table.Name ?? ''}`, request);
  const columns = (list: Table['PartitionKeys']): string[] =>
    (list ?? []).map(
      ({ Name = '', Type = '' }, index, all) => `  \`${Name}\` ${Type}${index < all.length - 1 ? ',' : ')'}`,
    );
  const storage = table.StorageDescriptor;
  const properties = Object.entries(table.Parameters ?? {}).sort();
  const lines = [
    `CREATE EXTERNAL TABLE \`${database}.${table.Name ?? ''}\`(`,
    ...columns(storage?.Columns),
    ...((table.PartitionKeys ?? []).length > 0 ? ['PARTITIONED BY (', ...columns(table.PartitionKeys)] : []),
    'ROW FORMAT SERDE',
    `  '${storage?.SerdeInfo?.SerializationLibrary ?? ''}'`,
    'STORED AS INPUTFORMAT',
    `  '${storage?.InputFormat ?? ''}'`,
    'OUTPUTFORMAT',
    `  '${storage?.OutputFormat ?? ''}'`,
    'LOCATION',
    `  '${storage?.Location ?? ''}'`,
    'TBLPROPERTIES (',
    ...properties.map(
      ([key, value], index) => `  '${key}'='${value}'${index < properties.length - 1 ? ',' : ')'}`,
    ),
  ];
  return { columns: ['createtab_stmt'], rows: lines.map((line) => [line]) };
}

async function showCreateIceberg(
  table: Table,
  name: string,
  { openIceberg }: Request,
): Promise<MetadataAnswer> {
  const columns = columnsOf(table);
  const keys = (await openIceberg(table)).partitionedBy();
  const lines = [
    `CREATE TABLE ${name} (`,
    ...columns.map(
      ({ Name = '', Type = '' }, index) => `  ${Name} ${Type}${index < columns.length - 1 ? ',' : ')'}`,
    ),
    ...(keys.length > 0 ? [`PARTITIONED BY (${keys.join(', ')})`] : []),
    `LOCATION '${table.StorageDescriptor?.Location ?? ''}'`,
    "TBLPROPERTIES ('table_type'='iceberg')",
  ];
  return { columns: ['createtab_stmt'], rows: lines.map((line) => [line]) };
}

async function describe(words: string, request: Request): Promise<MetadataAnswer> {
  const table = await tableOf(words.split(/\s+/)[0] ?? '', request);
  const row = ({ Name = '', Type = '', Comment = '' }): string[] => [Name, Type, Comment];
  const keys = (table.PartitionKeys ?? []).map(row);
  return {
    columns: ['col_name', 'data_type', 'comment'],
    rows: [
      ...columnsOf(table).map(row),
      ...(keys.length === 0
        ? []
        : [
            ['', '', ''],
            ['# Partition Information', '', ''],
            ['# col_name', 'data_type', 'comment'],
            ...keys,
          ]),
    ],
  };
}

function required(database: string | undefined): string {
  if (database === undefined)
    throw new QueryFailure('MISSING_SCHEMA_NAME', 'Schema must be specified when session schema is not set');
  return database.toLowerCase();
}

function nameOf(
  text: string,
  database: string | undefined,
): { readonly database: string; readonly table: string } {
  const parts = text.replaceAll(/[`"]/g, '').toLowerCase().split('.');
  const table = parts.at(-1) ?? '';
  return { table, database: parts.at(-2) ?? required(database) };
}

async function tableOf(text: string, { catalog, database }: Request): Promise<Table> {
  const name = nameOf(text, database);
  const table = await catalog.findTable(name.database, name.table);
  if (table !== undefined) return table;
  throw new QueryFailure(
    'TABLE_NOT_FOUND',
    `Table 'awsdatacatalog.${name.database}.${name.table}' does not exist`,
  );
}

/** `LIKE 'q*|r*'` of Hive: * for any text, | between alternatives. Everything where there is none. */
function patternOf(words: string): (name: string) => boolean {
  const [, text] = /'([^']*)'/.exec(words) ?? [];
  if (text === undefined) return () => true;
  const alternatives = text
    .split('|')
    .map((part) => part.replaceAll(/[.+?^${}()[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*'));
  const pattern = new RegExp(`^(?:${alternatives.join('|')})$`, 'i');
  return (name) => pattern.test(name);
}
