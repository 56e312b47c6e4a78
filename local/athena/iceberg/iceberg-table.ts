/**
 * An Iceberg table as the catalog knows it at one moment: the metadata file that the Glue table points at decides on columns, snapshot
 * and files, and nothing is listed. https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-table-data.html
 */
import type { Table } from '@aws-sdk/client-glue';
import { notSupported, QueryFailure } from '../errors.ts';
import { type Evaluate, keepPartitions } from '../partitions.ts';
import type { CatalogEntry, ScanRequest } from '../translator.ts';
import { mayHold, type Ranges } from '../value-ranges.ts';
import { boundValue, type DataFile, type Manifest, type PartitionValue } from './manifests.ts';
import type { MetadataFiles } from './metadata-files.ts';
import { currentSnapshot, type IcebergField, type Snapshot, type TableMetadata } from './table-metadata.ts';

export interface FilesFound {
  readonly files: readonly DataFile[];
  /** How many the snapshot has. */
  readonly total: number;
}

/** Transforms that keep a value as it is, of types whose values the catalog's text says exactly. */
const KEY_TYPES = new Set(['VARCHAR', 'INTEGER', 'BIGINT', 'BOOLEAN', 'DATE']);
const DAY_MS = 86_400_000;

export function isIceberg(table: Table): boolean {
  return table.Parameters?.['table_type']?.toUpperCase() === 'ICEBERG';
}

export class IcebergTable {
  readonly name: string;
  readonly metadata: TableMetadata;
  readonly #files: MetadataFiles;

  private constructor(name: string, metadata: TableMetadata, files: MetadataFiles) {
    this.name = name;
    this.metadata = metadata;
    this.#files = files;
  }

  static async open(table: Table, files: MetadataFiles): Promise<IcebergTable> {
    const name = table.Name ?? '';
    const location = table.Parameters?.['metadata_location'];
    if (location === undefined)
      throw new QueryFailure(
        'ICEBERG_INVALID_METADATA',
        `Table ${name} is missing [metadata_location] property`,
      );
    return new IcebergTable(name, await files.table(location, name), files);
  }

  entry(): CatalogEntry {
    return {
      kind: 'table',
      columns: this.metadata.fields.map(({ name, type }) => ({ name, type: type.trino })),
      partitionKeys: this.keys().map(({ name }) => name),
    };
  }

  /** As it stands in DDL: `dt`, `day(event_time)`. */
  partitionedBy(): string[] {
    const spec = this.metadata.partitionSpecs.get(this.metadata.defaultSpecId) ?? [];
    return spec.map(({ sourceId, transform }) => {
      const column = this.metadata.fields.find(({ id }) => id === sourceId)?.name ?? '';
      const [, name = transform, size] = /^(\w+)\[(\d+)\]$/.exec(transform) ?? [];
      if (transform === 'identity') return column;
      return `${name}(${size === undefined ? '' : `${size}, `}${column})`;
    });
  }

  /** The snapshot that the scan reads; undefined for a table that nothing was committed to. */
  async snapshot({ asOf }: Pick<ScanRequest, 'asOf'>, evaluate: Evaluate): Promise<Snapshot | undefined> {
    if (asOf === undefined) return currentSnapshot(this.metadata);
    const text =
      asOf.kind === 'VERSION'
        ? `CAST(${asOf.value} AS VARCHAR)`
        : `epoch_ms(CAST(${asOf.value} AS TIMESTAMPTZ))`;
    const [[value = null] = []] = await evaluate(`SELECT ${text}`);
    const found = asOf.kind === 'VERSION' ? this.#named(value ?? '') : this.#currentAt(Number(value));
    if (found === undefined)
      throw new QueryFailure(
        'INVALID_ARGUMENTS',
        asOf.kind === 'VERSION'
          ? `Iceberg snapshot ID does not exists: ${value ?? 'null'}`
          : `No version history table ${this.name} at or before ${new Date(Number(value)).toISOString()}`,
      );
    if (found.schemaId !== undefined && found.schemaId !== this.metadata.schemaId)
      throw notSupported(
        'that version has another schema than the table has now',
        'query the table as it is',
      );
    return found;
  }

  async manifests(snapshot: Snapshot | undefined): Promise<readonly Manifest[]> {
    return snapshot === undefined ? [] : this.#files.manifestList(snapshot.manifestList);
  }

