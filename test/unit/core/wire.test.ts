import { deflateSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { decodeFrame, encodeFrame, FramingError } from '../../../core/wire.ts';
import { SCHEMA_ID } from '../../helpers/records.ts';

const body = Buffer.from('an Avro body');

describe('the registry’s framing', () => {
  test('is 0x03, compression, the schema version’s UUID, the body', () => {
    expect(encodeFrame(SCHEMA_ID, body).toString('hex')).toBe(
      `0300${SCHEMA_ID.replaceAll('-', '')}${body.toString('hex')}`,
    );
  });

  test.each(['none', 'zlib'] as const)('is undone, compression %s', (compression) => {
    expect(decodeFrame(encodeFrame(SCHEMA_ID, body, compression))).toEqual({
      schemaVersionId: SCHEMA_ID,
      body,
    });
  });

  test.each([
    ['empty', Buffer.alloc(0), /0 bytes are too few/],
    ['too short', encodeFrame(SCHEMA_ID, body).subarray(0, 17), /17 bytes are too few/],
    [
      'of another version',
      Buffer.concat([Buffer.from([0]), encodeFrame(SCHEMA_ID, body).subarray(1)]),
      /version byte is 0x00/,
    ],
    [
      'compressed otherwise',
      Buffer.concat([Buffer.from([3, 1]), encodeFrame(SCHEMA_ID, body).subarray(2)]),
      /compression byte is 0x01/,
    ],
    [
      'zlib that is none',
      Buffer.concat([Buffer.from([3, 5]), encodeFrame(SCHEMA_ID, body).subarray(2)]),
      /does not inflate/,
    ],
    [
      'a bomb',
      Buffer.concat([
        encodeFrame(SCHEMA_ID, body, 'zlib').subarray(0, 18),
        deflateSync(Buffer.alloc(20_000_000)),
      ]),
      /does not inflate/,
    ],
  ])('is refused when it is %s', (_, value, message) => {
    expect(() => decodeFrame(value)).toThrow(FramingError);
    expect(() => decodeFrame(value)).toThrow(message);
  });

  test('needs a UUID', () => {
    expect(() => encodeFrame('latest', body)).toThrow(FramingError);
  });
});
