/** Manifest lists and manifests, which name a snapshot's files: https://iceberg.apache.org/spec/#manifests */
import { Readable } from 'node:stream';
import avsc from 'avsc';
import type { Value } from '../value-ranges.ts';

/** An entry of a manifest list. */
export interface Manifest {
  readonly path: string;
  readonly lengthBytes: number;
  readonly specId: number;
  readonly content: 'data' | 'deletes';
  readonly addedSnapshotId: string;
  readonly addedFiles: number;
  readonly existingFiles: number;
  readonly deletedFiles: number;
}

/** Of the types that a partition key is read from; others are bytes. */
export type PartitionValue = string | number | bigint | boolean | null;

/** Least or greatest values by field id, as the specification serializes single values. */
type BoundBytes = ReadonlyMap<number, Uint8Array>;

export interface DataFile {
  readonly path: string;
  readonly format: string;
  readonly records: number;
  readonly bytes: number;
  readonly specId: number;
  /** By name of the partition field. */
  readonly partition: Readonly<Record<string, PartitionValue>>;
  readonly least: BoundBytes;
  readonly greatest: BoundBytes;
  /** Fields without a value in the file. */
  readonly allNull: ReadonlySet<number>;
}

/** A long that a number cannot hold, such as a snapshot's id, is read whole. */
const LONG = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

interface Entry<Content> {
  readonly key: number;
  readonly value: Content;
}

interface ListedManifest {
  readonly manifest_path: string;
  readonly manifest_length: bigint;
  readonly partition_spec_id: number;
  readonly content?: number;
  readonly added_snapshot_id: bigint | null;
  readonly added_files_count?: number | null;
  readonly added_data_files_count?: number | null;
  readonly existing_files_count?: number | null;
  readonly existing_data_files_count?: number | null;
  readonly deleted_files_count?: number | null;
  readonly deleted_data_files_count?: number | null;
}

interface ManifestEntry {
  /** 0 existing, 1 added, 2 deleted. */
  readonly status: number;
  readonly data_file: {
    readonly file_path: string;
    readonly file_format: string;
    readonly partition: Readonly<Record<string, PartitionValue>>;
    readonly record_count: bigint;
    readonly file_size_in_bytes: bigint;
    readonly value_counts?: readonly Entry<bigint>[] | null;
    readonly null_value_counts?: readonly Entry<bigint>[] | null;
    readonly lower_bounds?: readonly Entry<Uint8Array>[] | null;
    readonly upper_bounds?: readonly Entry<Uint8Array>[] | null;
  };
}

const DELETED = 2;

export async function parseManifestList(body: Uint8Array): Promise<Manifest[]> {
  const listed = await readContainer<ListedManifest>(body);
  return listed.map((entry) => ({
    path: entry.manifest_path,
    lengthBytes: Number(entry.manifest_length),
    specId: entry.partition_spec_id,
    content: entry.content === 1 ? 'deletes' : 'data',
    addedSnapshotId: String(entry.added_snapshot_id),
    addedFiles: entry.added_files_count ?? entry.added_data_files_count ?? 0,
    existingFiles: entry.existing_files_count ?? entry.existing_data_files_count ?? 0,
    deletedFiles: entry.deleted_files_count ?? entry.deleted_data_files_count ?? 0,
  }));
}

/** The files that live in the manifest. */
export async function parseManifest(body: Uint8Array, { specId }: Manifest): Promise<DataFile[]> {
  const entries = await readContainer<ManifestEntry>(body);
  return entries
    .filter(({ status }) => status !== DELETED)
    .map(({ data_file: file }) => {
      const values = byField(file.value_counts);
      const nulls = [...byField(file.null_value_counts)];
      return {
        path: file.file_path,
        format: file.file_format.toUpperCase(),
        records: Number(file.record_count),
        bytes: Number(file.file_size_in_bytes),
        specId,
        partition: file.partition,
        least: byField(file.lower_bounds),
        greatest: byField(file.upper_bounds),
        allNull: new Set(nulls.filter(([id, count]) => values.get(id) === count).map(([id]) => id)),
      };
    });
}

/** A bound as a comparable value: https://iceberg.apache.org/spec/#binary-single-value-serialization */
export function boundValue(duckdbType: string, bytes: Uint8Array | undefined): Value | undefined {
  if (bytes === undefined) return undefined;
  const buffer = Buffer.from(bytes);
  // A file written before its column was widened has the narrower form.
  const integer = (): bigint | undefined =>
    buffer.length === 4
      ? BigInt(buffer.readInt32LE())
      : buffer.length === 8
        ? buffer.readBigInt64LE()
        : undefined;
  switch (duckdbType) {
    case 'VARCHAR':
      return buffer.toString();
    case 'INTEGER':
    case 'BIGINT':
    case 'TIMESTAMP':
      return integer();
    case 'DATE': {
      const days = integer();
      return days === undefined ? undefined : days * 86_400_000_000n;
    }
    case 'DOUBLE': {
      const value = buffer.length === 4 ? buffer.readFloatLE() : buffer.readDoubleLE();
      return Number.isNaN(value) ? undefined : value;
    }
    default:
      return undefined;
  }
}

async function readContainer<Row>(body: Uint8Array): Promise<Row[]> {
  const decoder = new avsc.streams.BlockDecoder({
    parseHook: (schema) => avsc.Type.forSchema(schema, { registry: { long: LONG } }),
  });
  const rows: Row[] = [];
  for await (const row of Readable.from([Buffer.from(body)]).pipe(decoder)) rows.push(row as Row);
  return rows;
}

function byField<Kind>(entries: readonly Entry<Kind>[] | null | undefined): Map<number, Kind> {
  return new Map((entries ?? []).map(({ key, value }) => [key, value]));
}
