/**
 * One column of a file: a dictionary page where values repeat, and one data page. Headers and footer are hyparquet-writer's; what is
 * in the pages is made here, from columns, where it would want an array of values: docs/adr/0012-curate-by-column.md.
 */
import { constants, zstdCompressSync } from 'node:zlib';
import type { ColumnMetaData, Encoding, SchemaElement } from 'hyparquet';
import type { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import {
  type ColumnStatistics,
  type NumberValues,
  numberStatistics,
  type TextValues,
  textStatistics,
} from './column-values.ts';
import { bitWidthOf, encodeHybrid } from './hybrid.ts';
import { buildDictionary } from './number-dictionary.ts';
import { type NumberType, plainNumbers, plainTexts } from './plain.ts';

/** Level 1: higher ones cost more time than they save bytes on files of this size. */
const ZSTD_LEVEL = { [constants.ZSTD_c_compressionLevel]: 1 };
/** Below it a page is as large compressed as not. */
const MIN_COMPRESSED_BYTES = 64;

/** A column's values, encoded. */
interface Encoded {
  readonly dictionary: { readonly size: number; readonly bytes: Uint8Array } | undefined;
  /** Of the values that are there. */
  readonly values: Uint8Array;
  readonly statistics: ColumnStatistics;
}

export type ColumnData = TextValues | NumberValues;

/** Appends the column's pages; returns what the footer says of them. */
export function writeColumnChunk(
  writer: ByteWriter,
  element: SchemaElement,
  data: ColumnData,
): { readonly file_offset: bigint; readonly meta_data: ColumnMetaData } {
  const { type } = element;
  if (type === undefined) throw new RangeError(`column ${element.name} has no type`);
  const { dictionary, values, statistics } =
    'texts' in data ? encodeTexts(data) : encodeNumbers(data, type as NumberType);
  const start = writer.offset;
  const dictionaryBytes = dictionary === undefined ? 0 : writeDictionaryPage(writer, dictionary);
  const dataStart = writer.offset;
  const encoding: Encoding = dictionary === undefined ? 'PLAIN' : 'RLE_DICTIONARY';
  const dataBytes = writeDataPage(writer, data, encoding, values);
  return {
    file_offset: BigInt(start),
    meta_data: {
      type,
      encodings: dictionary === undefined ? ['PLAIN'] : ['PLAIN', 'RLE_DICTIONARY'],
      path_in_schema: [element.name],
      codec: 'ZSTD',
      num_values: BigInt(data.length),
      total_uncompressed_size: BigInt(dictionaryBytes + dataBytes),
      total_compressed_size: BigInt(writer.offset - start),
      data_page_offset: BigInt(dataStart),
      ...(dictionary !== undefined && { dictionary_page_offset: BigInt(start) }),
      statistics,
      encoding_stats: [
        ...(dictionary === undefined
          ? []
          : [{ page_type: 'DICTIONARY_PAGE' as const, encoding: 'PLAIN' as const, count: 1 }]),
        { page_type: 'DATA_PAGE_V2', encoding, count: 1 },
      ],
    },
  };
}

/** Texts repeat: names, exchanges, symbols of many rows. Where none does, its dictionary is as large as they are, and a bit. */
function encodeTexts(data: TextValues): Encoded {
  return {
    dictionary: { size: data.texts.length, bytes: plainTexts(data.texts) },
    values: encodeCodes(data.codes, data.texts.length),
    statistics: textStatistics(data),
  };
}

function encodeNumbers(data: NumberValues, type: NumberType): Encoded {
  const statistics = numberStatistics(data, type === 'DOUBLE');
  const found = buildDictionary(data.numbers);
  if (found === undefined)
    return { dictionary: undefined, values: plainNumbers(data.numbers, type), statistics };
  const { distinct, codes } = found;
  return {
    dictionary: { size: distinct.length, bytes: plainNumbers(distinct, type) },
    values: encodeCodes(codes, distinct.length),
    statistics,
  };
}

/** https://parquet.apache.org/docs/file-format/data-pages/encodings/#DICTIONARY */
function encodeCodes(codes: Int32Array, size: number): Uint8Array {
  const bitWidth = bitWidthOf(size);
  const hybrid = encodeHybrid(codes, bitWidth);
  const bytes = new Uint8Array(hybrid.length + 1);
  bytes[0] = bitWidth;
  bytes.set(hybrid, 1);
  return bytes;
}

/** Returns its size uncompressed, header included. */
function writeDictionaryPage(
  writer: ByteWriter,
  { size, bytes }: NonNullable<Encoded['dictionary']>,
): number {
  const compressed = compress(bytes);
  const start = writer.offset;
  writePageHeader(writer, {
    type: 'DICTIONARY_PAGE',
    uncompressed_page_size: bytes.length,
    compressed_page_size: compressed.length,
    dictionary_page_header: { num_values: size, encoding: 'PLAIN' },
  });
  const headerBytes = writer.offset - start;
  writer.appendBytes(compressed);
  return headerBytes + bytes.length;
}

/** Returns its size uncompressed, header included. Its levels are never compressed. */
function writeDataPage(
  writer: ByteWriter,
  { length, presence }: ColumnData,
  encoding: Encoding,
  values: Uint8Array,
): number {
  const levels = encodeHybrid(presence ?? new Int32Array(length).fill(1), 1);
  const nulls = presence === undefined ? 0 : presence.reduce((sum, each) => sum - each, length);
  const isCompressed = values.length >= MIN_COMPRESSED_BYTES;
  const body = isCompressed ? compress(values) : values;
  const start = writer.offset;
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: levels.length + values.length,
    compressed_page_size: levels.length + body.length,
    data_page_header_v2: {
      num_values: length,
      num_nulls: nulls,
      num_rows: length,
      encoding,
      definition_levels_byte_length: levels.length,
      repetition_levels_byte_length: 0,
      is_compressed: isCompressed,
    },
  });
  const headerBytes = writer.offset - start;
  writer.appendBytes(levels);
  writer.appendBytes(body);
  return headerBytes + levels.length + values.length;
}

/** In one chunk: what does not compress grows by less than a part in 128, and a frame's header. */
function compress(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, { params: ZSTD_LEVEL, chunkSize: bytes.length + (bytes.length >> 7) + 128 });
}
