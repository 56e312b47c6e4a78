/**
 * What the footers of Parquet files say, read once per file and version: which columns, of what type, and of each row group in how
 * many bytes, between which values.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { fileList } from './file-list.ts';
import type { ListedPartition } from './objects.ts';
import { list } from './sql-text.ts';

/** A column's part of a row group. */
export interface ParquetChunk {
  /** Compressed, which is what Athena bills. */
  readonly bytes: number;
  /** Statistics, as DuckDB prints them; null where there are none. */
  readonly min: string | null;
  readonly max: string | null;
  readonly isAllNull: boolean;
}

export interface ParquetColumn {
  /** As the file spells it. */
  readonly name: string;
  /** Parquet's physical type. */
  readonly physicalType: string;
  /** One for each row group. */
  readonly chunks: readonly ParquetChunk[];
}

/** Top-level columns by lower-case name. Empty for a file without rows. */
export type ParquetFooter = ReadonlyMap<string, ParquetColumn>;

type ChunkRow = [string, bigint, string, string, number, string | null, string | null, boolean];

interface ColumnInMaking extends ParquetColumn {
  physicalType: string;
  readonly chunks: ParquetChunk[];
}

/** Below this mean size a file is fetched whole in one request, footer and chunks together. */
const WHOLE_FILE_BYTES = 1 << 20;
const MAX_FOOTERS = 100_000;

export class ParquetFooters {
  readonly #footers = new Map<string, ParquetFooter>();

  /** Footers by `s3://bucket/key`. */
  async read(
    partitions: readonly ListedPartition[],
    connection: DuckDBConnection,
  ): Promise<ReadonlyMap<string, ParquetFooter>> {
    const unread = partitions
      .map((partition) => ({
        ...partition,
        objects: partition.objects.filter(
          ({ key, etag }) => !this.#footers.has(cacheKey(partition, key, etag)),
        ),
      }))
      .filter(({ objects }) => objects.length > 0);
    if (unread.length > 0) await this.#readFiles(partitions, unread, connection);
    const found = new Map<string, ParquetFooter>();
    for (const partition of partitions)
      for (const { key, etag } of partition.objects)
        found.set(
          `s3://${partition.bucket}/${key}`,
          this.#footers.get(cacheKey(partition, key, etag)) ?? new Map<string, ParquetColumn>(),
        );
    return found;
  }

  async #readFiles(
    partitions: readonly ListedPartition[],
    unread: readonly ListedPartition[],
    connection: DuckDBConnection,
  ): Promise<void> {
    const files = list(fileList(partitions, unread));
    const objects = unread.flatMap((partition) => partition.objects);
    const bytes = objects.reduce((sum, { size }) => sum + size, 0);
    if (bytes / objects.length < WHOLE_FILE_BYTES)
      await connection.run(`SELECT sum(octet_length(content)) FROM read_blob(${files})`);
    const reader = await connection.runAndReadAll(
      `SELECT file_name, row_group_id, path_in_schema, type, CAST(total_compressed_size AS DOUBLE), stats_min_value, stats_max_value,
        coalesce(stats_null_count = num_values, false) FROM parquet_metadata(${files}) ORDER BY file_name, row_group_id, column_id`,
    );
    const footers = new Map<string, Map<string, ColumnInMaking>>();
    for (const [
      file,
      rowGroup,
      path,
      physicalType,
      bytes,
      min,
      max,
      isAllNull,
    ] of reader.getRowsJS() as ChunkRow[]) {
      const columns = footers.get(file) ?? new Map<string, ColumnInMaking>();
      footers.set(file, columns);
      // A nested column has a path of several names, and a chunk for each leaf.
      const [name = ''] = path.split(', ');
      const column = columns.get(name.toLowerCase()) ?? { name, physicalType, chunks: [] };
      columns.set(name.toLowerCase(), column);
      const leaf = column.chunks[Number(rowGroup)];
      column.chunks[Number(rowGroup)] =
        leaf === undefined
          ? { bytes, min, max, isAllNull }
          : { bytes: leaf.bytes + bytes, min: null, max: null, isAllNull: false };
      if (leaf !== undefined) column.physicalType = 'GROUP';
    }
    if (this.#footers.size + objects.length > MAX_FOOTERS) this.#footers.clear();
    for (const partition of unread)
      for (const { key, etag } of partition.objects)
        this.#footers.set(
          cacheKey(partition, key, etag),
          footers.get(`s3://${partition.bucket}/${key}`) ?? new Map<string, ParquetColumn>(),
        );
  }
}

function cacheKey({ bucket }: ListedPartition, key: string, etag: string): string {
  return `${etag} ${bucket}/${key}`;
}
