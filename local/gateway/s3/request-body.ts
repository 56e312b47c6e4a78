/** The body of an S3 request on its way to the emulator: verified as it passes, its aws-chunked framing taken off. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { ChunkedDecoder, type ChunkSigning } from '../http/aws-chunked.ts';
import { readBody, VerifiedBody, wrongSha256 } from '../http/body.ts';
import { notImplemented } from '../http/errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { EMPTY_SHA256, UNSIGNED_PAYLOAD } from '../http/sigv4.ts';
import type { Caller } from '../identity.ts';

const STREAMING = /^STREAMING-(UNSIGNED-PAYLOAD-TRAILER|AWS4-HMAC-SHA256-PAYLOAD(-TRAILER)?)$/;

/** Undefined when the request has none. */
export type Body = Readable | Buffer | undefined;

/** The body to forward. */
export function openBody({ request, claim }: Exchange, payloadHash: string, caller: Caller): Body {
  const { headers } = request;
  if (headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0') {
    if (/^[0-9a-f]{64}$/.test(payloadHash) && payloadHash !== EMPTY_SHA256) throw wrongSha256();
    return request.method === 'PUT' || request.method === 'POST' ? Buffer.alloc(0) : undefined;
  }
  if (!payloadHash.startsWith('STREAMING-'))
    return connect(request, new VerifiedBody(payloadHash === UNSIGNED_PAYLOAD ? undefined : payloadHash));
  if (!STREAMING.test(payloadHash))
    throw notImplemented('s3', `payload signing ${payloadHash} is not modelled by the local gateway`);
  const trailer = headers['x-amz-trailer'];
  const verified = new VerifiedBody(
    undefined,
    typeof trailer === 'string' ? trailer.toLowerCase() : undefined,
  );
  const signing: ChunkSigning | undefined =
    payloadHash.startsWith('STREAMING-AWS4') && claim !== undefined
      ? { claim, key: caller.signingKey(claim.date, claim.region, claim.service) }
      : undefined;
  return connect(request, verified, new ChunkedDecoder(verified, signing));
}

/** Takes a body in; `limitBytes` keeps a mistake from filling the memory. Throws AwsError when it proves wrong. */
export async function readWhole(body: Body, limitBytes = Infinity): Promise<Buffer | undefined> {
  return body === undefined || Buffer.isBuffer(body) ? body : await readBody(body, limitBytes, 's3');
}

/** Pipes the request through. A failure ends the last stream and lets the rest of the request run dry, so that it can be answered. */
function connect(request: IncomingMessage, verified: VerifiedBody, decoder?: ChunkedDecoder): Readable {
  const abandon = (): void => {
    request.unpipe();
    request.resume();
  };
  const fail = (error: Error): void => {
    abandon();
    verified.destroy(error);
  };
  request.once('error', fail);
  verified.once('error', abandon);
  if (decoder === undefined) request.pipe(verified);
  else {
    decoder.once('error', fail);
    request.pipe(decoder).pipe(verified);
  }
  return verified;
}

/** Headers for the body as it is forwarded: decoded, so of another length and encoding. */
export function forwardedHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const forwarded = { ...headers };
  delete forwarded['x-amz-content-sha256'];
  const decoded = headers['x-amz-decoded-content-length'];
  if (typeof decoded !== 'string') return forwarded;
  delete forwarded['x-amz-decoded-content-length'];
  delete forwarded['x-amz-trailer'];
  forwarded['content-length'] = decoded;
  const encodings = (headers['content-encoding'] ?? '')
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== 'aws-chunked' && encoding !== '');
  if (encodings.length === 0) delete forwarded['content-encoding'];
  else forwarded['content-encoding'] = encodings.join(',');
  return forwarded;
}
