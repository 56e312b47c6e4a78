/**
 * AWS Glue Schema Registry framing: version byte 0x03, compression byte (0x00 none, 0x05 zlib), 16-byte schema version
 * UUID, body. https://docs.aws.amazon.com/glue/latest/dg/schema-registry.html, and the AWSSchemaRegistryConstants of
 * https://github.com/awslabs/aws-glue-schema-registry
 */
import { deflateSync, inflateSync } from 'node:zlib';

const HEADER_VERSION = 0x03;
const UNCOMPRESSED = 0x00;
const ZLIB = 0x05;
export const HEADER_BYTES = 18;
/** The first two bytes of a frame whose body is not compressed, big-endian. */
export const UNCOMPRESSED_HEADER = (HEADER_VERSION << 8) | UNCOMPRESSED;
/** A body may not inflate to more: a Kafka record is at most a few MB, a bomb is not. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export interface Frame {
  /** Schema version id, a UUID in lower case. */
  readonly schemaVersionId: string;
  readonly body: Buffer;
}

/** Thrown for a value that is not a frame; the message says why. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/** Makes the header once for all records of a schema version. */
export function frameHeader(schemaVersionId: string, compression: 'none' | 'zlib' = 'none'): Buffer {
  if (!UUID.test(schemaVersionId)) throw new FramingError('a schema version id must be a UUID');
  return Buffer.concat([
    Buffer.from([HEADER_VERSION, compression === 'zlib' ? ZLIB : UNCOMPRESSED]),
    Buffer.from(schemaVersionId.replaceAll('-', ''), 'hex'),
  ]);
}

export function encodeFrame(
  schemaVersionId: string,
  body: Uint8Array,
  compression: 'none' | 'zlib' = 'none',
): Buffer {
  const header = frameHeader(schemaVersionId, compression);
  return Buffer.concat([header, compression === 'zlib' ? deflateSync(body) : body]);
}

/** @throws FramingError */
export function decodeFrame(value: Buffer): Frame {
  const body = frameBody(value);
  return { schemaVersionId: frameSchemaVersionId(value), body };
}

/** The body alone, checked and inflated. @throws FramingError */
export function frameBody(value: Buffer): Buffer {
  if (value.length < HEADER_BYTES) {
    throw new FramingError(`${value.length} bytes are too few for a header of ${HEADER_BYTES}`);
  }
  if (value[0] !== HEADER_VERSION)
    throw new FramingError(`header version byte is ${hexByte(value[0])}, not 0x03`);
  const body = value.subarray(HEADER_BYTES);
  if (value[1] === UNCOMPRESSED) return body;
  if (value[1] !== ZLIB) throw new FramingError(`compression byte is ${hexByte(value[1])}, not 0x00 or 0x05`);
  try {
    return inflateSync(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    throw new FramingError('the zlib body does not inflate', { cause: error });
  }
}

/** The schema version id of a frame whose length was checked. */
export function frameSchemaVersionId(value: Buffer): string {
  const hex = value.toString('hex', 2, HEADER_BYTES);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function hexByte(byte: number | undefined): string {
  return `0x${(byte ?? 0).toString(16).padStart(2, '0')}`;
}

/** Whether the frames that start at two places name the same schema version. Nothing is read beyond their headers. */
export function isSameVersion(view: DataView, one: number, other: number): boolean {
  return (
    view.getInt32(one + 2) === view.getInt32(other + 2) &&
    view.getInt32(one + 6) === view.getInt32(other + 6) &&
    view.getInt32(one + 10) === view.getInt32(other + 10) &&
    view.getInt32(one + 14) === view.getInt32(other + 14)
  );
}
