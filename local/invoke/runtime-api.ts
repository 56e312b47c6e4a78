/** The Lambda Runtime API of one execution environment: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RuntimeInvocation {
  readonly requestId: string;
  readonly payload: Buffer;
  readonly deadlineMs: number;
  readonly functionArn: string;
}

export type RuntimeAnswer =
  | { readonly kind: 'response'; readonly payload: Buffer }
  | { readonly kind: 'error'; readonly payload: Buffer };

interface Pending {
  readonly requestId: string;
  readonly resolve: (answer: RuntimeAnswer) => void;
}

const ROOT = '/2018-06-01/runtime/';

/** Holds the runtime's `next` until there is an invocation, and gives its answer back. One invocation at a time. */
export class RuntimeApi {
  /** Resolves when the runtime asks for its first invocation: its init phase is over. */
  readonly ready: Promise<void>;
  /** Resolves with {errorType, errorMessage} when the handler could not be loaded. */
  readonly initError: Promise<Buffer>;
  private readonly server: Server;
  private readonly isReady = Promise.withResolvers<undefined>();
  private readonly hasInitError = Promise.withResolvers<Buffer>();
  private waiting: ServerResponse | undefined;
  private queued: RuntimeInvocation | undefined;
  private pending: Pending | undefined;

  private constructor() {
    this.ready = this.isReady.promise;
    this.initError = this.hasInitError.promise;
    // A function may work for as long as its time-out without a word: its connection is never idle for too long.
    this.server = createServer(
      { keepAliveTimeout: 0 },
      (request, response) => void this.handle(request, response),
    );
  }

  static async start(): Promise<RuntimeApi> {
    const api = new RuntimeApi();
    api.server.listen(0, '127.0.0.1');
    await once(api.server, 'listening');
    return api;
  }

  /** Value for AWS_LAMBDA_RUNTIME_API. */
  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Hands the invocation to the runtime; resolves with its answer, which never comes when the process dies. */
  invoke(invocation: RuntimeInvocation): Promise<RuntimeAnswer> {
    const { promise, resolve } = Promise.withResolvers<RuntimeAnswer>();
    this.pending = { requestId: invocation.requestId, resolve };
    this.queued = invocation;
    this.deliver();
    return promise;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private deliver(): void {
    const { waiting, queued } = this;
    if (waiting === undefined || queued === undefined) return;
    this.waiting = this.queued = undefined;
    waiting.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': queued.payload.length,
      'Lambda-Runtime-Aws-Request-Id': queued.requestId,
      'Lambda-Runtime-Deadline-Ms': String(queued.deadlineMs),
      'Lambda-Runtime-Invoked-Function-Arn': queued.functionArn,
      'Lambda-Runtime-Trace-Id': `Root=1-${queued.requestId.slice(0, 8)};Sampled=0`,
    });
    waiting.end(queued.payload);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.startsWith(ROOT) === true ? request.url.slice(ROOT.length) : '';
    if (request.method === 'GET' && path === 'invocation/next') {
      this.waiting = response;
      this.isReady.resolve(undefined);
      this.deliver();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const answer = /^invocation\/([^/]+)\/(response|error)$/.exec(path);
    if (path === 'init/error') {
      this.hasInitError.resolve(body);
    } else if (answer !== null && answer[1] === this.pending?.requestId) {
      this.pending?.resolve({ kind: answer[2] === 'error' ? 'error' : 'response', payload: body });
      this.pending = undefined;
    } else {
      response.writeHead(403, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' }));
      return;
    }
    response.writeHead(202, { 'Content-Type': 'application/json' }).end('{"status":"OK"}');
  }
}
