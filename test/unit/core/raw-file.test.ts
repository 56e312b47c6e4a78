import { deflateRawSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import fc from 'fast-check';
import { AvroReader, AvroWriter } from '../../../core/avro-bytes.ts';
import type { DeliveredRecord } from '../../../core/kafka-event.ts';
import { rawKey } from '../../../core/layout.ts';
import {
  decodeRawFile,
  decodeRawHeader,
  encodeRawFile,
  isSameRecord,
  parseRawMetadata,
} from '../../../core/raw-file.ts';
import { RAW_AVRO_SCHEMA } from '../../../core/raw-schema.ts';
import { base64, LOG, makeRecord } from '../../helpers/records.ts';

const KEY = rawKey(LOG, 0);

const bytes = fc.uint8Array({ maxLength: 40 });
const nullableBase64 = fc.option(bytes.map((value) => base64(value)));
const anyRecords: fc.Arbitrary<DeliveredRecord[]> = fc
  .array(
    fc.record({
      offset: fc.integer({ min: 1, max: 1_000_000 }),
      timestamp: fc.integer({ min: -(2 ** 52 - 1), max: 2 ** 52 - 1 }),
      timestampType: fc.constantFrom('CREATE_TIME', 'LOG_APPEND_TIME'),
      key: nullableBase64,
      value: nullableBase64,
      headers: fc.array(fc.record({ name: fc.string(), value: fc.option(bytes) }), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((records) => {
    let offset = 0;
    return records.map((record) => ({ ...record, offset: (offset += record.offset) }));
  });

/** The same container as it was written before. */
function deflated(body: Buffer): Buffer {
  const reader = new AvroReader(body);
  const writer = new AvroWriter(body.length);
  writer.raw(reader.raw(4));
  writer.stringMap({ ...Object.fromEntries(reader.stringMap()), 'avro.codec': 'deflate' });
  writer.raw(reader.raw(16));
  writer.long(reader.long());
  writer.bytes(deflateRawSync(zstdDecompressSync(reader.bytes())));
  writer.raw(reader.raw(16));
  return writer.finish();
}

describe('a raw object', () => {
  test('holds any records exactly', () => {
    fc.assert(
      fc.property(anyRecords, (records) => {
        const { body, header } = encodeRawFile(KEY, 0, records);
        const file = decodeRawFile(KEY, body);
        expect(file.header).toEqual(header);
        expect(file.records.length).toBe(records.length);
        records.forEach((record, index) => {
          const landed = file.records[index];
          expect(landed !== undefined && isSameRecord(record, landed)).toBe(true);
        });
      }),
    );
  });

  test('is the same bytes for the same records, and other bytes under another key', () => {
    const records = [makeRecord(0), makeRecord(1)];
    const { body } = encodeRawFile(KEY, 0, records);
    expect(encodeRawFile(KEY, 0, records).body.equals(body)).toBe(true);
    expect(encodeRawFile(rawKey({ ...LOG, partition: 4 }, 0), 0, records).body.equals(body)).toBe(false);
  });

  test('is an Avro container that any reader decodes', async () => {
    const records = [
      makeRecord(3, { headers: [{ name: 'trace', value: Buffer.from('x') }] }),
      makeRecord(9, { key: null, value: null }),
    ];
    const { body } = encodeRawFile(KEY, 0, records);
    const read: unknown[] = [];
    const decoder = new avsc.streams.BlockDecoder({
      codecs: { zstandard: zstdDecompress },
      parseHook: (schema) => avsc.Type.forSchema(schema, { wrapUnions: false }),
    });
    await new Promise<void>((resolve, reject) => {
      decoder.on('data', (record: object) => read.push(JSON.parse(JSON.stringify(record))));
      decoder.on('end', resolve);
      decoder.on('error', reject);
      decoder.end(body);
    });
    const asJson = (text: string): unknown => JSON.parse(JSON.stringify(Buffer.from(text)));
    expect(read).toEqual([
      {
        offset: 3,
        timestamp: makeRecord(3).timestamp,
        timestamp_type: 'CREATE_TIME',
        key: asJson('AAPL'),
        headers: [{ name: 'trace', value: asJson('x') }],
        value: asJson('value 3'),
      },
      {
        offset: 9,
        timestamp: makeRecord(9).timestamp,
        timestamp_type: 'CREATE_TIME',
        key: null,
        headers: [],
        value: null,
      },
    ]);
    expect(RAW_AVRO_SCHEMA.fields.map(({ name }) => name)).toEqual(Object.keys(read[0] as object));
  });

  test('of before, compressed by deflate, is read as well', () => {
    const { body, header } = encodeRawFile(KEY, 0, [makeRecord(3), makeRecord(4)]);
    const older = deflated(body);
    expect(older.includes('deflate')).toBe(true);
    expect(decodeRawFile(KEY, older)).toEqual(decodeRawFile(KEY, body));
    expect(decodeRawHeader(KEY, older)).toEqual(header);
  });

  test('says in its S3 metadata what it covers and holds', () => {
    const { metadata, header } = encodeRawFile(KEY, 2, [makeRecord(3), makeRecord(4), makeRecord(9)]);
    expect(metadata).toEqual({ first: '2', last: '9', records: '3', held: '3-4,9' });
    expect(parseRawMetadata(metadata)).toEqual(header);
  });

  test.each([
    [{}],
    [{ first: '0', last: '9', records: '3' }],
    [{ first: 'x', last: '9', records: '3', held: '1' }],
  ])('with metadata %j must be asked itself', (metadata) => {
    expect(parseRawMetadata(metadata)).toBeUndefined();
  });

  test('is refused if a value is not base64', () => {
    expect(() => encodeRawFile(KEY, 0, [makeRecord(0, { value: 'a*b=' })])).toThrow(
      expect.objectContaining({ code: 'EVENT_MALFORMED', coordinates: { offset: 0 } }),
    );
  });
});

describe('a damaged raw object', () => {
  const { body } = encodeRawFile(KEY, 0, [makeRecord(0), makeRecord(1)]);
  const refusal = expect.objectContaining({
    code: 'RAW_OBJECT_MALFORMED',
    coordinates: { key: KEY },
  });

  test('is refused wherever it is cut', () => {
    for (let length = 0; length < body.length; length += 7) {
      expect(() => decodeRawFile(KEY, body.subarray(0, length))).toThrow(refusal);
    }
  });

  test('is refused if bytes follow it', () => {
    expect(() => decodeRawFile(KEY, Buffer.concat([body, Buffer.from([2])]))).toThrow(refusal);
  });

  test('is refused if its codec is none that is known', () => {
    const other = Buffer.from(body.toString('latin1').replace('zstandard', 'zstanderd'), 'latin1');
    expect(() => decodeRawFile(KEY, other)).toThrow('its codec is neither zstandard nor deflate');
  });

  test('is refused if it is something else', () => {
    expect(() => decodeRawHeader(KEY, Buffer.from('PAR1 and so on, longer than a magic'))).toThrow(refusal);
  });
});
