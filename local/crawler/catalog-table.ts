/** What a crawler writes into the Data Catalog, and how it writes a relation of PostgreSQL. */
import type { RelationName } from './jdbc-target.ts';

export interface RelationColumn {
  readonly name: string;
  /** `data_type` of information_schema.columns. */
  readonly type: string;
  /** `udt_name`: an array's element type with an underscore before it. */
  readonly udt: string;
  readonly precision: number | null;
  readonly scale: number | null;
}

export interface Relation extends RelationName {
  readonly kind: 'table' | 'view';
  readonly columns: readonly RelationColumn[];
}

/** The part of Glue's TableInput that a crawler fills. */
export interface CrawledTable {
  readonly Name: string;
  readonly Owner: string;
  readonly TableType: 'EXTERNAL_TABLE';
  /** @default none, as a relation has */
  readonly PartitionKeys?: readonly { readonly Name: string; readonly Type: string }[];
  readonly Parameters: Readonly<Record<string, string>>;
  readonly StorageDescriptor: {
    readonly Columns: readonly { readonly Name: string; readonly Type: string }[];
    readonly Location: string;
    readonly Compressed: false;
    readonly Parameters: Readonly<Record<string, string>>;
    /** Of files. */
    readonly InputFormat?: string;
    readonly OutputFormat?: string;
    readonly SerdeInfo?: {
      readonly SerializationLibrary: string;
      readonly Parameters: Readonly<Record<string, string>>;
    };
  };
}

export interface CrawlIdentity {
  readonly crawlerName: string;
  readonly connectionName: string;
  readonly tablePrefix: string;
  readonly database: string;
}

/** Set on a table that a crawler looks after: https://docs.aws.amazon.com/glue/latest/dg/crawler-schema-changes-prevent.html */
export const UPDATED_BY = 'UPDATED_BY_CRAWLER';

/** Set on a table that is gone from the database: https://docs.aws.amazon.com/glue/latest/webapi/API_SchemaChangePolicy.html */
export const DEPRECATED_BY = 'DEPRECATED_BY_CRAWLER';

/**
 * `<prefix><database>_<schema>_<table>` with a location of `database.schema.table`, and the parameters by which a Glue job finds
 * its way back: connectionName, classification (which JDBC driver), typeOfData.
 * https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format.html and, for what else a table may be called,
 * https://docs.aws.amazon.com/glue/latest/dg/crawler-running.html
 */
export function crawledTable(relation: Relation, identity: CrawlIdentity): CrawledTable {
  const { schema, name, kind, columns } = relation;
  const parameters = {
    classification: 'postgresql',
    compressionType: 'none',
    connectionName: identity.connectionName,
    CrawlerSchemaDeserializerVersion: '1.0',
    CrawlerSchemaSerializerVersion: '1.0',
    typeOfData: kind,
    [UPDATED_BY]: identity.crawlerName,
  };
  return {
    Name: `${identity.tablePrefix}${[identity.database, schema, name].map(catalogName).join('_')}`,
    Owner: 'owner',
    TableType: 'EXTERNAL_TABLE',
    Parameters: parameters,
    StorageDescriptor: {
      Columns: columns.map((column) => ({ Name: column.name.toLowerCase(), Type: hiveType(column) })),
      Location: `${identity.database}.${schema}.${name}`,
      Compressed: false,
      Parameters: parameters,
    },
  };
}

/** Names in the catalog are lower case; what else Athena could not say becomes an underscore. */
export function catalogName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
}

const HIVE_TYPES: Readonly<Record<string, string>> = {
  int2: 'smallint',
  int4: 'int',
  int8: 'bigint',
  float4: 'float',
  float8: 'double',
  bool: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamp',
  bytea: 'binary',
};

/** Digits of a Hive decimal at most: https://docs.aws.amazon.com/athena/latest/ug/data-types.html */
const MAX_DECIMAL = 38;

/** The Hive type that holds a column's values; text for all that Hive has no type for, as the JDBC driver would read it. */
export function hiveType({ type, udt, precision, scale }: Omit<RelationColumn, 'name'>): string {
  if (type === 'ARRAY') return `array<${HIVE_TYPES[udt.replace(/^_/, '')] ?? 'string'}>`;
  if (udt !== 'numeric') return HIVE_TYPES[udt] ?? 'string';
  // One without bounds is what Spark takes it for: https://spark.apache.org/docs/3.5.6/sql-data-sources-jdbc.html
  if (precision === null || precision > MAX_DECIMAL) return 'decimal(38,18)';
  return `decimal(${precision},${scale ?? 0})`;
}
