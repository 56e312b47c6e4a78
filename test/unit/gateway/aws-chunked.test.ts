/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ChunkedDecoder, type ChunkSigning } from '../../../local/gateway/http/aws-chunked.ts';
import { VerifiedBody } from '../../../local/gateway/http/body.ts';
import {
  deriveSigningKey,
  type SignatureClaim,
  signChunk,
  signTrailer,
} from '../../../local/gateway/http/sigv4.ts';

const signing: ChunkSigning = {
  key: deriveSigningKey('secret', '20261120', 'us-east-1', 's3'),
  claim: {
    kind: 'header',
    accessKeyId: 'A',
    date: '20261120',
    region: 'us-east-1',
    service: 's3',
    signedHeaders: ['host'],
    signature: 'a'.repeat(64),
    sessionToken: undefined,
    timestamp: '20261120T000000Z',
    expiresSeconds: undefined,
  } satisfies SignatureClaim,
};

const CRC32 = 'x-amz-checksum-crc32';
const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');

function crc(data: Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(data));
  return bytes.toString('base64');
}

/** Frames a body as an SDK would. */
function encode(chunks: readonly Buffer[], signed: boolean, checksum: string | undefined): Buffer {
  let previous = signing.claim.signature;
  const parts: Buffer[] = [];
  for (const chunk of [...chunks, Buffer.alloc(0)]) {
    previous = signChunk(signing.key, signing.claim, previous, sha256(chunk));
    const extension = signed ? `;chunk-signature=${previous}` : '';
    parts.push(Buffer.from(`${chunk.length.toString(16)}${extension}\r\n`), chunk);
    if (chunk.length > 0) parts.push(Buffer.from('\r\n'));
  }
  if (checksum !== undefined) {
    parts.push(Buffer.from(`x-amz-checksum-crc32:${checksum}\r\n`));
    const trailer = signTrailer(
      signing.key,
      signing.claim,
      previous,
      sha256(`x-amz-checksum-crc32:${checksum}\n`),
    );
    if (signed) parts.push(Buffer.from(`x-amz-trailer-signature:${trailer}\r\n`));
  }
  parts.push(Buffer.from('\r\n'));
  return Buffer.concat(parts);
}

/** Sends bytes in pieces through decoder and body; gives what came out and the error that ended it. */
async function decode(bytes: Buffer, signed: boolean, pieceBytes = 65536, trailer?: string) {
  const body = new VerifiedBody(undefined, trailer);
  const decoder = new ChunkedDecoder(body, signed ? signing : undefined);
  decoder.on('error', (error) => body.destroy(error));
  decoder.pipe(body);
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) decoder.write(bytes.subarray(at, at + pieceBytes));
  decoder.end();
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) out.push(chunk);
    return { data: Buffer.concat(out) };
  } catch (error) {
    return { data: Buffer.concat(out), code: (error as { code?: string }).code };
  }
}

const chunk = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes));

test('any body comes out as it went in, however it is cut', async () => {
  const chunks = fc.array(chunk, { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      chunks,
      fc.boolean(),
      fc.integer({ min: 1, max: 64 }),
      async (parts, signed, pieceBytes) => {
        const data = Buffer.concat(parts);
        const result = await decode(encode(parts, signed, crc(data)), signed, pieceBytes, CRC32);
        expect(result).toEqual({ data });
      },
    ),
    { numRuns: 60 },
  );
});

test('a changed byte in a signed chunk is noticed before the last chunk is let out', async () => {
  const parts = [Buffer.from('one'), Buffer.from('two')];
  const bytes = encode(parts, true, undefined);
  bytes[bytes.indexOf('two')] = 'T'.charCodeAt(0);
  const result = await decode(bytes, true);
  expect(result.code).toBe('SignatureDoesNotMatch');
  expect(result.data.length).toBeLessThan(6);
});

test('a changed trailer is noticed', async () => {
  const parts = [Buffer.from('one')];
  const bytes = encode(parts, true, crc(parts[0] ?? Buffer.alloc(0)));
  const at = bytes.indexOf('crc32:') + 6;
  bytes[at] = bytes[at] === 65 ? 66 : 65;
  expect((await decode(bytes, true)).code).toBe('SignatureDoesNotMatch');
});

test('a checksum that does not fit is BadDigest and holds the body back', async () => {
  const result = await decode(
    encode([Buffer.from('one')], false, crc(Buffer.from('two'))),
    false,
    65536,
    CRC32,
  );
  expect(result).toEqual({ data: Buffer.alloc(0), code: 'BadDigest' });
});

test('a body that ends early is incomplete', async () => {
  const bytes = encode([Buffer.from('one')], false, crc(Buffer.from('one')));
  expect((await decode(bytes.subarray(0, 5), false)).code).toBe('IncompleteBody');
});

test('a signed payload other than the one signed never arrives whole', async () => {
  const body = new VerifiedBody(sha256('right'));
  body.end(Buffer.from('wrong'));
  const collect = async (): Promise<string[]> => {
    const out: string[] = [];
    for await (const piece of body as AsyncIterable<Buffer>) out.push(piece.toString());
    return out;
  };
  await expect(collect()).rejects.toMatchObject({ code: 'XAmzContentSHA256Mismatch' });
});
