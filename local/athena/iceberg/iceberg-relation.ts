/** The relation that stands for an Iceberg table in a query: one snapshot's files, columns found by field id. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { fileList } from '../file-list.ts';
import type { ListedPartition } from '../objects.ts';
import type { ParquetFooter, ParquetFooters } from '../parquet-footers.ts';
import { judgeRowGroups } from '../row-groups.ts';
import type { Need, Relation } from '../scan.ts';
import { identifier, list, literal } from '../sql-text.ts';
import type { Ranges } from '../value-ranges.ts';
import type { IcebergTable } from './iceberg-table.ts';
import type { DataFile } from './manifests.ts';
import type { IcebergField } from './table-metadata.ts';

export async function icebergRelation(
  table: IcebergTable,
  files: readonly DataFile[],
  need: Need,
  footers: ParquetFooters,
  connection: DuckDBConnection,
): Promise<Relation> {
  const { fields } = table.metadata;
  const listed = files.map(asListed);
  const read = await footers.read(listed, connection);
  const columns = fields.map(({ name }) => name).filter((name) => need.columns.includes(name));
  const known = knownNames(table);
  const ranges: Ranges = new Map([...need.ranges].filter(([name]) => known.has(name)));
  let scannedBytes = 0;
  const kept = listed.filter(({ bucket, objects: [object] }) => {
    const footer: ParquetFooter = read.get(`s3://${bucket}/${object?.key ?? ''}`) ?? new Map();
    const ownName = (name: string): string =>
      [...(known.get(name) ?? [])].find((each) => footer.has(each)) ?? name;
    const groups = judgeRowGroups(footer, columns, ranges, ownName);
    scannedBytes += groups.bytes;
    return groups.mayHoldRows;
  });
  return { sql: relationSql(fields, kept), scannedBytes };
}

function relationSql(fields: readonly IcebergField[], files: readonly ListedPartition[]): string {
  const columns = fields.map(({ name }) => identifier(name)).join(', ');
  if (files.length === 0) {
    const nulls = fields.map(({ name, type }) => `CAST(NULL AS ${type.duckdb}) AS ${identifier(name)}`);
    return `(SELECT ${nulls.join(', ')} WHERE false)`;
  }
  // A field that a file lacks came into the schema after it: its value is null there.
  const schema = fields.map(
    ({ id, name, type }) =>
      `${id}: {name: ${literal(name)}, type: ${literal(type.duckdb)}, default_value: NULL}`,
  );
  const paths = list(fileList(files, files));
  return `(SELECT ${columns} FROM read_parquet(${paths}, schema = MAP {${schema.join(', ')}}, hive_partitioning = false))`;
}

/** A place of its own for each file, so that it is named by itself: what else lies in its folder is no part of the snapshot. */
function asListed({ path, bytes }: DataFile): ListedPartition {
  const [, bucket = '', key = ''] = /^s3[an]?:\/\/([^/]+)\/(.+)$/.exec(path) ?? [];
  return {
    values: [],
    bucket,
    prefix: key,
    objects: [{ key, size: bytes, etag: 'immutable' }],
    hasOthers: true,
  };
}

/** The names, by column, that its field goes by in files of any age. One that another field had as well is left out: it tells nothing. */
function knownNames({ metadata: { fields, names } }: IcebergTable): Map<string, ReadonlySet<string>> {
  const holders = new Map<string, number>();
  for (const own of names.values()) for (const name of own) holders.set(name, (holders.get(name) ?? 0) + 1);
  const known = fields.map(({ id, name }) => [name, names.get(id) ?? new Set([name])] as const);
  return new Map(known.filter(([, own]) => [...own].every((name) => holders.get(name) === 1)));
}
