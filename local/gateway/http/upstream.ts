/** The emulator behind the gateway, over connections that stay open. */
import * as http from 'node:http';
import type { Readable } from 'node:stream';

/** Headers that concern one connection, or that the emulator must not see. */
const NOT_FORWARDED = new Set([
  'connection',
  'keep-alive',
  'expect',
  'authorization',
  'transfer-encoding',
  'x-amz-security-token',
]);

export interface UpstreamRequest {
  readonly method: string;
  /** Path and query as they go on the wire. */
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly service: string;
  readonly body?: Buffer | Readable;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export class Upstream {
  readonly #endpoint: URL;
  readonly #region: string;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 64 });

  constructor(endpoint: string, region: string) {
    this.#endpoint = new URL(endpoint);
    this.#region = region;
  }

  /** Sends a request and resolves with the response as soon as its head is there. Rejects when the body's source fails. */
  async send(request: UpstreamRequest): Promise<http.IncomingMessage> {
    const headers: http.OutgoingHttpHeaders = {};
    for (const name in request.headers) if (!NOT_FORWARDED.has(name)) headers[name] = request.headers[name];
    // The emulator tells services apart by the scope of the credentials; the caller is settled by now.
    headers.authorization = `AWS4-HMAC-SHA256 Credential=AKIALOCAL/20260101/${this.#region}/${request.service}/aws4_request, SignedHeaders=host, Signature=0`;
    if (Buffer.isBuffer(request.body)) headers['content-length'] = request.body.length;
    const outgoing = http.request({
      agent: this.#agent,
      host: this.#endpoint.hostname,
      port: this.#endpoint.port,
      method: request.method,
      path: request.path,
      headers,
      setHost: headers.host === undefined,
    });
    const { body } = request;
    return await new Promise<http.IncomingMessage>((resolve, reject) => {
      // An answer may come before the body is sent.
      outgoing.once('response', resolve);
      outgoing.once('error', reject);
      if (body === undefined || Buffer.isBuffer(body)) {
        outgoing.end(body);
        return;
      }
      // A body that proves wrong ends the request before it is whole.
      body.once('error', (error) => outgoing.destroy(error));
      body.pipe(outgoing);
    });
  }

  /** Sends a request of the gateway's own, or one whose answer it must read, and takes the answer in whole. */
  async call(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const response = await this.send(request);
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    return { status: response.statusCode ?? 502, headers: response.headers, body: Buffer.concat(chunks) };
  }

  /** Calls an operation of a JSON service for the gateway itself; throws with the emulator's message on failure. */
  async callJson(service: string, target: string, parameters: unknown): Promise<Record<string, unknown>> {
    const answer = await this.call({
      method: 'POST',
      path: '/',
      service,
      headers: { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' },
      body: Buffer.from(JSON.stringify(parameters)),
    });
    const text = answer.body.toString('utf8');
    if (answer.status !== 200) throw new Error(`${target} answered ${answer.status}: ${text.slice(0, 500)}`);
    return JSON.parse(text === '' ? '{}' : text) as Record<string, unknown>;
  }

  close(): void {
    this.#agent.destroy();
  }
}
