/**
 * Raw objects: Avro object container files, one block compressed by Zstandard, written by hand since records come as base64
 * and go straight into place. https://avro.apache.org/docs/1.11.1/specification/#object-container-files
 * The same records under the same key give the same bytes, the sync marker included.
 *
 * Objects compressed by deflate, which was written before, are read as well: raw is never rewritten.
 */
import { hash } from 'node:crypto';
import { constants, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { AvroReader, AvroWriter } from './avro-bytes.ts';
import { TickerlakeError } from './errors.ts';
import type { DeliveredRecord, RecordHeader } from './kafka-event.ts';
import { formatRuns, heldRuns, type OffsetRun, parseRuns, type RawExtent } from './raw-log.ts';
import { RAW_AVRO_SCHEMA_TEXT } from './raw-schema.ts';

const MAGIC = 'Obj\u0001';
const SYNC_BYTES = 16;
const CODEC = 'zstandard';
/** Level 1 costs an eighth of what deflate costs at its fastest, and leaves smaller objects: docs/performance.md. */
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 }, chunkSize: 1 << 18 };
const DECOMPRESSORS = new Map<string, (block: Buffer) => Buffer>([
  [CODEC, (block) => zstdDecompressSync(block)],
  ['deflate', (block) => inflateRawSync(block)],
]);
/** S3 allows 2 KB of user metadata; runs longer than this are read from the container's header instead. */
const MAX_METADATA_RUNS_CHARS = 1500;

/** A record read back from a raw object. */
export interface RawRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: string;
  readonly key: Buffer | null;
  readonly headers: readonly RecordHeader[];
  readonly value: Buffer | null;
}

export interface RawHeader extends RawExtent {
  readonly records: number;
}

export interface RawFile {
  readonly header: RawHeader;
  readonly records: readonly RawRecord[];
}

/** An object ready to be put. */
export interface EncodedRawFile {
  readonly body: Buffer;
  /** S3 user metadata: first, last, records and, unless too long, held. */
  readonly metadata: Record<string, string>;
  readonly header: RawHeader;
}

/**
 * Encodes records, whose offsets rise, as the object under `key` that covers offsets from `start` on.
 * @throws TickerlakeError EVENT_MALFORMED if a key or value is not base64
 */
export function encodeRawFile(
  key: string,
  start: number,
  records: readonly DeliveredRecord[],
): EncodedRawFile {
  const last = records.at(-1)?.offset;
  if (last === undefined) throw new RangeError('a raw object holds at least one record');
  const header: RawHeader = { start, last, held: heldRuns(records), records: records.length };
  const metadata = metadataOf(header);
  const block = encodeRecords(records);
  const compressed = zstdCompressSync(block, ZSTD);
  const sync = hash('sha256', Buffer.concat([Buffer.from(key), compressed]), 'buffer').subarray(
    0,
    SYNC_BYTES,
  );
  const writer = new AvroWriter(compressed.length + RAW_AVRO_SCHEMA_TEXT.length + 4096);
  writer.ascii(MAGIC);
  writer.stringMap({
    'avro.codec': CODEC,
    'avro.schema': RAW_AVRO_SCHEMA_TEXT,
    'tickerlake.first': String(start),
    'tickerlake.last': String(last),
    'tickerlake.records': String(records.length),
    'tickerlake.held': formatRuns(header.held),
  });
  writer.raw(sync);
  writer.long(records.length);
  writer.bytes(compressed);
  writer.raw(sync);
  return { body: writer.finish(), metadata, header };
}

function metadataOf(header: RawHeader): Record<string, string> {
  const held = formatRuns(header.held);
  return {
    first: String(header.start),
    last: String(header.last),
    records: String(header.records),
    ...(held.length > MAX_METADATA_RUNS_CHARS ? {} : { held }),
  };
}

function encodeRecords(records: readonly DeliveredRecord[]): Buffer {
  let bytes = 0;
  for (const { key, value, timestampType } of records) {
    bytes += 64 + timestampType.length + (key?.length ?? 0) + (value?.length ?? 0);
  }
  const writer = new AvroWriter(bytes);
  for (const record of records) {
    writer.long(record.offset);
    writer.long(record.timestamp);
    writer.string(record.timestampType);
    writeBase64(writer, record.key, record.offset);
    writeHeaders(writer, record.headers);
    writeBase64(writer, record.value, record.offset);
  }
  return writer.finish();
}

function writeBase64(writer: AvroWriter, text: string | null, offset: number): void {
  if (text === null) {
    writer.long(0);
    return;
  }
  writer.long(1);
  if (!writer.base64(text)) {
    throw new TickerlakeError(
      'EVENT_MALFORMED',
      'the Kafka event cannot be read: a key or value is not base64',
      {
        coordinates: { offset },
      },
    );
  }
}

function writeHeaders(writer: AvroWriter, headers: readonly RecordHeader[]): void {
  if (headers.length > 0) {
    writer.long(headers.length);
    for (const { name, value } of headers) {
      writer.string(name);
      writer.long(value === null ? 0 : 1);
      if (value !== null) writer.bytes(value);
    }
  }
  writer.long(0);
}

/** What S3 metadata says of a raw object, or undefined if its container must be asked. */
export function parseRawMetadata(metadata: Readonly<Record<string, string>>): RawHeader | undefined {
  return headerFrom((name) => metadata[name]);
}

