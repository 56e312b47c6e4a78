/** What the footers of Parquet files say, read once per file and version: which columns, of what type, in how many bytes. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { fileList } from './file-list.ts';
import type { ListedPartition } from './objects.ts';
import { list } from './sql-text.ts';

export interface ParquetColumn {
  /** As the file spells it. */
  readonly name: string;
  /** Parquet's physical type. */
  readonly physicalType: string;
  /** Compressed bytes of its chunks, which is what Athena bills. */
  readonly bytes: number;
}

/** Top-level columns by lower-case name. Empty for a file without rows. */
export type ParquetFooter = ReadonlyMap<string, ParquetColumn>;

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
      `SELECT file_name, path_in_schema, any_value(type), CAST(sum(total_compressed_size) AS DOUBLE) FROM parquet_metadata(${files}) GROUP BY ALL`,
    );
    const footers = new Map<string, Map<string, ParquetColumn>>();
    for (const [file, path, physicalType, bytes] of reader.getRowsJS() as [
      string,
      string,
      string,
      number,
    ][]) {
      const columns = footers.get(file) ?? new Map<string, ParquetColumn>();
      footers.set(file, columns);
      // A nested column has a path of several names, and a chunk for each leaf.
      const [name = ''] = path.split(', ');
      const known = columns.get(name.toLowerCase());
      columns.set(name.toLowerCase(), {
        name,
        physicalType: known === undefined ? physicalType : 'GROUP',
        bytes: (known?.bytes ?? 0) + bytes,
      });
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
