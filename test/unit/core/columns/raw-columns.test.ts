import { zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AvroReader, AvroWriter } from '../../../../core/avro-bytes.ts';
import { AvroCursor } from '../../../../core/columns/avro-cursor.ts';
import { RawColumns } from '../../../../core/columns/raw-columns.ts';
import { schemaVersionIdsIn } from '../../../../core/curation.ts';
import { rawKey } from '../../../../core/layout.ts';
import { decodeRawFile, encodeRawFile, openRawFile } from '../../../../core/raw-file.ts';
import { encodeFrame } from '../../../../core/wire.ts';
import { base64, LOG, makeRecord, quoteRecord, SCHEMA_ID } from '../../../helpers/records.ts';

const KEY = rawKey(LOG, 0);
const OTHER_ID = 'd4735e3a-265e-46ee-a03f-59718b9b5d03';
const records = [
  quoteRecord(1),
  makeRecord(2, {
    key: null,
    value: null,
    headers: [
      { name: 'trace', value: null },
      { name: 'x', value: Buffer.from('y') },
    ],
  }),
  makeRecord(7, { value: '', timestamp: -5, timestampType: 'LOG_APPEND_TIME' }),
  makeRecord(2 ** 40, { value: base64(encodeFrame(OTHER_ID, Buffer.from('x'))) }),
  quoteRecord(2 ** 40 + 1),
];
const { body } = encodeRawFile(KEY, 0, records);

describe('raw records by column', () => {
  test('are those that the object holds', () => {
    const columns = RawColumns.read(KEY, body);
    const { header, records: expected } = decodeRawFile(KEY, body);
    expect(columns.header).toEqual(header);
    expect([...columns.offsets]).toEqual(records.map(({ offset }) => offset));
    expect([...columns.timestamps]).toEqual(records.map(({ timestamp }) => timestamp));
    expect(expected.map((_, row) => columns.record(row))).toEqual(expected);
    expect(
      expected.map((_, row) => {
        const start = columns.valueStarts[row] ?? 0;
        return start < 0 ? null : columns.block.subarray(start, columns.ends[row]);
      }),
    ).toEqual(expected.map(({ value }) => value));
  });

  test('name the schema versions that any of them names', () => {
    const { records: all } = decodeRawFile(KEY, body);
    expect(RawColumns.read(KEY, body).schemaVersionIds()).toEqual(schemaVersionIdsIn(all));
    expect(RawColumns.read(KEY, body).schemaVersionIds()).toEqual(new Set([SCHEMA_ID, OTHER_ID]));
  });

  test('of a container with several blocks are those of all', () => {
    const block = openRawFile(KEY, body).blocks[0]?.bytes ?? Buffer.alloc(0);
    const split = RawColumns.read(KEY, body).starts[2] ?? 0;
    const container = containerWith([
      [2, block.subarray(0, split)],
      [3, block.subarray(split)],
    ]);
    const columns = RawColumns.read(KEY, container);
    expect(records.map((_, row) => columns.record(row))).toEqual(decodeRawFile(KEY, body).records);
  });

  test('are refused, and soon, where the bytes of the block are others', () => {
    const refusal = expect.objectContaining({ code: 'RAW_OBJECT_MALFORMED', coordinates: { key: KEY } });
    const block = openRawFile(KEY, body).blocks[0]?.bytes ?? Buffer.alloc(0);
    fc.assert(
      fc.property(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 9 }), (place, bytes) => {
        const changed = Buffer.from(block);
        changed.set(bytes.subarray(0, changed.length - (place % changed.length)), place % changed.length);
        const container = containerWith([[records.length, changed]]);
        const outcome = (read: () => unknown): unknown => {
          try {
            return read();
          } catch (error) {
            expect(error).toEqual(refusal);
            return 'refused';
          }
        };
        const byRow = outcome(() => decodeRawFile(KEY, container).records);
        const byColumn = outcome(() => {
          const columns = RawColumns.read(KEY, container);
          return Array.from({ length: columns.length }, (_, row) => columns.record(row));
        });
        expect(byColumn).toEqual(byRow);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    [[3, -1]],
    [[2 ** 40, -5]],
    [[2 ** 40]],
    // As many as there are, but the third lies in both blocks.
    [[3, 2]],
  ])('are refused where blocks count %j records, as the reader of records does', (counts) => {
    const block = openRawFile(KEY, body).blocks[0]?.bytes ?? Buffer.alloc(0);
    const split = (RawColumns.read(KEY, body).starts[2] ?? 0) + 3;
    const parts = counts.length === 1 ? [block] : [block.subarray(0, split), block.subarray(split)];
    const container = containerWith(parts.map((part, index) => [counts[index] ?? 0, part]));
    const refusal = expect.objectContaining({ code: 'RAW_OBJECT_MALFORMED' });
    expect(() => RawColumns.read(KEY, container)).toThrow(refusal);
    expect(() => decodeRawFile(KEY, container)).toThrow(refusal);
  });

  test('are refused where the object is cut', () => {
    for (let length = 0; length < body.length; length += 7)
      expect(() => RawColumns.read(KEY, body.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'RAW_OBJECT_MALFORMED' }),
      );
  });
});

/** The container with other blocks. */
function containerWith(blocks: readonly (readonly [count: number, bytes: Buffer])[]): Buffer {
  const reader = new AvroReader(body);
  const writer = new AvroWriter(body.length);
  writer.raw(reader.raw(4));
  writer.stringMap(Object.fromEntries(reader.stringMap()));
  const sync = reader.raw(16);
  writer.raw(sync);
  for (const [count, bytes] of blocks) {
    writer.long(count);
    writer.bytes(zstdCompressSync(bytes));
    writer.raw(sync);
  }
  return writer.finish();
}

describe('a cursor', () => {
  test('reads the numbers that are written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: -200, max: 200 }))),
        (numbers) => {
          // The writer holds what is below half of the safe range.
          const kept = numbers.map((number) => Math.trunc(number / 2));
          const writer = new AvroWriter(16);
          for (const number of kept) writer.long(number);
          const bytes = writer.finish();
          const cursor = new AvroCursor(bytes);
          expect(kept.map(() => cursor.long())).toEqual(kept.map((number) => number + 0));
          expect(cursor.position).toBe(bytes.length);
        },
      ),
    );
  });

  test('gives NaN for numbers that JavaScript cannot hold, and beyond the end', () => {
    for (const bytes of [
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ])
      expect(new AvroCursor(Buffer.from(bytes)).long()).toBeNaN();
    expect(new AvroCursor(Buffer.alloc(7)).double()).toBeNaN();
  });
});
