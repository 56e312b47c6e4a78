/** The records of a raw object by column: where each one's parts lie in the block, without an object or a copy a record. */
import { TickerlakeError } from '../errors.ts';
import { openRawFile, type RawBlock, type RawHeader, type RawRecord, readRawRecord } from '../raw-file.ts';
import { formatRuns, runsOf } from '../raw-log.ts';
import { frameSchemaVersionId, HEADER_BYTES, isSameVersion } from '../wire.ts';
import { AvroCursor } from './avro-cursor.ts';

export class RawColumns {
  readonly header: RawHeader;
  /** All records, decompressed. Positions below are into it. */
  readonly block: Buffer;
  readonly view: DataView;
  readonly offsets: Float64Array;
  /** Epoch ms. */
  readonly timestamps: Float64Array;
  /** Where the whole record starts. */
  readonly starts: Int32Array;
  /** Where its value starts, -1 where it has none. */
  readonly valueStarts: Int32Array;
  /** Where its value ends, which is where the record does. */
  readonly ends: Int32Array;

  private constructor(header: RawHeader, block: Buffer, count: number) {
    this.header = header;
    this.block = block;
    this.view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    this.offsets = new Float64Array(count);
    this.timestamps = new Float64Array(count);
    this.starts = new Int32Array(count);
    this.valueStarts = new Int32Array(count);
    this.ends = new Int32Array(count);
  }

  /** @throws TickerlakeError RAW_OBJECT_MALFORMED */
  static read(key: string, body: Buffer): RawColumns {
    const { header, blocks } = openRawFile(key, body);
    const [first] = blocks;
    const bytes =
      first !== undefined && blocks.length === 1
        ? first.bytes
        : Buffer.concat(blocks.map((block) => block.bytes));
    const columns = new RawColumns(
      header,
      bytes,
      blocks.reduce((sum, { count }) => sum + count, 0),
    );
    const problem = columns.#index(blocks);
    if (problem === undefined) return columns;
    throw new TickerlakeError('RAW_OBJECT_MALFORMED', `the raw object cannot be read: ${problem}`, {
      coordinates: { key },
    });
  }

  get length(): number {
    return this.offsets.length;
  }

  /** One record with all its parts. */
  record(row: number): RawRecord {
    return readRawRecord(this.block, this.starts[row] as number);
  }

  /** Ids of the schema versions that the records name. */
  schemaVersionIds(): Set<string> {
    const ids = new Set<string>();
    let last = -1;
    for (let row = 0; row < this.length; row += 1) {
      const start = this.valueStarts[row] as number;
      if (start < 0 || start + HEADER_BYTES > (this.ends[row] as number)) continue;
      if (last >= 0 && isSameVersion(this.view, start, last)) continue;
      last = start;
      ids.add(frameSchemaVersionId(this.block.subarray(start)));
    }
    return ids;
  }

  /** Says what is wrong with the block, if something is. */
  #index(blocks: readonly RawBlock[]): string | undefined {
    const { block, offsets, timestamps, starts, valueStarts, ends } = this;
    const cursor = new AvroCursor(block);
    for (let row = 0; row < offsets.length; row += 1) {
      starts[row] = cursor.position;
      offsets[row] = cursor.long();
      timestamps[row] = cursor.long();
      skipBytes(cursor);
      skipNullable(cursor);
      if (!skipHeaders(cursor, block.length)) return 'it is cut short';
      valueStarts[row] = skipNullable(cursor);
      ends[row] = cursor.position;
      if (!(cursor.position <= block.length)) return 'it is cut short';
      if (Number.isNaN(timestamps[row])) return 'a number is too long';
    }
    if (!endsWithRecords(blocks, ends)) return 'a block is longer than its records';
    const isAsNamed = formatRuns(runsOf(offsets)) === formatRuns(this.header.held);
    return isAsNamed ? undefined : 'its records are not those that its header names';
  }
}

/** Whether each block ends where its last record does. */
function endsWithRecords(blocks: readonly RawBlock[], ends: Int32Array): boolean {
  let [row, position] = [0, 0];
  return blocks.every(({ count, bytes }) => {
    row += count;
    position += bytes.length;
    return (row === 0 ? 0 : ends[row - 1]) === position;
  });
}

/** A length that is none makes the position NaN, which is below no end. */
function skipBytes(cursor: AvroCursor): void {
  const length = cursor.long();
  cursor.position += length >= 0 ? length : Number.NaN;
}

/** Where the bytes start, or -1 for null. */
function skipNullable(cursor: AvroCursor): number {
  const branch = cursor.long();
  if (branch === 0) return -1;
  const length = cursor.long();
  const start = cursor.position;
  cursor.position += length >= 0 && !Number.isNaN(branch) ? length : Number.NaN;
  return start;
}

/** False if they do not end before the block does. */
function skipHeaders(cursor: AvroCursor, end: number): boolean {
  for (let count = cursor.long(); count !== 0; count = cursor.long()) {
    if (!(count > 0)) return false;
    for (let index = 0; index < count; index += 1) {
      skipBytes(cursor);
      skipNullable(cursor);
      if (!(cursor.position < end)) return false;
    }
  }
  return true;
}
