/**
 * Curated rows as a Parquet file: ZSTD, one row group, columns as their topic's curatedColumns. Times are TIMESTAMP(MILLIS) without
 * zone, which is what Hive, Athena and Iceberg call timestamp. The same rows give the same bytes.
 */
import { constants, zstdCompressSync } from 'node:zlib';
import { ByteWriter, type ParquetWriteOptions, parquetWrite } from 'hyparquet-writer';
import { curatedColumns, sourceTopicOf } from './curated-columns.ts';
import type { CuratedRow } from './curation.ts';
import type { RawObjectId } from './layout.ts';
import { type LakeColumn, QUOTE_FIELDS } from './quote.ts';
import type { SourceCoordinates } from './source-coordinates.ts';
import { newYorkEpochDay } from './trading-date.ts';

type SchemaElement = NonNullable<ParquetWriteOptions['schema']>[number];

const TIMESTAMP: Partial<SchemaElement> = {
  type: 'INT64',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MILLIS' },
};
const PARQUET_TYPES = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  double: { type: 'DOUBLE' },
  timestamp: TIMESTAMP,
  int: { type: 'INT32' },
  bigint: { type: 'INT64' },
  date: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
} as const satisfies Record<LakeColumn['glueType'], Partial<SchemaElement>>;

/** Level 1: higher ones cost more time than they save bytes on files of this size. */
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** @param object the raw object that the rows come from */
export function encodeParquet(rows: readonly CuratedRow[], object: RawObjectId): Buffer {
  const columns = curatedColumns(object.topic);
  const writer = new ByteWriter();
  // Into memory it writes at once; a promise comes only of a writer that flushes.
  void parquetWrite({
    writer,
    schema: schemaOf(columns),
    columnData: dataOf(rows, object).map((data, index) => ({ name: columns[index]?.name ?? '', data })),
    codec: 'ZSTD',
    compressors: { ZSTD: (bytes) => zstdCompressSync(bytes, ZSTD) },
    rowGroupSize: Math.max(rows.length, 1),
    createdBy: 'tickerlake',
  });
  return Buffer.from(writer.getBuffer());
}

function schemaOf(columns: readonly LakeColumn[]): SchemaElement[] {
  return [
    { name: 'quotes', num_children: columns.length },
    ...columns.map(
      ({ name, glueType }): SchemaElement => ({
        name,
        repetition_type: 'OPTIONAL',
        ...PARQUET_TYPES[glueType],
      }),
    ),
  ];
}

type ColumnValues = ParquetWriteOptions['columnData'][number]['data'];

/** Values by column, in the columns' order. */
function dataOf(rows: readonly CuratedRow[], object: RawObjectId): ColumnValues[] {
  const quoteColumns = QUOTE_FIELDS.map(({ name, kind }) => {
    if (kind !== 'time') return rows.map(({ quote }) => quote[name]);
    return rows.map(({ quote }) => {
      const ms = quote[name];
      return ms === null ? null : BigInt(ms);
    });
  });
  const lineageColumns = [
    rows.map(() => object.logId),
    new Int32Array(rows.length).fill(object.partition),
    BigInt64Array.from(rows, ({ offset }) => BigInt(offset)),
    BigInt64Array.from(rows, ({ timestamp }) => BigInt(timestamp)),
    BigInt64Array.from(rows, ({ eventTime }) => BigInt(eventTime)),
    Int32Array.from(rows, ({ eventTime }) => newYorkEpochDay(eventTime)),
  ];
  const isDerived = sourceTopicOf(object.topic) !== undefined;
  return [...quoteColumns, ...lineageColumns, ...(isDerived ? sourceData(rows) : [])];
}

function sourceData(rows: readonly CuratedRow[]): ColumnValues[] {
  const sources = rows.map(sourceOf);
  return [
    sources.map(({ logId }) => logId),
    Int32Array.from(sources, ({ partition }) => partition),
    BigInt64Array.from(sources, ({ offset }) => BigInt(offset)),
  ];
}

function sourceOf({ source, offset }: CuratedRow): SourceCoordinates {
  if (source === undefined) throw new RangeError(`the row of offset ${offset} names no source`);
  return source;
}
