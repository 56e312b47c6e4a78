/**
 * The aws-chunked content encoding: `size[;chunk-signature=…]\r\n data \r\n … 0 … trailers`.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import type { VerifiedBody } from './body.ts';
import { AwsError, signatureError } from './errors.ts';
import { EMPTY_SHA256, type SignatureClaim, signChunk, signTrailer } from './sigv4.ts';

const MAX_LINE_BYTES = 8192;

export interface ChunkSigning {
  readonly claim: SignatureClaim;
  readonly key: Buffer;
}

type State = 'size' | 'data' | 'data-end' | 'trailer' | 'end';

/** Takes the framing off, verifies chunk and trailer signatures where there are any, and tells the body its trailing checksums. */
export class ChunkedDecoder extends Transform {
  readonly #signing: ChunkSigning | undefined;
  readonly #body: VerifiedBody;
  #state: State = 'size';
  #buffer: Buffer = Buffer.alloc(0);
  #left = 0;
  #previous: string;
  #stated: string | undefined;
  #hash = createHash('sha256');
  #trailers = '';
  #trailerSignature: string | undefined;

  /** `signing` is undefined for STREAMING-UNSIGNED-PAYLOAD-TRAILER. */
  constructor(body: VerifiedBody, signing: ChunkSigning | undefined) {
    super();
    this.#body = body;
    this.#signing = signing;
    this.#previous = signing?.claim.signature ?? EMPTY_SHA256;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    try {
      while (this.#step());
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    try {
      if (this.#state === 'trailer') this.#finish();
      done(this.#state === 'end' ? null : incomplete());
    } catch (error) {
      done(error as Error);
    }
  }

  /** Consumes one element; false when more bytes are needed. */
  #step(): boolean {
    if (this.#state === 'end') return false;
    if (this.#state === 'data') return this.#readData();
    const line = this.#readLine();
    if (line === undefined) return false;
    if (this.#state === 'size') this.#startChunk(line);
    else if (this.#state === 'data-end') {
      if (line !== '') throw incomplete();
      this.#state = 'size';
    } else if (line === '') this.#finish();
    else this.#readTrailer(line);
    return true;
  }

  #readLine(): string | undefined {
    const end = this.#buffer.indexOf('\r\n');
    if (end === -1) {
      if (this.#buffer.length > MAX_LINE_BYTES) throw incomplete();
      return undefined;
    }
    const line = this.#buffer.toString('latin1', 0, end);
    this.#buffer = this.#buffer.subarray(end + 2);
    return line;
  }

  #startChunk(line: string): void {
    const found = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
    if (found === null) throw incomplete();
    this.#left = Number.parseInt(found[1] ?? '', 16);
    this.#stated = found[2];
    this.#hash = createHash('sha256');
    if (this.#left > 0) this.#state = 'data';
    else {
      this.#verifyChunk();
      this.#state = 'trailer';
    }
  }

  #readData(): boolean {
    if (this.#buffer.length === 0) return false;
    const data = this.#buffer.subarray(0, this.#left);
    this.#buffer = this.#buffer.subarray(data.length);
    this.#left -= data.length;
    if (this.#signing !== undefined) this.#hash.update(data);
    this.push(data);
    if (this.#left === 0) {
      this.#verifyChunk();
      this.#state = 'data-end';
    }
    return true;
  }

  #verifyChunk(): void {
    if (this.#signing === undefined) return;
    const { key, claim } = this.#signing;
    const expected = signChunk(key, claim, this.#previous, this.#hash.digest('hex'));
    if (expected !== this.#stated) throw signatureError('mismatch', 's3');
    this.#previous = expected;
  }

  #readTrailer(line: string): void {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    if (name === 'x-amz-trailer-signature') this.#trailerSignature = value;
    else {
      this.#trailers += `${name}:${value}\n`;
      this.#body.stateTrailer(name, value);
    }
  }

  #finish(): void {
    if (this.#signing !== undefined && this.#trailers !== '') {
      const { key, claim } = this.#signing;
      const sha256 = createHash('sha256').update(this.#trailers).digest('hex');
      if (signTrailer(key, claim, this.#previous, sha256) !== this.#trailerSignature)
        throw signatureError('mismatch', 's3');
    }
    this.#state = 'end';
  }
}

const incomplete = (): AwsError =>
  new AwsError(
    400,
    'IncompleteBody',
    'The request body terminated unexpectedly or its chunks are malformed.',
  );