  /** Every data file of the snapshot. Throws NOT_SUPPORTED where some of their rows are deleted by other files. */
  async dataFiles(snapshot: Snapshot | undefined): Promise<readonly DataFile[]> {
    const manifests = await this.manifests(snapshot);
    const deletes = manifests.find(
      ({ content, addedFiles, existingFiles }) => content === 'deletes' && addedFiles + existingFiles > 0,
    );
    if (deletes !== undefined)
      throw notSupported(
        `${this.name} has delete files`,
        'the local engine reads tables that are written copy-on-write',
      );
    const files = await Promise.all(manifests.map((manifest) => this.#files.manifest(manifest)));
    return files.flat();
  }

  /** The files in which a row of use may be, by their partition and by the bounds of their columns. */
  async findFiles(
    snapshot: Snapshot | undefined,
    scan: Pick<ScanRequest, 'partitionFilter'>,
    ranges: Ranges,
    evaluate: Evaluate,
  ): Promise<FilesFound> {
    const all = await this.dataFiles(snapshot);
    const odd = all.find(({ format }) => format !== 'PARQUET');
    if (odd !== undefined)
      throw notSupported(`${this.name} has files of format ${odd.format}`, 'the local engine reads Parquet');
    const inPartitions = await this.#inPartitions(all, scan.partitionFilter, evaluate);
    const fields = this.metadata.fields.flatMap((field) => {
      const confined = ranges.get(field.name);
      return confined === undefined ? [] : [{ ...field, confined }];
    });
    const files = inPartitions.filter(({ least, greatest, allNull }) =>
      fields.every(({ id, type: { duckdb }, confined }) =>
        mayHold(confined, {
          least: boundValue(duckdb, least.get(id)),
          greatest: boundValue(duckdb, greatest.get(id)),
          isAllNull: allNull.has(id),
        }),
      ),
    );
    return { files, total: all.length };
  }

  /** Values of the columns that the table is partitioned by, by file; undefined for a file of an older partition spec. */
  keyValues({ specId, partition }: DataFile): (string | null)[] | undefined {
    const spec = this.metadata.partitionSpecs.get(specId) ?? [];
    const values = this.keys().map(({ id, type }) => {
      const field = spec.find(({ sourceId, transform }) => sourceId === id && transform === 'identity');
      return field === undefined ? undefined : keyText(type.duckdb, partition[field.name]);
    });
    return values.every((value) => value !== undefined) ? values : undefined;
  }

  async #inPartitions(
    files: readonly DataFile[],
    condition: string | null,
    evaluate: Evaluate,
  ): Promise<readonly DataFile[]> {
    if (condition === null) return files;
    const groups = Map.groupBy(files, (file) => JSON.stringify(this.keyValues(file)));
    const keyed = [...groups.values()].flatMap((group) => {
      const values = group[0] && this.keyValues(group[0]);
      return values === undefined ? [] : [{ values, group }];
    });
    const unknown = files.filter((file) => this.keyValues(file) === undefined);
    const keys = this.keys().map(({ name, type }) => ({ name, type: type.duckdb }));
    const kept = await keepPartitions(keyed, keys, condition, evaluate);
    return [...unknown, ...kept.flatMap(({ group }) => group)];
  }

  /** Columns that each file of the table's partition spec has one value of. */
  keys(): IcebergField[] {
    const spec = this.metadata.partitionSpecs.get(this.metadata.defaultSpecId) ?? [];
    return this.metadata.fields.filter(
      ({ id, type }) =>
        KEY_TYPES.has(type.duckdb) &&
        spec.some(({ sourceId, transform }) => sourceId === id && transform === 'identity'),
    );
  }

  #named(version: string): Snapshot | undefined {
    const id = this.metadata.references.get(version)?.snapshotId ?? version;
    return this.metadata.snapshots.find((snapshot) => snapshot.id === id);
  }

  #currentAt(timestampMs: number): Snapshot | undefined {
    const entry = this.metadata.snapshotLog.findLast((logged) => logged.timestampMs <= timestampMs);
    return entry && this.#named(entry.snapshotId);
  }
}

/** As Hive writes it in a path; DATE has days since 1970 in manifests. */
function keyText(duckdbType: string, value: PartitionValue | undefined): string | null {
  if (value === null || value === undefined) return null;
  return duckdbType === 'DATE' ? new Date(Number(value) * DAY_MS).toISOString().slice(0, 10) : String(value);
}
