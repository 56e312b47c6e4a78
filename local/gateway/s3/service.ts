/** S3: authorised here, kept by the emulator, told to EventBridge. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ApiCall } from '../actions/call.ts';
import { bucketArn, deriveS3 } from '../actions/s3.ts';
import { ChunkedDecoder } from '../http/aws-chunked.ts';
import { VerifiedBody, wrongSha256 } from '../http/body.ts';
import { AwsError, accessDenied, notImplemented } from '../http/errors.ts';
import { authenticate, type Exchange } from '../http/exchange.ts';
import { EMPTY_SHA256, UNSIGNED_PAYLOAD } from '../http/sigv4.ts';
import { returnedHeaders } from '../http/upstream.ts';
import type { Caller } from '../identity.ts';
import { deleteObjects } from './delete-objects.ts';
import { readS3Request, type S3Request } from './operation.ts';
import type { S3ServiceOptions } from './options.ts';

const AUTHENTICATION_QUERY =
  /^X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Security-Token|Content-Sha256)=/;

export class S3Service {
  readonly #options: S3ServiceOptions;

  constructor(options: S3ServiceOptions) {
    this.#options = options;
  }

  async handle(exchange: Exchange): Promise<void> {
    const { request, path, query } = exchange;
    const method = request.method ?? 'GET';
    const stated = request.headers['x-amz-content-sha256'];
    const payloadHash =
      typeof stated === 'string' ? stated : (query.get('X-Amz-Content-Sha256') ?? UNSIGNED_PAYLOAD);
    if (exchange.claim?.kind === 'header' && stated === undefined)
      throw new AwsError(
        400,
        'InvalidRequest',
        'Missing required header for this request: x-amz-content-sha256',
      );
    const caller = authenticate(exchange, payloadHash, this.#options.identities);
    const s3 = readS3Request(method, path, query, request.headers);
    if (s3.operation === undefined)
      throw notImplemented(
        's3',
        `${method} ${path}?${[...query.keys()].join('&')} is no S3 operation that the local gateway models`,
      );
    const call: ApiCall = {
      service: 's3',
      protocol: 's3',
      operation: s3.operation,
      parameters: {},
      method,
      path,
      query,
      headers: request.headers,
    };
    if (s3.operation === 'DeleteObjects') {
      await deleteObjects(exchange, call, s3.bucket, caller, this.#options);
      return;
    }
    this.#authorize(call, s3, caller, exchange);
    await this.#forward(exchange, s3, payloadHash, caller);
  }

  #authorize(call: ApiCall, s3: S3Request, caller: Caller, { facts }: Exchange): void {
    const { authorizer, around } = this.#options;
    const permissions = deriveS3(call, s3, around);
    if (permissions === undefined)
      throw notImplemented(
        's3',
        `S3 operation ${call.operation} has no IAM action in local/gateway/actions/s3.ts`,
      );
    for (const permission of permissions) {
      const refused = authorizer.decide(caller, permission, facts);
      if (refused !== undefined) throw accessDenied('s3', refused);
    }
  }

  async #forward(exchange: Exchange, s3: S3Request, payloadHash: string, caller: Caller): Promise<void> {
    const { request, response } = exchange;
    const body = openBody(exchange, payloadHash, caller);
    const upstream = await this.#options.upstream.send({
      method: request.method ?? 'GET',
      path: forwardedPath(exchange),
      headers: body === undefined ? request.headers : forwardedHeaders(request),
      service: 's3',
      ...(body === undefined ? {} : { body }),
    });
    const status = upstream.statusCode ?? 502;
    if (status === 404 && this.#hidesAbsence(exchange, s3, caller)) {
      upstream.resume();
      throw accessDenied('s3', 'Access Denied');
    }
    if (status < 300) await this.#options.events.changed(s3, upstream, request, exchange.requestId);
    response.writeHead(status, returnedHeaders(upstream.headers));
    await pipeline(upstream, response);
  }

  /** Who may not list a bucket does not learn that a key is absent: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
  #hidesAbsence({ facts }: Exchange, s3: S3Request, caller: Caller): boolean {
    if (s3.operation !== 'GetObject' && s3.operation !== 'HeadObject') return false;
    const permission = { action: 's3:ListBucket', resource: bucketArn(s3.bucket) };
    return !this.#options.authorizer.wouldAllow(caller, permission, facts);
  }
}

/** The request's body, verified as it passes; undefined when there is none. */
function openBody(exchange: Exchange, payloadHash: string, caller: Caller): Readable | Buffer | undefined {
  const { request, claim } = exchange;
  const { headers } = request;
  if (headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0') {
    if (/^[0-9a-f]{64}$/.test(payloadHash) && payloadHash !== EMPTY_SHA256) throw wrongSha256();
    return request.method === 'PUT' || request.method === 'POST' ? Buffer.alloc(0) : undefined;
  }
  if (!payloadHash.startsWith('STREAMING-')) {
    const signed = payloadHash === UNSIGNED_PAYLOAD ? undefined : payloadHash;
    return connect(request, [], new VerifiedBody(signed));
  }
  if (!/^STREAMING-(UNSIGNED-PAYLOAD-TRAILER|AWS4-HMAC-SHA256-PAYLOAD(-TRAILER)?)$/.test(payloadHash))
    throw notImplemented('s3', `payload signing ${payloadHash} is not modelled by the local gateway`);
  const trailer = headers['x-amz-trailer'];
  const verified = new VerifiedBody(
    undefined,
    typeof trailer === 'string' ? trailer.toLowerCase() : undefined,
  );
  const signing =
    payloadHash.startsWith('STREAMING-AWS4') && claim !== undefined
      ? { claim, key: caller.signingKey(claim.date, claim.region, claim.service) }
      : undefined;
  return connect(request, [new ChunkedDecoder(verified, signing)], verified);
}

