import { Sha256 } from '@aws-crypto/sha256-js';
import { describe, expect, test } from '@jest/globals';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import {
  deriveSigningKey,
  EMPTY_SHA256,
  findProblem,
  readClaim,
  type SignatureClaim,
  type SignedRequest,
  signChunk,
  timestampMs,
  UNSIGNED_PAYLOAD,
} from '../../../local/gateway/http/sigv4.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const KEY_ID = 'AKIAIOSFODNN7EXAMPLE';

function claimOf(request: SignedRequest): SignatureClaim {
  const claim = readClaim(request);
  if (claim === undefined || claim === 'malformed') throw new Error(`no claim: ${String(claim)}`);
  return claim;
}

function problemOf(request: SignedRequest, payloadHash: string, nowMs?: number, secret = SECRET) {
  const claim = claimOf(request);
  const key = deriveSigningKey(secret, claim.date, claim.region, claim.service);
  return findProblem(request, claim, key, payloadHash, nowMs ?? timestampMs(claim.timestamp));
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html#example-signature-calculations */
describe("the S3 API reference's examples", () => {
  const authorization = (headers: string, signature: string): string =>
    `AWS4-HMAC-SHA256 Credential=${KEY_ID}/20130524/us-east-1/s3/aws4_request,SignedHeaders=${headers},Signature=${signature}`;
  const common = { host: 'examplebucket.s3.amazonaws.com', 'x-amz-date': '20130524T000000Z' };

  test('GET object', () => {
    const request: SignedRequest = {
      method: 'GET',
      path: '/test.txt',
      query: '',
      headers: {
        ...common,
        range: 'bytes=0-9',
        'x-amz-content-sha256': EMPTY_SHA256,
        authorization: authorization(
          'host;range;x-amz-content-sha256;x-amz-date',
          'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
        ),
      },
    };
    expect(problemOf(request, EMPTY_SHA256)).toBeUndefined();
  });

  test('PUT object with a $ in its key', () => {
    const sha256 = '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072';
    const request: SignedRequest = {
      method: 'PUT',
      path: '/test$file.text',
      query: '',
      headers: {
        ...common,
        date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-content-sha256': sha256,
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        authorization: authorization(
          'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
          '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
        ),
      },
    };
    expect(problemOf(request, sha256)).toBeUndefined();
  });

  test('GET bucket lifecycle: a parameter without a value', () => {
    const request: SignedRequest = {
      method: 'GET',
      path: '/',
      query: 'lifecycle',
      headers: {
        ...common,
        'x-amz-content-sha256': EMPTY_SHA256,
        authorization: authorization(
          'host;x-amz-content-sha256;x-amz-date',
          'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
        ),
      },
    };
    expect(problemOf(request, EMPTY_SHA256)).toBeUndefined();
  });

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html#query-string-auth-v4-signing-example */
  test('presigned GET', () => {
    const request: SignedRequest = {
      method: 'GET',
      path: '/test.txt',
      query: `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${KEY_ID}%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404`,
      headers: { host: 'examplebucket.s3.amazonaws.com' },
    };
    expect(problemOf(request, UNSIGNED_PAYLOAD)).toBeUndefined();
    expect(problemOf(request, UNSIGNED_PAYLOAD, timestampMs('20130525T000001Z'))).toBe('expired');
  });

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html#example-signature-calculations-streaming */
  test('chunk signatures', () => {
    const claim = {
      timestamp: '20130524T000000Z',
      date: '20130524',
      region: 'us-east-1',
      service: 's3',
    } as SignatureClaim;
    const key = deriveSigningKey(SECRET, '20130524', 'us-east-1', 's3');
    const seed = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9';
    const a65536 = 'bf718b6f653bebc184e1479f1935b8da974d701b893afcf49e701f3e2f9f9c5a';
    const first = signChunk(key, claim, seed, a65536);
    expect(first).toBe('ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648');
    const a1024 = '2edc986847e209b4016e141a6dc8716d3207350f416969382d431539bf292e4a';
    const second = signChunk(key, claim, first, a1024);
    expect(second).toBe('0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497');
    expect(signChunk(key, claim, second, EMPTY_SHA256)).toBe(
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    );
  });
});

describe('what the SDK signs is accepted, and nothing else', () => {
  const credentials = { accessKeyId: KEY_ID, secretAccessKey: SECRET, sessionToken: 'token' };
  const signer = (service: string) =>
    new SignatureV4({
      credentials,
      service,
      region: 'eu-west-1',
      sha256: Sha256,
      uriEscapePath: service !== 's3',
    });
  const asReceived = ({
    method,
    path,
    query = {},
    headers,
  }: Pick<HttpRequest, 'method' | 'path' | 'headers'> & { query?: HttpRequest['query'] }): SignedRequest => ({
    method,
    path,
    query: Object.entries(query)
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
      .join('&'),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  });
  const segment = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => text !== '.' && text !== '..');
  const encode = (text: string): string =>
    encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const unsigned = fc
    .record({
      segments: fc.array(segment, { maxLength: 4 }),
      query: fc.dictionary(
        fc.string({ minLength: 1, maxLength: 6 }).filter((name) => name !== '__proto__'),
        fc.string({ maxLength: 6 }),
        { maxKeys: 3 },
      ),
      method: fc.constantFrom('GET', 'PUT', 'POST'),
      service: fc.constantFrom('s3', 'kafka', 'lambda'),
    })
    .map(({ segments, query, method, service }) => ({
      service,
      request: new HttpRequest({
        method,
        hostname: '127.0.0.1',
        port: 4566,
        path: `/${segments.map(encode).join('/')}`,
        query,
        headers: { host: '127.0.0.1:4566', 'x-amz-content-sha256': EMPTY_SHA256, 'user-agent': 'x  y' },
      }),
    }));

  test('header signatures, for any path and query', async () => {
    await fc.assert(
      fc.asyncProperty(unsigned, async ({ service, request }) => {
        const signed = asReceived(await signer(service).sign(request));
        expect(problemOf(signed, EMPTY_SHA256)).toBeUndefined();
        expect(problemOf(signed, UNSIGNED_PAYLOAD)).toBe('mismatch');
        expect(problemOf({ ...signed, path: `${signed.path}x` }, EMPTY_SHA256)).toBe('mismatch');
        expect(problemOf(signed, EMPTY_SHA256, undefined, 'another secret')).toBe('mismatch');
      }),
    );
  });

  test('a header added on the way is noticed', async () => {
    const request = new HttpRequest({ method: 'GET', path: '/b/k', headers: { host: 'x' } });
    const signed = asReceived(await signer('s3').sign(request));
    const added = { ...signed, headers: { ...signed.headers, 'x-amz-acl': 'public-read' } };
    expect(problemOf(added, EMPTY_SHA256)).toBe('unsigned-header');
  });

  test('a request of another time is refused', async () => {
    const signingDate = new Date(Date.UTC(2026, 10, 20));
    const request = new HttpRequest({ method: 'GET', path: '/b/k', headers: { host: 'x' } });
    const signed = asReceived(await signer('s3').sign(request, { signingDate }));
    const minutes = (count: number): number => signingDate.getTime() + count * 60_000;
    expect(problemOf(signed, EMPTY_SHA256, minutes(14))).toBeUndefined();
    expect(problemOf(signed, EMPTY_SHA256, minutes(16))).toBe('skewed');
    expect(problemOf(signed, EMPTY_SHA256, minutes(-16))).toBe('skewed');
  });
});

test.each([
  ['another scheme', 'Basic dXNlcjpwYXNz'],
  [
    'a credential without scope',
    `AWS4-HMAC-SHA256 Credential=${KEY_ID}, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
  ],
  [
    'a short signature',
    `AWS4-HMAC-SHA256 Credential=${KEY_ID}/20130524/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00`,
  ],
])('%s is malformed', (_name, authorization) => {
  const headers = { host: 'x', 'x-amz-date': '20130524T000000Z', authorization };
  expect(readClaim({ method: 'GET', path: '/', query: '', headers })).toBe('malformed');
});

test('a request without a signature is anonymous', () => {
  expect(readClaim({ method: 'GET', path: '/', query: 'a=b', headers: {} })).toBeUndefined();
});
