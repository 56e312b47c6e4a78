/** The Glue catalog as a caller may see it: the only source of tables, columns, types, locations and partitions. */
import {
  type Column,
  GetTableCommand,
  type GlueClient,
  paginateGetDatabases,
  paginateGetPartitions,
  paginateGetTables,
  type Table,
} from '@aws-sdk/client-glue';
import { QueryFailure } from './errors.ts';
import { parseHiveType } from './hive-types.ts';
import type { CatalogEntry } from './translator.ts';

/** A partition that is registered: its key values in the keys' order, and where its files lie. */
export interface RegisteredPartition {
  readonly values: readonly string[];
  readonly location: string;
}

const VIEW = /^\/\* Presto View: ([A-Za-z0-9+/=]+) \*\/$/;

export class Catalog {
  readonly #glue: GlueClient;
  readonly #signal: { readonly abortSignal: AbortSignal };

  constructor(glue: GlueClient, signal: AbortSignal) {
    this.#glue = glue;
    this.#signal = { abortSignal: signal };
  }

  /** The table or view as Glue returns it, or undefined where there is none of that name. */
  async findTable(database: string, name: string): Promise<Table | undefined> {
    try {
      const command = new GetTableCommand({ DatabaseName: database, Name: name });
      const { Table: table } = await this.#glue.send(command, this.#signal);
      return table;
    } catch (error) {
      if ((error as Error).name === 'EntityNotFoundException') return undefined;
      throw catalogFailure(error);
    }
  }

  async databases(): Promise<string[]> {
    const names: string[] = [];
    for await (const page of paginateGetDatabases({ client: this.#glue }, {}, this.#signal))
      for (const { Name = '' } of page.DatabaseList ?? []) names.push(Name);
    return names.sort();
  }

  /** Throws SCHEMA_NOT_FOUND for a database that is not there. */
  async tables(database: string): Promise<Table[]> {
    const tables: Table[] = [];
    try {
      const pages = paginateGetTables({ client: this.#glue }, { DatabaseName: database }, this.#signal);
      for await (const page of pages) tables.push(...(page.TableList ?? []));
    } catch (error) {
      if ((error as Error).name !== 'EntityNotFoundException') throw catalogFailure(error);
      throw new QueryFailure('SCHEMA_NOT_FOUND', `Schema '${database}' does not exist`);
    }
    return tables.sort((a, b) => ((a.Name ?? '') < (b.Name ?? '') ? -1 : 1));
  }

  async partitions(database: string, table: string): Promise<RegisteredPartition[]> {
    const partitions: RegisteredPartition[] = [];
    const input = { DatabaseName: database, TableName: table, ExcludeColumnSchema: true };
    try {
      for await (const page of paginateGetPartitions({ client: this.#glue }, input, this.#signal))
        for (const { Values, StorageDescriptor } of page.Partitions ?? [])
          partitions.push({ values: Values ?? [], location: StorageDescriptor?.Location ?? '' });
    } catch (error) {
      throw catalogFailure(error);
    }
    return partitions;
  }
}

function catalogFailure(error: unknown): unknown {
  const { name, message } = error as Error;
  if (name === 'AccessDeniedException' || name === 'AccessDenied')
    return new QueryFailure('PERMISSION_DENIED', `Insufficient permissions to execute the query. ${message}`);
  return error;
}

export function isView(table: Table): boolean {
  return table.TableType === 'VIRTUAL_VIEW';
}

/** What the translator has to know of it. Throws INVALID_VIEW for a view that was not made by Athena's rules. */
export function entryOf(table: Table, database: string): CatalogEntry {
  if (isView(table)) {
    const { originalSql, schema, columns } = parseView(table);
    return { kind: 'view', sql: originalSql, database: schema ?? database, columns };
  }
  const columns = [...(table.StorageDescriptor?.Columns ?? []), ...(table.PartitionKeys ?? [])];
  return {
    kind: 'table',
    columns: columns.map(({ Name = '', Type = '' }) => ({
      name: Name.toLowerCase(),
      type: parseHiveType(Type).trino,
    })),
    partitionKeys: (table.PartitionKeys ?? []).map(({ Name = '' }) => Name.toLowerCase()),
  };
}

export interface PrestoView {
  readonly originalSql: string;
  readonly schema?: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** https://docs.aws.amazon.com/athena/latest/ug/views.html: base64 JSON in a comment, as Trino's hive connector reads it. */
export function parseView(table: Table): PrestoView {
  const [, text] = VIEW.exec(table.ViewOriginalText ?? '') ?? [];
  try {
    const view = JSON.parse(Buffer.from(text ?? '', 'base64').toString()) as Partial<PrestoView>;
    if (typeof view.originalSql !== 'string' || !Array.isArray(view.columns))
      throw new Error('parts are missing');
    return view as PrestoView;
  } catch (cause) {
    throw new QueryFailure('INVALID_VIEW', `View '${table.Name ?? ''}' holds no Presto view text`, { cause });
  }
}

/** Iceberg leaves columns that its schema had once in the catalog, and says so of each. */
export function columnsOf(table: Table): readonly Column[] {
  const columns = [...(table.StorageDescriptor?.Columns ?? []), ...(table.PartitionKeys ?? [])];
  return columns.filter(({ Parameters }) => Parameters?.['iceberg.field.current'] !== 'false');
}