/** @throws TickerlakeError RAW_OBJECT_MALFORMED */
export function decodeRawHeader(key: string, body: Buffer): RawHeader {
  return decode(key, () => readHeader(new AvroReader(body)).header);
}

/** @throws TickerlakeError RAW_OBJECT_MALFORMED */
export function decodeRawFile(key: string, body: Buffer): RawFile {
  const { header, blocks } = openRawFile(key, body);
  return decode(key, () => {
    const records: RawRecord[] = [];
    for (const { count, bytes } of blocks) {
      const block = new AvroReader(bytes);
      for (let index = 0; index < count; index += 1) records.push(readRecord(block));
      if (!block.isAtEnd) throw new Error('a block is longer than its records');
    }
    if (formatRuns(heldRuns(records)) !== formatRuns(header.held)) {
      throw new Error('its records are not those that its header names');
    }
    return { header, records };
  });
}

/** Records of a raw object, decompressed but not yet read. */
export interface RawBlock {
  readonly count: number;
  readonly bytes: Buffer;
}

/** @throws TickerlakeError RAW_OBJECT_MALFORMED */
export function openRawFile(
  key: string,
  body: Buffer,
): { readonly header: RawHeader; readonly blocks: readonly RawBlock[] } {
  return decode(key, () => {
    const reader = new AvroReader(body);
    const { header, sync, decompress } = readHeader(reader);
    const blocks: RawBlock[] = [];
    while (!reader.isAtEnd) {
      const count = reader.long();
      const bytes = decompress(reader.bytes());
      // A record takes some bytes at least, so that nobody makes room for more than there can be.
      if (count < 0 || count > bytes.length) throw new Error('a block has no such count of records');
      blocks.push({ count, bytes });
      if (!reader.raw(SYNC_BYTES).equals(sync)) throw new Error('a sync marker differs');
    }
    return { header, blocks };
  });
}

/** The record that starts at a position of a block. */
export function readRawRecord(block: Buffer, start: number): RawRecord {
  return readRecord(new AvroReader(block.subarray(start)));
}

interface ContainerHeader {
  readonly header: RawHeader;
  readonly sync: Buffer;
  readonly decompress: (block: Buffer) => Buffer;
}

function readHeader(reader: AvroReader): ContainerHeader {
  if (reader.raw(MAGIC.length).toString('latin1') !== MAGIC) throw new Error('it is no Avro container');
  const metadata = reader.stringMap();
  const decompress = DECOMPRESSORS.get(metadata.get('avro.codec') ?? '');
  if (decompress === undefined) throw new Error('its codec is neither zstandard nor deflate');
  if (metadata.get('avro.schema') !== RAW_AVRO_SCHEMA_TEXT)
    throw new Error('its schema is not that of raw records');
  const header = headerFrom((name) => metadata.get(`tickerlake.${name}`));
  if (header === undefined) throw new Error('its header does not name the offsets that it holds');
  return { header, sync: reader.raw(SYNC_BYTES), decompress };
}

function readRecord(reader: AvroReader): RawRecord {
  const offset = reader.long();
  const timestamp = reader.long();
  const timestampType = reader.internedString();
  const key = readNullableBytes(reader);
  const headers: RecordHeader[] = [];
  for (let count = reader.long(); count !== 0; count = reader.long()) {
    if (count < 0) throw new Error('a count is negative, which no raw object has');
    for (let index = 0; index < count; index += 1) {
      headers.push({ name: reader.bytes().toString(), value: readNullableBytes(reader) });
    }
  }
  return { offset, timestamp, timestampType, key, headers, value: readNullableBytes(reader) };
}

function readNullableBytes(reader: AvroReader): Buffer | null {
  return reader.long() === 0 ? null : reader.bytes();
}

function headerFrom(get: (name: string) => string | undefined): RawHeader | undefined {
  const [start, last, records] = ['first', 'last', 'records'].map((name) => get(name) ?? '');
  const held: OffsetRun[] | undefined = parseRuns(get('held') ?? '');
  if (held === undefined || ![start, last, records].every((text) => /^\d+$/.test(text ?? '')))
    return undefined;
  return { start: Number(start), last: Number(last), records: Number(records), held };
}

function decode<T>(key: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TickerlakeError('RAW_OBJECT_MALFORMED', `the raw object cannot be read: ${why}`, {
      coordinates: { key },
      cause: error,
    });
  }
}

/** Whether a delivered record is the one that was landed. */
export function isSameRecord(delivered: DeliveredRecord, landed: RawRecord): boolean {
  return (
    delivered.offset === landed.offset &&
    delivered.timestamp === landed.timestamp &&
    isSameBytes(delivered.key, landed.key) &&
    isSameBytes(delivered.value, landed.value) &&
    delivered.headers.length === landed.headers.length &&
    delivered.headers.every(({ name, value }, index) => {
      const other = landed.headers[index];
      if (other?.name !== name) return false;
      if (value === null || other.value === null) return value === other.value;
      return Buffer.compare(value, other.value) === 0;
    })
  );
}

function isSameBytes(base64: string | null, bytes: Buffer | null): boolean {
  if (base64 === null || bytes === null) return base64 === bytes;
  return Buffer.from(base64, 'base64').equals(bytes);
}
