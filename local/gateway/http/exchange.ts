/** One request as it comes in: who signed it, for which service, in which protocol. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestFacts } from '../authorizer.ts';
import type { Caller, Identities } from '../identity.ts';
import {
  anonymous,
  expiredToken,
  invalidToken,
  type Protocol,
  signatureError,
  unknownKey,
} from './errors.ts';
import type { Reply } from './reply.ts';
import { findProblem, readClaim, type SignatureClaim, type SignedRequest } from './sigv4.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** As on the wire. */
  readonly path: string;
  readonly rawQuery: string;
  readonly query: URLSearchParams;
  readonly requestId: string;
  readonly protocol: Protocol;
  readonly facts: RequestFacts;
  /** Undefined while anonymous. */
  readonly claim: SignatureClaim | undefined;
}

/** A call that is authenticated and authorised, and still to be answered. */
export interface Admitted {
  readonly caller: Caller;
  /** Signing name. */
  readonly service: string;
  readonly operation: string;
  readonly bucket?: string | undefined;
  readonly key?: string | undefined;
  /** Has it answered, once, while the body comes in. Throws AwsError. */
  serve(): Promise<Reply>;
  /** Takes in what is left of the body; what it resolves with answers as `serve` does and needs the client no more. */
  whole(): Promise<() => Promise<Reply>>;
}

/** Signing names of the services that speak REST with JSON. */
const REST_JSON = new Set(['kafka', 'lambda', 'scheduler']);

/** Reads head and claim of a request. A malformed authorization is reported in the protocol that the request looks like. */
export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
): Exchange | { readonly malformed: Exchange } {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const rawQuery = mark === -1 ? '' : url.slice(mark + 1);
  const method = request.method ?? 'GET';
  const claim = readClaim({ method, path, query: rawQuery, headers: request.headers });
  const exchange: Exchange = {
    request,
    response,
    path,
    rawQuery,
    query: new URLSearchParams(rawQuery.replaceAll('+', '%2B')),
    requestId: randomUUID(),
    protocol: protocolOf(request, claim === 'malformed' ? undefined : claim),
    facts: { userAgent: request.headers['user-agent'], sourceIp: request.socket.remoteAddress },
    claim: claim === 'malformed' ? undefined : claim,
  };
  return claim === 'malformed' ? { malformed: exchange } : exchange;
}

function protocolOf(request: IncomingMessage, claim: SignatureClaim | undefined): Protocol {
  if (request.headers['x-amz-target'] !== undefined) return 'json';
  const service = claim?.service;
  if (service === 's3') return 's3';
  if (service !== undefined && REST_JSON.has(service)) return 'rest-json';
  if (
    service !== undefined ||
    request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  )
    return 'query';
  return 's3';
}

/** Checks the signature over a payload hash and gives the caller. Throws AwsError. */
export function authenticate(exchange: Exchange, payloadHash: string, identities: Identities): Caller {
  const { claim, protocol, request } = exchange;
  if (claim === undefined) throw anonymous(protocol);
  const caller = identities.caller(claim.accessKeyId);
  if (caller === undefined) throw unknownKey(protocol);
  if ((claim.sessionToken ?? '') !== caller.credentials.sessionToken) throw invalidToken(protocol);
  const now = Date.now();
  if (caller.credentials.expiration.getTime() < now) throw expiredToken(protocol);
  const signed: SignedRequest = {
    method: request.method ?? 'GET',
    path: exchange.path,
    query: exchange.rawQuery,
    headers: request.headers,
  };
  const key = caller.signingKey(claim.date, claim.region, claim.service);
  const problem = findProblem(signed, claim, key, payloadHash, now);
  if (problem !== undefined) throw signatureError(problem, protocol);
  return caller;
}
