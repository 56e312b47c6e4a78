/** An Iceberg table made by hand behind the gateway: Parquet files with field ids, Avro manifests, metadata, the Glue table. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { CreateTableCommand, type TableInput, UpdateTableCommand } from '@aws-sdk/client-glue';
import avsc from 'avsc';
import { ByteWriter, type ParquetWriteOptions, parquetWrite } from 'hyparquet-writer';
import type { AthenaLake } from './athena-lake.ts';

type IcebergType = 'string' | 'int' | 'long' | 'double' | 'date' | 'timestamp';
type Cell = string | number | null;

export interface Field {
  readonly id: number;
  readonly name: string;
  readonly type: IcebergType;
}

/** A row's values by column: dates in days, timestamps in microseconds since 1970. */
export type Row = Readonly<Record<string, Cell>>;

export interface FileOptions {
  readonly rowsPerGroup?: number;
  /** The schema that the file was written with. @default the table's */
  readonly fields?: readonly Field[];
}

interface StoredFile {
  readonly path: string;
  readonly bytes: number;
  readonly rows: readonly Row[];
  readonly fields: readonly Field[];
}

type SchemaElement = NonNullable<ParquetWriteOptions['schema']>[number];

const PARQUET: Record<IcebergType, Partial<SchemaElement>> = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  int: { type: 'INT32' },
  long: { type: 'INT64' },
  double: { type: 'DOUBLE' },
  date: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
  timestamp: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' } },
};
const GLUE = {
  string: 'string',
  int: 'int',
  long: 'bigint',
  double: 'double',
  date: 'date',
  timestamp: 'timestamp',
};

const mapOf = (key: number, value: number, valueType: 'long' | 'bytes'): avsc.Schema => [
  'null',
  {
    type: 'array',
    logicalType: 'map',
    items: {
      type: 'record',
      name: `k${key}_v${value}`,
      fields: [
        { name: 'key', type: 'int' },
        { name: 'value', type: valueType },
      ],
    },
  },
];

const LONG = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

export interface IcebergTableOptions {
  readonly fields: readonly Field[];
  /** Column that parts the files, by its value. */
  readonly partitionBy?: string;
  /** @default 2 */
  readonly formatVersion?: number;
  readonly properties?: Readonly<Record<string, string>>;
}

/** Beyond what a number holds, as the ids of real snapshots are. */
const FIRST_SNAPSHOT = 7_146_338_120_394_411_000n;

export class IcebergFixture {
  readonly location: string;
  readonly #lake: AthenaLake;
  readonly #name: string;
  readonly #options: IcebergTableOptions;
  #fields: readonly Field[];
  readonly #schemas: (readonly Field[])[];
  #live: StoredFile[] = [];
  readonly #snapshots: Record<string, unknown>[] = [];
  #version = 0;
  #files = 0;

  private constructor(lake: AthenaLake, name: string, options: IcebergTableOptions) {
    this.#lake = lake;
    this.#name = name;
    this.#options = options;
    this.#fields = options.fields;
    this.#schemas = [options.fields];
    this.location = `s3://lake/history/${name}`;
  }

