/** Files over HTTP on the loopback, as an object store gives them: whole or a range, and how many bytes and requests that took. */
import { once } from 'node:events';
import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';

/** Since the last reset. */
export interface Traffic {
  readonly bytes: number;
  /** GETs; what HEAD asks, an engine knows from its listing or manifest. */
  readonly requests: number;
}

/** A range is read at once up to here; a longer one is streamed. */
const AT_ONCE_BYTES = 1 << 22;

export class CountingServer {
  readonly #folder: string;
  readonly #server: Server;
  #bytes = 0;
  #requests = 0;

  private constructor(folder: string, latencyMs: number) {
    this.#folder = folder;
    this.#server = createServer((request, response) => {
      if (latencyMs === 0 || request.method === 'HEAD') this.#answer(request, response);
      else
        setTimeout(() => {
          this.#answer(request, response);
        }, latencyMs);
    });
  }

  /** @param latencyMs until the first byte of an answer */
  static async start(folder: string, latencyMs: number): Promise<CountingServer> {
    const server = new CountingServer(folder, latencyMs);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Starts counting again. */
  reset(): void {
    this.#bytes = 0;
    this.#requests = 0;
  }

  get traffic(): Traffic {
    return { bytes: this.#bytes, requests: this.#requests };
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', this.url).pathname));
    const file = join(this.#folder, path);
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    if (size === undefined) {
      response.writeHead(404).end();
      return;
    }
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const first = Number(from ?? 0);
    const last = to === undefined || to === '' ? size - 1 : Math.min(Number(to), size - 1);
    const length = Math.max(last - first + 1, 0);
    response.writeHead(from === undefined ? 200 : 206, {
      'accept-ranges': 'bytes',
      'content-length': length,
      ...(from !== undefined && { 'content-range': `bytes ${first}-${last}/${size}` }),
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    this.#requests += 1;
    if (length > AT_ONCE_BYTES) {
      createReadStream(file, { start: first, end: last })
        .on('data', (chunk) => {
          this.#bytes += chunk.length;
        })
        .pipe(response);
      return;
    }
    const body = Buffer.allocUnsafe(length);
    const handle = openSync(file, 'r');
    readSync(handle, body, 0, length, first);
    closeSync(handle);
    this.#bytes += length;
    response.end(body);
  }
}
