import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Answers one request; destroying the socket is a connection reset. */
export type Answer = (request: SeenRequest, response: ServerResponse) => void;

/** An HTTP server on 127.0.0.1 that answers as scripted, one answer a request, and fails on any it was not told of. */
export class ScriptedServer {
  readonly requests: SeenRequest[] = [];
  readonly #answers: Answer[] = [];
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const seen = { method, url, headers, body: Buffer.concat(chunks) };
      this.requests.push(seen);
      const answer = this.#answers.shift();
      if (answer === undefined) response.writeHead(501).end(`no answer scripted for ${method} ${url}`);
      else answer(seen, response);
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  script(...answers: Answer[]): void {
    this.requests.length = 0;
    this.#answers.splice(0, this.#answers.length, ...answers);
  }

  get unanswered(): number {
    return this.#answers.length;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export const reset: Answer = (_, response) => {
  response.destroy();
};

export function status(code: number, body = '', headers: Record<string, string> = {}): Answer {
  return (_, response) => {
    response.writeHead(code, headers).end(body);
  };
}

/** An S3 error in XML. */
export function s3Error(code: number, name: string): Answer {
  return status(code, `<?xml version="1.0"?><Error><Code>${name}</Code><Message>scripted</Message></Error>`, {
    'content-type': 'application/xml',
  });
}

/** A Glue answer, or an error when a name is given. */
export function json(body: unknown, errorName?: string): Answer {
  const headers = { 'content-type': 'application/x-amz-json-1.1' };
  return errorName === undefined
    ? status(200, JSON.stringify(body), headers)
    : status(400, JSON.stringify({ __type: errorName, message: 'scripted' }), headers);
}
