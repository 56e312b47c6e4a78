/** What goes back to a client: an answer made here, or the emulator's as it comes. */
import type * as http from 'node:http';
import type { Answer } from './answer.ts';

export interface Reply {
  readonly status: number;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body: string | Buffer | http.IncomingMessage;
}

export interface WholeReply extends Reply {
  readonly body: Buffer;
}

const NOT_RETURNED = new Set(['connection', 'keep-alive', 'transfer-encoding', 'server', 'date']);

export function replyOf({ status, headers, body }: Answer, requestId: string): Reply {
  return {
    status,
    headers: { 'x-amzn-requestid': requestId, ...headers, 'content-length': Buffer.byteLength(body) },
    body,
  };
}

/** The emulator's answer, its body still to come. */
export function relayed(answer: http.IncomingMessage): Reply {
  const headers: http.OutgoingHttpHeaders = {};
  for (const name in answer.headers) if (!NOT_RETURNED.has(name)) headers[name] = answer.headers[name];
  return { status: answer.statusCode ?? 502, headers, body: answer };
}

/** Takes the body in whole. Rejects when it breaks off. */
export async function readReply({ status, headers, body }: Reply): Promise<WholeReply> {
  if (typeof body === 'string' || Buffer.isBuffer(body)) return { status, headers, body: Buffer.from(body) };
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status, headers, body: Buffer.concat(chunks) };
}

/** Sends a reply; a client that has gone gets none. (stream.pipeline costs an AbortController and its exception a request.) */
export async function send(response: http.ServerResponse, { status, headers, body }: Reply): Promise<void> {
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    if (!response.destroyed) response.writeHead(status, headers).end(body);
    return;
  }
  if (response.destroyed) {
    body.destroy();
    return;
  }
  response.writeHead(status, headers);
  await new Promise<void>((resolve, reject) => {
    body.once('error', (error) => {
      response.destroy();
      reject(error);
    });
    response.once('close', () => {
      if (!response.writableFinished) body.destroy();
      resolve();
    });
    body.pipe(response);
  });
}
