/** The HTTP server: reads who calls what, has it authorised, and lets the service in question answer. */
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { TickerlakeError } from '../../core/errors.ts';
import type { ApiCall, Surroundings } from './actions/call.ts';
import { derivePermissions } from './actions/derive.ts';
import { readRestOperation } from './actions/rest.ts';
import type { Authorizer } from './authorizer.ts';
import { json } from './http/answer.ts';
import { checkPayload, readBody } from './http/body.ts';
import { AwsError, accessDenied, notImplemented, renderError, signatureError } from './http/errors.ts';
import { type Admitted, authenticate, type Exchange, openExchange } from './http/exchange.ts';
import { type Reply, replyOf, send } from './http/reply.ts';
import type { Upstream } from './http/upstream.ts';
import type { Identities } from './identity.ts';
import { type Interceptors, interceptRequest, type RequestRule, type SeenRequest } from './interception.ts';
import type { S3Service } from './s3/service.ts';
import { CFN_RESPONSE_PATH, type CfnResponses, MAX_CFN_RESPONSE_BYTES } from './services/cfn-responses.ts';
import { forward } from './services/forward.ts';
import type { LocalService } from './services/service.ts';

const INTERNAL_PREFIX = '/_tickerlake/';
export const KAFKA_TOKEN_PATH = `${INTERNAL_PREFIX}kafka-token`;
const MAX_TOKEN_BYTES = 16 * 1024;
/** The largest legitimate body outside S3 is a Lambda payload. */
const MAX_API_BODY_BYTES = 16 * 1024 * 1024;
/** Operations that no permission guards. */
const OPEN_OPERATIONS = new Set(['sts GetCallerIdentity', 'sts AssumeRole']);

export interface ServerOptions {
  readonly identities: Identities;
  readonly authorizer: Authorizer;
  readonly around: Surroundings;
  readonly upstream: Upstream;
  readonly s3: S3Service;
  /** Services that are answered here, by signing name; all others go to the emulator. */
  readonly local: ReadonlyMap<string, LocalService>;
  readonly cfn: CfnResponses;
  readonly interceptors: Interceptors<RequestRule>;
  readonly verifyKafkaToken: (
    token: string,
  ) => { readonly message: string } | { readonly principal: string; readonly lifetimeMs: number };
  readonly onWarning: (line: string) => void;
}

