/**
 * Curated rows as a Parquet file: ZSTD, one row group, columns as their topic's curatedColumns. Times are TIMESTAMP(MILLIS) without
 * zone, which is what Hive, Athena and Iceberg call timestamp. The same rows give the same bytes.
 */
import type { SchemaElement } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { QuoteColumns } from './columns/quote-columns.ts';
import { curatedColumns, sourceTopicOf } from './curated-columns.ts';
import type { CuratedRow } from './curation.ts';
import type { RawObjectId } from './layout.ts';
import { type ColumnData, writeColumnChunk } from './parquet/column-chunk.ts';
import { gatherNumbers, gatherTexts, repeatNumber, repeatText } from './parquet/column-values.ts';
import type { LakeColumn } from './quote.ts';
import { newYorkEpochDay } from './trading-date.ts';

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

const MAGIC = 0x31524150;
/** What most files take beside, and for, their rows; a larger one grows. */
const FOOTER_BYTES = 8192;
const ROW_BYTES = 24;

/**
 * @param rows numbers of the columns' rows, in the file's order
 * @param object the raw object that they come from
 */
export function encodeParquet(columns: QuoteColumns, rows: Int32Array, object: RawObjectId): Buffer {
  const elements = curatedColumns(object.topic).map(elementOf);
  const writer = new ByteWriter(FOOTER_BYTES + rows.length * ROW_BYTES);
  writer.appendUint32(MAGIC);
  const start = writer.offset;
  const chunks = dataOf(columns, rows, object).map((data, place) => {
    const element = elements[place];
    if (element === undefined) throw new RangeError(`there is no column ${place}`);
    return writeColumnChunk(writer, element, data);
  });
  const num_rows = BigInt(rows.length);
  writeMetadata(writer, {
    version: 2,
    created_by: 'tickerlake',
    schema: [{ name: 'quotes', num_children: elements.length }, ...elements],
    num_rows,
    row_groups: [
      {
        columns: chunks,
        num_rows,
        total_byte_size: chunks.reduce((sum, { meta_data }) => sum + meta_data.total_uncompressed_size, 0n),
        total_compressed_size: BigInt(writer.offset - start),
      },
    ],
    metadata_length: 0,
  });
  writer.appendUint32(MAGIC);
  const bytes = writer.getBytes();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Rows that are no columns yet, in the file's order. */
export function encodeRows(rows: readonly CuratedRow[], object: RawObjectId): Buffer {
  const columns = QuoteColumns.of(rows, { isDerived: sourceTopicOf(object.topic) !== undefined });
  return encodeParquet(columns, Int32Array.from(rows.keys()), object);
}

function elementOf({ name, glueType }: LakeColumn): SchemaElement {
  return { name, repetition_type: 'OPTIONAL', ...PARQUET_TYPES[glueType] };
}

/** In the order of curatedColumns. */
function dataOf(columns: QuoteColumns, rows: Int32Array, object: RawObjectId): ColumnData[] {
  const { fields, offsets, timestamps, eventTimes, sources } = columns;
  const numbers = (column: Float64Array): ColumnData => gatherNumbers(column, rows);
  const eventTime = gatherNumbers(eventTimes, rows);
  const sourceColumns =
    sources === undefined
      ? []
      : [gatherTexts(sources.logIds, rows), numbers(sources.partitions), numbers(sources.offsets)];
  return [
    ...fields.map((field) => (field instanceof Float64Array ? numbers(field) : gatherTexts(field, rows))),
    repeatText(object.logId, rows.length),
    repeatNumber(object.partition, rows.length),
    numbers(offsets),
    numbers(timestamps),
    eventTime,
    { ...eventTime, numbers: eventTime.numbers.map(newYorkEpochDay) },
    ...sourceColumns,
  ];
}