/** Pipes the request through; a failure ends the last stream and lets the rest of the request run dry, so that it can be answered. */
function connect(
  request: IncomingMessage,
  decoders: readonly ChunkedDecoder[],
  verified: VerifiedBody,
): Readable {
  const fail = (error: Error): void => {
    request.unpipe();
    request.resume();
    verified.destroy(error);
  };
  request.once('error', fail);
  verified.once('error', () => {
    request.unpipe();
    request.resume();
  });
  let source: Readable = request;
  for (const decoder of decoders) {
    decoder.once('error', fail);
    source = source.pipe(decoder);
  }
  source.pipe(verified);
  return verified;
}

/** The body goes on decoded, so its length and encoding change. */
function forwardedHeaders(request: IncomingMessage): IncomingMessage['headers'] {
  const { headers } = request;
  const forwarded = { ...headers };
  delete forwarded['x-amz-content-sha256'];
  const decoded = headers['x-amz-decoded-content-length'];
  if (typeof decoded === 'string') {
    delete forwarded['x-amz-decoded-content-length'];
    delete forwarded['x-amz-trailer'];
    forwarded['content-length'] = decoded;
    const encoding = headers['content-encoding']
      ?.split(',')
      .map((item) => item.trim())
      .filter((item) => item !== 'aws-chunked' && item !== '')
      .join(',');
    if (encoding === undefined || encoding === '') delete forwarded['content-encoding'];
    else forwarded['content-encoding'] = encoding;
  }
  return forwarded;
}

function forwardedPath({ path, rawQuery, claim }: Exchange): string {
  if (rawQuery === '') return path;
  if (claim?.kind !== 'presigned') return `${path}?${rawQuery}`;
  const kept = rawQuery.split('&').filter((pair) => !AUTHENTICATION_QUERY.test(pair));
  return kept.length === 0 ? path : `${path}?${kept.join('&')}`;
}