  /** An empty table, to which nothing was committed. */
  static async create(lake: AthenaLake, name: string, options: IcebergTableOptions): Promise<IcebergFixture> {
    const table = new IcebergFixture(lake, name, options);
    await lake.glue.send(new CreateTableCommand({ DatabaseName: 'lake', TableInput: await table.#input() }));
    return table;
  }

  /** A data file, not yet part of the table. */
  async write(
    rows: readonly Row[],
    { rowsPerGroup = rows.length, fields = this.#fields }: FileOptions = {},
  ): Promise<StoredFile> {
    const writer = new ByteWriter();
    void parquetWrite({
      writer,
      rowGroupSize: Math.max(rowsPerGroup, 1),
      schema: [
        { name: 'table', num_children: fields.length },
        ...fields.map(
          ({ id, name, type }): SchemaElement => ({
            name,
            field_id: id,
            repetition_type: 'OPTIONAL',
            ...PARQUET[type],
          }),
        ),
      ],
      columnData: fields.map(({ name, type }) => ({
        name,
        data: rows.map((row) => {
          const value = row[name] ?? null;
          return value !== null && (type === 'long' || type === 'timestamp') ? BigInt(value) : value;
        }),
      })),
    });
    const key = `history/${this.#name}/data/${String(this.#files++).padStart(5, '0')}.parquet`;
    const body = writer.getBytes();
    await this.#lake.put(key, body);
    return { path: `s3://lake/${key}`, bytes: body.length, rows, fields };
  }

  /** A snapshot that has these files instead of those that `gone` picks. Returns its id. */
  async commit(
    added: readonly StoredFile[],
    gone: (file: StoredFile) => boolean = () => false,
  ): Promise<string> {
    const parent = this.#snapshots.at(-1);
    const id = FIRST_SNAPSHOT + BigInt(this.#snapshots.length);
    this.#live = [...this.#live.filter((file) => !gone(file)), ...added];
    const manifest = await this.#put(
      `manifest-${id}.avro`,
      await container(this.#manifestSchema(), this.#entries(id)),
    );
    const list = { ...manifest, content: 0, added_snapshot_id: id, added_files_count: this.#live.length };
    const { path } = await this.#put(
      `snap-${id}.avro`,
      await container(LIST_SCHEMA, [this.listed?.(list) ?? list]),
    );
    this.#snapshots.push({
      'snapshot-id': id,
      ...(parent !== undefined && { 'parent-snapshot-id': parent['snapshot-id'] }),
      'timestamp-ms': Date.UTC(2026, 10, 20) + this.#snapshots.length * 3_600_000,
      'manifest-list': path,
      'schema-id': this.#schemas.length - 1,
      summary: { operation: 'overwrite', 'total-data-files': String(this.#live.length) },
    });
    await this.publish();
    return String(id);
  }

  /** What a test makes of an entry of the manifest list. */
  listed: ((entry: Record<string, unknown>) => Record<string, unknown>) | undefined;

  /** Another schema for files written from now on. */
  async evolve(fields: readonly Field[]): Promise<void> {
    this.#fields = fields;
    this.#schemas.push(fields);
    await this.publish();
  }

  /** The Glue table pointed at a new metadata file. */
  async publish(): Promise<void> {
    await this.#lake.glue.send(
      new UpdateTableCommand({ DatabaseName: 'lake', TableInput: await this.#input() }),
    );
  }

  async #input(): Promise<TableInput> {
    const { partitionBy } = this.#options;
    const current = this.#snapshots.at(-1)?.['snapshot-id'];
    const metadata = {
      'format-version': this.#options.formatVersion ?? 2,
      location: this.location,
      'current-schema-id': this.#schemas.length - 1,
      schemas: this.#schemas.map((fields, id) => ({
        type: 'struct',
        'schema-id': id,
        fields: fields.map((field) => ({ ...field, required: false })),
      })),
      'default-spec-id': 0,
      'partition-specs': [
        {
          'spec-id': 0,
          fields: this.#partitionFields().map(({ id, name }) => ({
            name,
            transform: 'identity',
            'source-id': id,
            'field-id': 1000,
          })),
        },
      ],
      properties: this.#options.properties ?? {},
      ...(current !== undefined && {
        'current-snapshot-id': current,
        refs: { main: { 'snapshot-id': current, type: 'branch' } },
      }),
      snapshots: this.#snapshots,
      'snapshot-log': this.#snapshots.map((snapshot) => ({
        'snapshot-id': snapshot['snapshot-id'],
        'timestamp-ms': snapshot['timestamp-ms'],
      })),
    };
    const text = JSON.stringify(metadata, (_, value: unknown) =>
      typeof value === 'bigint' ? `#${value}#` : value,
    );
    const { path } = await this.#put(
      `${String(this.#version++).padStart(5, '0')}.metadata.json`,
      text.replaceAll(/"#(\d+)#"/g, '$1'),
    );
    return {
      Name: this.#name,
      TableType: 'EXTERNAL_TABLE',
      Parameters: {
        table_type: 'ICEBERG',
        metadata_location: path,
        ...(partitionBy !== undefined && { partitionBy }),
      },
      StorageDescriptor: {
        Location: this.location,
        Columns: this.#fields.map(({ name, type }) => ({ Name: name, Type: GLUE[type] })),
      },
    };
  }

  #partitionFields(): readonly Field[] {
    return this.#fields.filter(({ name }) => name === this.#options.partitionBy);
  }

  #manifestSchema(): avsc.Schema {
    const partition = this.#partitionFields().map(({ name, type }) => ({
      name,
      type: ['null', type === 'date' ? 'int' : type] as avsc.schema.AvroSchema,
    }));
    return {
      type: 'record',
      name: 'manifest_entry',
      fields: [
        { name: 'status', type: 'int' },
        { name: 'snapshot_id', type: ['null', 'long'] },
        {
          name: 'data_file',
          type: {
            type: 'record',
            name: 'r2',
            fields: [
              { name: 'content', type: 'int' },
              { name: 'file_path', type: 'string' },
              { name: 'file_format', type: 'string' },
              { name: 'partition', type: { type: 'record', name: 'r102', fields: partition } },
              { name: 'record_count', type: 'long' },
              { name: 'file_size_in_bytes', type: 'long' },
              { name: 'value_counts', type: mapOf(119, 120, 'long') },
              { name: 'null_value_counts', type: mapOf(121, 122, 'long') },
              { name: 'lower_bounds', type: mapOf(126, 127, 'bytes') },
              { name: 'upper_bounds', type: mapOf(129, 130, 'bytes') },
            ],
          },
        },
      ],
    };
  }

  #entries(snapshotId: bigint): unknown[] {
    return this.#live.map(({ path, bytes, rows, fields }) => {
      const values = fields.map(({ id, name, type }) => ({
        id,
        type,
        present: rows.map((row) => row[name] ?? null).filter((value) => value !== null),
      }));
      const bounded = values.filter(({ present }) => present.length > 0);
      const bound = (pick: (a: Cell, b: Cell) => boolean): unknown[] =>
        bounded.map(({ id, type, present }) => ({
          key: id,
          value: serialized(
            type,
            present.reduce((best, value) => (pick(value, best) ? value : best)),
          ),
        }));
      return {
        status: 1,
        snapshot_id: snapshotId,
        data_file: {
          content: 0,
          file_path: path,
          file_format: 'PARQUET',
          partition: Object.fromEntries(
            this.#partitionFields().map(({ name }) => [name, rows[0]?.[name] ?? null]),
          ),
          record_count: BigInt(rows.length),
          file_size_in_bytes: BigInt(bytes),
          value_counts: values.map(({ id }) => ({ key: id, value: BigInt(rows.length) })),
          null_value_counts: values.map(({ id, present }) => ({
            key: id,
            value: BigInt(rows.length - present.length),
          })),
          lower_bounds: bound((a, b) => (a ?? 0) < (b ?? 0)),
          upper_bounds: bound((a, b) => (a ?? 0) > (b ?? 0)),
        },
      };
    });
  }

  async #put(
    name: string,
    body: Uint8Array | string,
  ): Promise<Record<string, unknown> & { readonly path: string }> {
    const key = `history/${this.#name}/metadata/${name}`;
    await this.#lake.put(key, body);
    const path = `s3://lake/${key}`;
    return { path, manifest_path: path, manifest_length: BigInt(body.length), partition_spec_id: 0 };
  }
}

const LIST_SCHEMA: avsc.Schema = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    { name: 'manifest_path', type: 'string' },
    { name: 'manifest_length', type: 'long' },
    { name: 'partition_spec_id', type: 'int' },
    { name: 'content', type: 'int' },
    { name: 'added_snapshot_id', type: 'long' },
    { name: 'added_files_count', type: 'int' },
  ],
};

async function container(schema: avsc.Schema, records: readonly unknown[]): Promise<Buffer> {
  const type = avsc.Type.forSchema(structuredClone(schema), { registry: { long: LONG } });
  const encoder = new avsc.streams.BlockEncoder(type, { codec: 'deflate' });
  return buffer(Readable.from(records).pipe(encoder));
}

function serialized(type: IcebergType, value: Cell): Buffer {
  if (type === 'string') return Buffer.from(String(value));
  const bytes = Buffer.alloc(type === 'int' || type === 'date' ? 4 : 8);
  if (type === 'double') bytes.writeDoubleLE(Number(value));
  else if (bytes.length === 4) bytes.writeInt32LE(Number(value));
  else bytes.writeBigInt64LE(BigInt(value ?? 0));
  return bytes;
}
