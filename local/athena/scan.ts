/** The relation that stands for a table in a query: its files, its columns under the catalog's names and types. */
import type { Table } from '@aws-sdk/client-glue';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type DelimitedText, delimitedText, fieldsReader, fieldValue } from './delimited-text.ts';
import { notSupported, QueryFailure } from './errors.ts';
import { fileList } from './file-list.ts';
import { type ColumnType, parseHiveType } from './hive-types.ts';
import type { ListedPartition } from './objects.ts';
import type { ParquetColumn, ParquetFooter, ParquetFooters } from './parquet-footers.ts';
import { judgeRowGroups } from './row-groups.ts';
import { identifier, list, literal } from './sql-text.ts';
import type { Ranges } from './value-ranges.ts';

/** A part of a folder's files is few if it is less than one in so many: each named by itself costs a request more than by folder. */
const FEW_OF = 4;

export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
}

export interface TableShape {
  readonly name: string;
  readonly format: 'parquet' | 'avro' | 'json' | 'text';
  /** Of format text. */
  readonly text?: DelimitedText;
  readonly columns: readonly TableColumn[];
  readonly partitionKeys: readonly TableColumn[];
  /** Serde parameter ignore.malformed.json. */
  readonly ignoresMalformed: boolean;
}

export interface Relation {
  /** A DuckDB table expression. */
  readonly sql: string;
  /**
   * Parquet: compressed bytes of the column chunks that the query names, in every row group that partitions and statistics leave.
   * Other formats: the files' bytes. It is what a full scan reads; LIMIT is not taken off.
   */
  readonly scannedBytes: number;
}

export function shapeOf(table: Table): TableShape {
  const columns = (part: Table['PartitionKeys']): TableColumn[] =>
    (part ?? []).map(({ Name = '', Type = '' }) => ({ name: Name.toLowerCase(), type: parseHiveType(Type) }));
  const serde = table.StorageDescriptor?.SerdeInfo;
  const text = delimitedText(table);
  return {
    name: table.Name ?? '',
    ...(text === undefined ? { format: formatOf(table) } : { format: 'text', text }),
    columns: columns(table.StorageDescriptor?.Columns),
    partitionKeys: columns(table.PartitionKeys),
    ignoresMalformed: serde?.Parameters?.['ignore.malformed.json']?.toLowerCase() === 'true',
  };
}

function formatOf(table: Table): Exclude<TableShape['format'], 'text'> {
  const library = table.StorageDescriptor?.SerdeInfo?.SerializationLibrary ?? '';
  if (/parquet/i.test(library)) return 'parquet';
  if (/avro/i.test(library)) return 'avro';
  if (/json/i.test(library)) return 'json';
  throw notSupported(
    `${table.Name ?? 'the table'} is read by ${library || 'no serde'}`,
    'the local engine reads Parquet, Avro, JSON and delimited text',
  );
}

/** What a query needs of a table. */
export interface Need {
  /** Columns that it names: only those are checked and counted. */
  readonly columns: readonly string[];
  /** What it confines them to. */
  readonly ranges: Ranges;
}

export async function relationOf(
  shape: TableShape,
  partitions: readonly ListedPartition[],
  need: Need,
  footers: ParquetFooters,
  connection: DuckDBConnection,
): Promise<Relation> {
  if (partitions.length === 0) return { sql: emptyRelation(shape), scannedBytes: 0 };
  if (shape.format === 'parquet') {
    const read = await footers.read(partitions, connection);
    checkTypes(shape, need.columns, read);
    const { kept, bytes } = keepFiles(shape, partitions, need, read);
    return { sql: parquetRelation(shape, partitions, kept, read), scannedBytes: bytes };
  }
  const bytes = partitions.flatMap(({ objects }) => objects).reduce((sum, { size }) => sum + size, 0);
  const every = new Map(shape.columns.map(({ name }) => [name, name]));
  const reader = READERS[shape.format];
  return { sql: union(selects(shape, partitions, partitions, every, reader)), scannedBytes: bytes };
}

function emptyRelation({ columns, partitionKeys }: TableShape): string {
  const nulls = [...columns, ...partitionKeys].map(
    ({ name, type }) => `CAST(NULL AS ${type.duckdb}) AS ${identifier(name)}`,
  );
  return `(SELECT ${nulls.join(', ')} WHERE false)`;
}

/** Athena reads a Parquet column by its name and takes no other physical type for it. */
function checkTypes(
  shape: TableShape,
  needed: readonly string[],
  read: ReadonlyMap<string, ParquetFooter>,
): void {
  const checked = shape.columns.filter(
    ({ name, type }) => type.parquet !== undefined && needed.includes(name),
  );
  for (const [file, footer] of read)
    for (const { name, type } of checked) {
      const found = footer.get(name)?.physicalType;
      if (found === undefined || type.parquet?.includes(found) === true) continue;
      const shown = found === 'BYTE_ARRAY' ? 'BINARY' : found;
      throw new QueryFailure(
        'HIVE_BAD_DATA',
        `Field ${name}'s type ${shown} in parquet file ${file} is incompatible with type ${type.trino} defined in table schema`,
      );
    }
}

/**
 * Files in which a row of use may be. Where most of a folder's are, all of it is read: it is then named as a whole, and DuckDB leaves
 * out the others' row groups by itself.
 */