export class GatewayServer {
  readonly #options: ServerOptions;
  readonly #server: http.Server;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#server = http.createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (request, response) => {
      void this.#handle(request, response);
    });
  }

  /** Binds 127.0.0.1 and resolves with the port. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      const refuse = (cause: NodeJS.ErrnoException): void => {
        const reason = cause.code === 'EADDRINUSE' ? 'another program listens there' : cause.message;
        reject(
          new TickerlakeError('ENGINE_FAILED', `cannot listen on 127.0.0.1:${port}: ${reason}`, {
            cause,
            hint: 'stop that program or choose another port',
          }),
        );
      };
      this.#server.once('error', refuse);
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', refuse);
        resolve();
      });
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection and takes no more; `listen` may follow. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const opened = openExchange(request, response);
    const exchange = 'malformed' in opened ? opened.malformed : opened;
    try {
      if (exchange.path.startsWith(INTERNAL_PREFIX)) await this.#internal(exchange);
      else if ('malformed' in opened) throw signatureError('malformed', exchange.protocol);
      else if (exchange.protocol === 's3') await this.#answer(exchange, this.#options.s3.admit(exchange));
      else await this.#api(exchange);
    } catch (error) {
      this.#answerError(exchange, error);
    }
  }

  async #api(exchange: Exchange): Promise<void> {
    const { request, claim, protocol, requestId, facts } = exchange;
    const body = await readBody(request, MAX_API_BODY_BYTES, protocol);
    const stated = request.headers['x-amz-content-sha256'];
    const payloadHash = checkPayload(body, typeof stated === 'string' ? stated : undefined, protocol);
    const caller = authenticate(exchange, payloadHash, this.#options.identities);
    const service = claim?.service ?? '';
    const { call, argument } = readCall(exchange, service, body);
    if (!OPEN_OPERATIONS.has(`${service} ${call.operation}`)) {
      const permissions = await derivePermissions(call, this.#options.around);
      if (permissions === undefined)
        throw notImplemented(
          protocol,
          `${service} operation ${call.operation} has no IAM action in local/gateway/actions/derive.ts`,
        );
      for (const permission of permissions) {
        const refused = this.#options.authorizer.decide(caller, permission, facts);
        if (refused !== undefined) throw accessDenied(protocol, refused);
      }
    }
    const local = this.#options.local.get(service);
    const serve = async (): Promise<Reply> =>
      local === undefined
        ? await forward(exchange, service, body, this.#options.upstream)
        : replyOf(await local({ call, caller, argument, body, facts, requestId }), requestId);
    const whole = (): Promise<typeof serve> => Promise.resolve(serve);
    await this.#answer(exchange, { caller, service, operation: call.operation, serve, whole });
  }

  /** Has an authorised call answered, by an interceptor if one takes it. */
  async #answer(exchange: Exchange, admitted: Admitted): Promise<void> {
    const { interceptors } = this.#options;
    const { response } = exchange;
    const seen = interceptors.none ? undefined : seenRequest(exchange, admitted);
    const rule = seen && interceptors.take(({ matches }) => matches(seen));
    if (seen === undefined || rule === undefined) {
      await send(response, await admitted.serve());
      return;
    }
    const serve = await admitted.whole();
    await interceptRequest(seen, rule.act, response, serve, (error) => this.#errorReply(exchange, error));
  }

  /** What is no AWS API: custom resources' answers and the broker's questions. */
  async #internal(exchange: Exchange): Promise<void> {
    const { request, response, path, requestId } = exchange;
    if (request.method === 'PUT' && path.startsWith(CFN_RESPONSE_PATH)) {
      const body = await readBody(request, MAX_CFN_RESPONSE_BYTES, 's3');
      this.#options.cfn.accept(path.slice(CFN_RESPONSE_PATH.length), body);
      await send(response, replyOf({ status: 200, headers: {}, body: '' }, requestId));
      return;
    }
    if (request.method === 'POST' && path === KAFKA_TOKEN_PATH) {
      const token = await readBody(request, MAX_TOKEN_BYTES, 'rest-json');
      const verdict = this.#options.verifyKafkaToken(token.toString('latin1').trim());
      await send(response, replyOf(json(verdict, 'message' in verdict ? 403 : 200), requestId));
      return;
    }
    throw new AwsError(404, 'NotFound', `${path} is not here`);
  }

  #answerError(exchange: Exchange, error: unknown): void {
    const { request, response } = exchange;
    const { status, headers, body } = this.#errorReply(exchange, error);
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    // What is left of an unwanted body is let through, so that the client gets to read the answer.
    if (!request.complete) {
      response.setHeader('connection', 'close');
      request.resume();
    }
    response.writeHead(status, headers).end(body);
  }

  #errorReply({ request, protocol, requestId, path }: Exchange, error: unknown): Reply & { body: string } {
    const known = error instanceof AwsError ? error : unexpected(error, protocol === 's3');
    if (known.status >= 500) this.#options.onWarning(`${request.method ?? ''} ${path}: ${known.message}`);
    const target = request.headers['x-amz-target']?.toString();
    const { status, headers, body } = renderError(known, protocol, requestId, path, target);
    return { status, headers: { ...headers, 'content-length': Buffer.byteLength(body) }, body };
  }
}

function seenRequest(
  { request }: Exchange,
  { caller, service, operation, bucket, key }: Admitted,
): SeenRequest {
  const { role, sessionName: session } = caller;
  return { service, operation, role, session, bucket, key, headers: request.headers };
}

function unexpected(error: unknown, isS3: boolean): AwsError {
  const message = error instanceof Error ? error.message : String(error);
  const unreachable = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
  const text = unreachable ? 'The local AWS emulator does not answer: see its log.' : message;
  return new AwsError(500, isS3 ? 'InternalError' : 'InternalFailure', text);
}

function readCall(
  exchange: Exchange,
  service: string,
  body: Buffer,
): { call: ApiCall; argument: string | undefined } {
  const { request, path, query, protocol } = exchange;
  const { headers } = request;
  const method = request.method ?? 'GET';
  const common = { service, protocol, method, path, query, headers };
  if (protocol === 'json') {
    const target = String(headers['x-amz-target']);
    const operation = target.slice(target.lastIndexOf('.') + 1);
    return { call: { ...common, operation, parameters: parseJson(body) }, argument: undefined };
  }
  if (protocol === 'rest-json') {
    const found = readRestOperation(service, method, path);
    if (found === undefined)
      throw notImplemented(
        protocol,
        `${method} ${path} is no ${service} operation that the local gateway models`,
      );
    return { call: { ...common, operation: found.operation, parameters: {} }, argument: found.argument };
  }
  const form = Object.fromEntries(new URLSearchParams(body.length > 0 ? body.toString('utf8') : query));
  // CloudWatch clients may speak RPC v2, with the operation in the path.
  const rpc = /^\/service\/[^/]+\/operation\/(\w+)$/.exec(path)?.[1];
  return {
    call: { ...common, operation: rpc ?? form['Action'] ?? '', parameters: form },
    argument: undefined,
  };
}

function parseJson(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new AwsError(400, 'SerializationException', 'The request body is not a JSON object.');
}
