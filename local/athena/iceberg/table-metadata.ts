/** An Iceberg table's metadata file: https://iceberg.apache.org/spec/#table-metadata-fields */
import { notSupported, QueryFailure } from '../errors.ts';
import type { ColumnType } from '../hive-types.ts';

export interface IcebergField {
  readonly id: number;
  /** Lower case, as Athena names columns. */
  readonly name: string;
  readonly type: ColumnType;
}

export interface PartitionField {
  readonly name: string;
  readonly sourceId: number;
  /** `identity`, `day`, `bucket[16]`, … */
  readonly transform: string;
}

export interface Snapshot {
  /** 64 bits, in decimal digits. */
  readonly id: string;
  readonly parentId: string | undefined;
  readonly timestampMs: number;
  readonly manifestList: string;
  readonly summary: Readonly<Record<string, string>>;
  readonly schemaId: number | undefined;
}

export interface LogEntry {
  readonly snapshotId: string;
  readonly timestampMs: number;
}

export interface Reference {
  readonly snapshotId: string;
  readonly type: string;
}

export interface TableMetadata {
  readonly fields: readonly IcebergField[];
  readonly schemaId: number;
  /** Every name that a field had in any schema, lower case. */
  readonly names: ReadonlyMap<number, ReadonlySet<string>>;
  /** By spec id. */
  readonly partitionSpecs: ReadonlyMap<number, readonly PartitionField[]>;
  readonly defaultSpecId: number;
  readonly snapshots: readonly Snapshot[];
  readonly currentSnapshotId: string | undefined;
  readonly snapshotLog: readonly LogEntry[];
  readonly references: ReadonlyMap<string, Reference>;
}

type Json = Readonly<Record<string, unknown>>;

const PRIMITIVES: Readonly<Record<string, ColumnType>> = {
  boolean: { duckdb: 'BOOLEAN', trino: 'boolean' },
  int: { duckdb: 'INTEGER', trino: 'integer' },
  long: { duckdb: 'BIGINT', trino: 'bigint' },
  float: { duckdb: 'FLOAT', trino: 'real' },
  double: { duckdb: 'DOUBLE', trino: 'double' },
  date: { duckdb: 'DATE', trino: 'date' },
  timestamp: { duckdb: 'TIMESTAMP', trino: 'timestamp(6)' },
  timestamptz: { duckdb: 'TIMESTAMPTZ', trino: 'timestamp(6) with time zone' },
  string: { duckdb: 'VARCHAR', trino: 'varchar' },
  binary: { duckdb: 'BLOB', trino: 'varbinary' },
};

/**
 * @throws QueryFailure ICEBERG_INVALID_METADATA for what is no table metadata
 * @throws QueryFailure NOT_SUPPORTED for what the local engine would read wrongly
 */
export function parseTableMetadata(text: string, table: string): TableMetadata {
  const json = parseObject(text, table);
  const version = Number(json['format-version']);
  if (version > 2)
    throw notSupported(
      `${table} is an Iceberg table of version ${version}`,
      'the local engine reads versions 1 and 2',
    );
  if (record(json['properties'])['schema.name-mapping.default'] !== undefined)
    throw notSupported(
      `${table} has files without field ids`,
      'rewrite them with the engine that owns the table',
    );
  const schemas = objects(json['schemas'] ?? [json['schema']]);
  const schemaId = Number(json['current-schema-id'] ?? 0);
  const schema = schemas.find((each) => Number(each['schema-id'] ?? 0) === schemaId);
  if (schema === undefined) throw invalid(table, 'it has no current schema');
  const current = json['current-snapshot-id'];
  return {
    fields: objects(schema['fields']).map((field) => fieldOf(field, table)),
    schemaId,
    names: namesOf(schemas),
    partitionSpecs: new Map(
      objects(json['partition-specs'] ?? [{ fields: json['partition-spec'] }]).map((spec) => [
        Number(spec['spec-id'] ?? 0),
        objects(spec['fields']).map((field) => ({
          name: String(field['name']),
          sourceId: Number(field['source-id']),
          transform: String(field['transform']),
        })),
      ]),
    ),
    defaultSpecId: Number(json['default-spec-id'] ?? 0),
    snapshots: objects(json['snapshots']).map(snapshotOf),
    // Some writers say -1 for none.
    currentSnapshotId:
      current === undefined || current === null || current === -1 ? undefined : idOf(current),
    snapshotLog: objects(json['snapshot-log']).map((entry) => ({
      snapshotId: idOf(entry['snapshot-id']),
      timestampMs: Number(entry['timestamp-ms']),
    })),
    references: new Map(
      Object.entries(record(json['refs'])).map(([name, ref]) => [
        name,
        { snapshotId: idOf(record(ref)['snapshot-id']), type: String(record(ref)['type']) },
      ]),
    ),
  };
}

/** The snapshot that is current, or undefined for a table that nothing was committed to. */
export function currentSnapshot({ snapshots, currentSnapshotId }: TableMetadata): Snapshot | undefined {
  return snapshots.find(({ id }) => id === currentSnapshotId);
}

/** Ids of snapshots have 64 bits, more than a number holds: an integer that would lose digits is kept as its text. */
function parseObject(text: string, table: string): Json {
  try {
    const parsed: unknown = JSON.parse(
      text,
      (_key, value: unknown, context?: { readonly source?: string }) =>
        typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
          ? context?.source
          : value,
    );
    return record(parsed);
  } catch (cause) {
    throw new QueryFailure('ICEBERG_INVALID_METADATA', `Invalid metadata file for table ${table}`, { cause });
  }
}

function fieldOf(field: Json, table: string): IcebergField {
  const name = String(field['name']).toLowerCase();
  return { id: Number(field['id']), name, type: typeOf(field['type'], `${table}.${name}`) };
}

function typeOf(type: unknown, column: string): ColumnType {
  const text = typeof type === 'string' ? type : 'a nested type';
  const [, size] = /^decimal\(([\d ,]+)\)$/.exec(text) ?? [];
  if (size !== undefined) return { duckdb: `DECIMAL(${size})`, trino: `decimal(${size})` };
  const known = PRIMITIVES[text];
  if (known !== undefined) return known;
  throw notSupported(
    `column ${column} of an Iceberg table is of ${text}`,
    'the local engine reads plain columns there',
  );
}

function namesOf(schemas: readonly Json[]): Map<number, Set<string>> {
  const names = new Map<number, Set<string>>();
  for (const schema of schemas)
    for (const field of objects(schema['fields'])) {
      const id = Number(field['id']);
      names.set(id, (names.get(id) ?? new Set()).add(String(field['name']).toLowerCase()));
    }
  return names;
}

function snapshotOf(snapshot: Json): Snapshot {
  const { 'parent-snapshot-id': parent, 'schema-id': schemaId } = snapshot;
  return {
    id: idOf(snapshot['snapshot-id']),
    parentId: parent === undefined || parent === null ? undefined : idOf(parent),
    timestampMs: Number(snapshot['timestamp-ms']),
    manifestList: String(snapshot['manifest-list']),
    summary: record(snapshot['summary']) as Record<string, string>,
    schemaId: schemaId === undefined ? undefined : Number(schemaId),
  };
}

function idOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '';
}

function invalid(table: string, what: string): QueryFailure {
  return new QueryFailure('ICEBERG_INVALID_METADATA', `Invalid metadata file for table ${table}: ${what}`);
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(record) : [];
}