function keepFiles(
  shape: TableShape,
  partitions: readonly ListedPartition[],
  { columns, ranges }: Need,
  read: ReadonlyMap<string, ParquetFooter>,
): { readonly kept: readonly ListedPartition[]; readonly bytes: number } {
  const needed = shape.columns.map(({ name }) => name).filter((name) => columns.includes(name));
  let bytes = 0;
  const kept = partitions.map((partition) => {
    const objects = partition.objects.filter(({ key }) => {
      const groups = judgeRowGroups(
        read.get(`s3://${partition.bucket}/${key}`) ?? new Map<string, never>(),
        needed,
        ranges,
      );
      bytes += groups.bytes;
      return groups.mayHoldRows;
    });
    return objects.length * FEW_OF < partition.objects.length ? { ...partition, objects } : partition;
  });
  return { kept: kept.filter(({ objects }) => objects.length > 0), bytes };
}

interface FileGroup {
  readonly footer: ParquetFooter;
  readonly partitions: ListedPartition[];
}

/** Files that hold the same columns are read together; a column that they lack is NULL (schema evolution). */
function parquetRelation(
  shape: TableShape,
  listed: readonly ListedPartition[],
  kept: readonly ListedPartition[],
  read: ReadonlyMap<string, ParquetFooter>,
): string {
  const groups = new Map<string, FileGroup>();
  for (const partition of kept) {
    const own = Map.groupBy(partition.objects, ({ key }) =>
      signature(read.get(`s3://${partition.bucket}/${key}`)),
    );
    for (const [sign, objects] of own) {
      if (sign === '') continue;
      const footer =
        read.get(`s3://${partition.bucket}/${objects[0]?.key ?? ''}`) ?? new Map<string, ParquetColumn>();
      const group: FileGroup = groups.get(sign) ?? { footer, partitions: [] };
      groups.set(sign, group);
      group.partitions.push({ ...partition, objects });
    }
  }
  if (groups.size === 0) return emptyRelation(shape);
  return union(
    [...groups.values()].flatMap(({ footer, partitions: own }) => {
      const names = new Map([...footer].map(([name, column]) => [name, column.name]));
      return selects(shape, listed, own, names, parquetReader);
    }),
  );
}

function signature(footer: ParquetFooter | undefined): string {
  return [...(footer ?? [])]
    .map(([, { name, physicalType }]) => `${name} ${physicalType}`)
    .sort()
    .join('\n');
}

/** A relation over files; `hive` holds its options for partition keys in paths. */
type Reader = (shape: TableShape, files: readonly string[], hive: string) => string;

const parquetReader: Reader = (_shape, files, hive) => `read_parquet(${list(files)}${hive})`;
const avroReader: Reader = (_shape, files, hive) => `read_avro(${list(files)}${hive})`;
const jsonReader: Reader = (shape, files, hive) => {
  const columns = shape.columns.map(({ name, type }) => `${literal(name)}: ${literal(type.duckdb)}`);
  const errors = shape.ignoresMalformed ? ', ignore_errors = true' : '';
  return `read_json(${list(files)}, format = 'newline_delimited', columns = {${columns.join(', ')}}${errors}${hive})`;
};

const textReader: Reader = ({ text }, files, hive) => {
  if (text === undefined) throw new Error('a text table says how its lines are read');
  return fieldsReader(text, files, hive);
};
const READERS = { parquet: parquetReader, avro: avroReader, json: jsonReader, text: textReader } as const;

/**
 * SELECTs over the files of `wanted`. Where the paths say the partition values (…/dt=2026-11-20/…) DuckDB takes them from there,
 * and prunes by them again; elsewhere each partition is a SELECT with its values as literals.
 * @param present the files' name of each column
 */
function selects(
  shape: TableShape,
  listed: readonly ListedPartition[],
  wanted: readonly ListedPartition[],
  present: ReadonlyMap<string, string>,
  reader: Reader,
): string[] {
  const { text } = shape;
  const data = shape.columns.map(({ name, type }, place) => {
    if (text !== undefined)
      return `CAST(${fieldValue(text, place, type.duckdb)} AS ${type.duckdb}) AS ${identifier(name)}`;
    const own = present.get(name);
    return `CAST(${own === undefined ? 'NULL' : identifier(own)} AS ${type.duckdb}) AS ${identifier(name)}`;
  });
  const keys = shape.partitionKeys;
  const inPath = wanted.filter((partition) => saysItsValues(partition, keys));
  const statements: string[] = [];
  if (inPath.length > 0) {
    const types = keys.map(({ name, type }) => `${literal(name)}: ${type.duckdb}`);
    const hive =
      keys.length === 0
        ? ', hive_partitioning = false'
        : `, hive_partitioning = true, hive_types = {${types.join(', ')}}`;
    const columns = [
      ...data,
      ...keys.map(({ name, type }) => `CAST(${identifier(name)} AS ${type.duckdb}) AS ${identifier(name)}`),
    ];
    statements.push(`SELECT ${columns.join(', ')} FROM ${reader(shape, fileList(listed, inPath), hive)}`);
  }
  for (const partition of wanted.filter((other) => !inPath.includes(other))) {
    const values = keys.map(
      ({ name, type }, index) =>
        `CAST(${literal(partition.values[index] ?? '')} AS ${type.duckdb}) AS ${identifier(name)}`,
    );
    const files = fileList(listed, [partition]);
    statements.push(
      `SELECT ${[...data, ...values].join(', ')} FROM ${reader(shape, files, ', hive_partitioning = false')}`,
    );
  }
  return statements;
}

function saysItsValues({ prefix, values }: ListedPartition, keys: readonly TableColumn[]): boolean {
  const folders = prefix.split('/').slice(0, -1);
  const own = folders.slice(folders.length - keys.length);
  const others = folders.slice(0, folders.length - keys.length);
  return (
    keys.every(({ name }, index) => own[index] === `${name}=${values[index] ?? ''}`) &&
    !others.some((folder) => folder.includes('='))
  );
}

function union(statements: readonly string[]): string {
  return `(${statements.join(' UNION ALL ')})`;
}
