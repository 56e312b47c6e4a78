/** Bodies on their way to the emulator: hashed as they pass, cut off when they prove wrong. */
import { createHash } from 'node:crypto';
import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { crc32 } from 'node:zlib';
import { AwsError, type Protocol, signatureError } from './errors.ts';

/** Gives the digest of what was added, in base64 as the checksum headers have it. */
interface Checksum {
  add(chunk: Buffer): void;
  base64(): string;
}

function crc32Checksum(): Checksum {
  let value = 0;
  return {
    add: (chunk) => {
      value = crc32(chunk, value);
    },
    base64: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes.toString('base64');
    },
  };
}

function hashChecksum(algorithm: 'sha1' | 'sha256'): Checksum {
  const hash = createHash(algorithm);
  return { add: (chunk) => hash.update(chunk), base64: () => hash.digest('base64') };
}

/**
 * Checksums that a trailer may state; the emulator checks those in headers. CRC-32C and CRC-64/NVME trailers are not checked.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
const TRAILERS: Readonly<Record<string, () => Checksum>> = {
  'x-amz-checksum-crc32': crc32Checksum,
  'x-amz-checksum-sha1': () => hashChecksum('sha1'),
  'x-amz-checksum-sha256': () => hashChecksum('sha256'),
};

/** Passes bytes on, always holding the newest chunk back until the next one, so that a wrong body never arrives whole. */
export class VerifiedBody extends Transform {
  readonly #sha256: ReturnType<typeof createHash> | undefined;
  readonly #signedSha256: string | undefined;
  readonly #trailer: string | undefined;
  readonly #checksum: Checksum | undefined;
  #stated: string | undefined;
  #held: Buffer | undefined;

  /** `signedSha256`: the payload hash that was signed, hex; undefined for an unsigned payload. `trailer`: name of a checksum to come. */
  constructor(signedSha256: string | undefined, trailer?: string) {
    super();
    this.#signedSha256 = signedSha256;
    if (signedSha256 !== undefined) this.#sha256 = createHash('sha256');
    this.#trailer = trailer;
    if (trailer !== undefined && Object.hasOwn(TRAILERS, trailer)) this.#checksum = TRAILERS[trailer]?.();
  }

  /** Takes a trailing header once it is read. */
  stateTrailer(name: string, value: string): void {
    if (name === this.#trailer) this.#stated = value;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#sha256?.update(chunk);
    this.#checksum?.add(chunk);
    const held = this.#held;
    this.#held = chunk;
    if (held === undefined) done();
    else done(null, held);
  }

  override _flush(done: TransformCallback): void {
    if (this.#sha256 !== undefined && this.#sha256.digest('hex') !== this.#signedSha256) done(wrongSha256());
    else if (this.#checksum !== undefined && this.#checksum.base64() !== this.#stated)
      done(wrongChecksum(this.#trailer ?? ''));
    else if (this.#held === undefined) done();
    else done(null, this.#held);
  }
}

export const wrongSha256 = (): AwsError =>
  new AwsError(
    400,
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  );

const wrongChecksum = (trailer: string): AwsError =>
  new AwsError(
    400,
    'BadDigest',
    `The ${trailer.slice('x-amz-checksum-'.length).toUpperCase()} you specified did not match the calculated checksum.`,
  );

/** Reads a small body whole; `limitBytes` keeps a mistake from filling the memory. */
export async function readBody(body: Readable, limitBytes: number, protocol: Protocol): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes)
      throw new AwsError(
        413,
        protocol === 's3' ? 'EntityTooLarge' : 'RequestEntityTooLarge',
        `The request is larger than ${limitBytes} bytes.`,
      );
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** Hash of a body read whole, hex; refuses one other than what was signed. */
export function checkPayload(body: Buffer, stated: string | undefined, protocol: Protocol): string {
  const actual = createHash('sha256').update(body).digest('hex');
  if (stated !== undefined && stated !== actual && /^[0-9a-f]{64}$/.test(stated))
    throw protocol === 's3' ? wrongSha256() : signatureError('mismatch', protocol);
  return actual;
}
