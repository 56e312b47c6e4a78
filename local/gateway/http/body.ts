/** Bodies on their way to the emulator: hashed as they pass, decoded where they are aws-chunked, cut off when they prove wrong. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Transform, type TransformCallback } from 'node:stream';
import * as zlib from 'node:zlib';
import { AwsError, type Protocol, signatureError } from './errors.ts';

interface Digest {
  update(chunk: Buffer): void;
  base64(): string;
}

class Crc32 implements Digest {
  #value = 0;
  update(chunk: Buffer): void {
    this.#value = zlib.crc32(chunk, this.#value);
  }
  base64(): string {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#value >>> 0);
    return bytes.toString('base64');
  }
}

class Hashed implements Digest {
  readonly #hash;
  constructor(algorithm: 'sha1' | 'sha256' | 'md5') {
    this.#hash = createHash(algorithm);
  }
  update(chunk: Buffer): void {
    this.#hash.update(chunk);
  }
  base64(): string {
    return this.#hash.digest('base64');
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html; CRC-32C and CRC-64/NVME are left unchecked. */
const CHECKSUMS: Readonly<Record<string, () => Digest>> = {
  'x-amz-checksum-crc32': () => new Crc32(),
  'x-amz-checksum-sha1': () => new Hashed('sha1'),
  'x-amz-checksum-sha256': () => new Hashed('sha256'),
  'content-md5': () => new Hashed('md5'),
};

interface Check {
  readonly header: string;
  readonly digest: Digest;
  /** Undefined until the trailer is read. */
  expected: string | undefined;
}

/** Passes bytes on, always holding the newest chunk back until the next one, so that a wrong body never arrives whole. */
export class VerifiedBody extends Transform {
  readonly #checks: Check[] = [];
  readonly #sha256: ReturnType<typeof createHash> | undefined;
  readonly #expectedSha256: string | undefined;
  #held: Buffer | undefined;

  /** `sha256` is the payload hash that was signed, hex; undefined for an unsigned payload. */
  constructor(headers: IncomingHttpHeaders, sha256: string | undefined) {
    super();
    this.#expectedSha256 = sha256;
    if (sha256 !== undefined) this.#sha256 = createHash('sha256');
    for (const header in CHECKSUMS) {
      const expected = headers[header];
      const create = CHECKSUMS[header];
      if (typeof expected === 'string' && create !== undefined)
        this.#checks.push({ header, digest: create(), expected });
    }
  }

  /** Announces a checksum that a trailer will state. */
  expectTrailer(header: string): void {
    const create = CHECKSUMS[header];
    if (create !== undefined) this.#checks.push({ header, digest: create(), expected: undefined });
  }

  stateTrailer(header: string, value: string): void {
    for (const check of this.#checks) if (check.header === header) check.expected = value;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#sha256?.update(chunk);
    for (const { digest } of this.#checks) digest.update(chunk);
    const held = this.#held;
    this.#held = chunk;
    if (held === undefined) done();
    else done(null, held);
  }

  override _flush(done: TransformCallback): void {
    const problem = this.findProblem();
    if (problem !== undefined) done(problem);
    else if (this.#held === undefined) done();
    else done(null, this.#held);
  }

  /** Compares every digest with what was stated; call once, after the last byte. */
  findProblem(): AwsError | undefined {
    if (this.#sha256 !== undefined && this.#sha256.digest('hex') !== this.#expectedSha256)
      return new AwsError(
        400,
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    for (const { header, digest, expected } of this.#checks)
      if (digest.base64() !== expected)
        return header === 'content-md5'
          ? new AwsError(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.')
          : new AwsError(
              400,
              'BadDigest',
              `The ${header.slice('x-amz-checksum-'.length).toUpperCase()} you specified did not match the calculated checksum.`,
            );
    return undefined;
  }
}

/** Reads a small body whole; `limitBytes` keeps a mistake from filling the memory. */
export async function readBody(
  request: IncomingMessage,
  limitBytes: number,
  protocol: Protocol,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
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

/** Checks the signed hash of a body read whole. */
export function checkPayload(body: Buffer, stated: string | undefined, protocol: Protocol): string {
  const actual = createHash('sha256').update(body).digest('hex');
  if (stated !== undefined && stated !== actual && /^[0-9a-f]{64}$/.test(stated))
    throw signatureError('mismatch', protocol);
  return actual;
}
