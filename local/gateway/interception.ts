/** Faults on the way between a client and a service, or between EventBridge and a queue: what a test puts in a request's or event's path. */
import type * as http from 'node:http';
import { type Reply, readReply, send, type WholeReply } from './http/reply.ts';

/** A request of an AWS client, authenticated and authorised, not yet answered. */
export interface SeenRequest {
  /** Signing name: s3, sqs, glue, athena, … */
  readonly service: string;
  /** As the API reference has it: PutObject, BatchCreatePartition, … */
  readonly operation: string;
  /** Role name, or `operator`. */
  readonly role: string;
  /** Session name; of a function, the function's name. */
  readonly session: string;
  /** S3 only. */
  readonly bucket: string | undefined;
  /** S3 only, decoded. */
  readonly key: string | undefined;
  readonly headers: Readonly<http.IncomingHttpHeaders>;
}

/** One request that an interceptor handles. Until it is answered here or forwarded, its client waits. */
export interface Interception {
  readonly request: SeenRequest;
  /**
   * Has the service do it, once, and resolves with what it answered (an error as well) when it has been done and before the
   * client is told. The client gets that answer once the interceptor's function has ended, unless `respond` or `reset` comes
   * first. Works when the client has gone, too.
   */
  readonly forward: () => Promise<{ readonly status: number; readonly body: Buffer }>;
  /** Answers in the service's place. */
  readonly respond: (answer: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | Buffer;
  }) => void;
  /** Destroys the client's connection. */
  readonly reset: () => void;
}

/** An event on its way to a rule's queue. */
export interface SeenEvent {
  /** Of the S3 object it tells of; empty for other events. */
  readonly key: string;
  readonly queueArn: string;
  /** The message, as the queue would get it. */
  readonly body: string;
}

export interface Interceptor {
  /** Requests or events handled so far. */
  readonly fired: number;
  /** Later requests and events pass; those already handled stay so. */
  remove(): void;
}

export type RequestMatch = (request: SeenRequest) => boolean;
export type RequestAct = (interception: Interception) => Promise<void> | void;
/** `deliver` resolves when the event is delivered or has failed for good, which the gateway's deliveries tell. */
export type EventAct = (event: SeenEvent, deliver: () => Promise<void>) => Promise<void> | void;

export interface RequestRule {
  readonly matches: RequestMatch;
  readonly act: RequestAct;
}

interface Entry<T> {
  readonly rule: T;
  fired: number;
}

/** What is intercepted at one place. */
export class Interceptors<T> {
  #newestFirst: readonly Entry<T>[] = [];

  add(rule: T): Interceptor {
    const entry: Entry<T> = { rule, fired: 0 };
    this.#newestFirst = [entry, ...this.#newestFirst];
    return {
      get fired() {
        return entry.fired;
      },
      remove: () => {
        this.#newestFirst = this.#newestFirst.filter((other) => other !== entry);
      },
    };
  }

  get none(): boolean {
    return this.#newestFirst.length === 0;
  }

  /** The newest that takes it, counted as fired. */
  take(takes: (rule: T) => boolean): T | undefined {
    const entry = this.#newestFirst.find(({ rule }) => takes(rule));
    if (entry !== undefined) entry.fired += 1;
    return entry?.rule;
  }
}

/**
 * Lets an interceptor handle a request. `serve` has the service answer, and needs nothing of the client any more; `failed` is
 * the answer to an error of it. Resolves when the interceptor has ended and what it forwarded is answered; rejects as it does.
 */
export async function interceptRequest(
  request: SeenRequest,
  act: RequestAct,
  response: http.ServerResponse,
  serve: () => Promise<Reply>,
  failed: (error: unknown) => Reply,
): Promise<void> {
  let answered = false;
  let forwarded: Promise<WholeReply> | undefined;
  const acted = Promise.withResolvers<undefined>();
  const answer = async (pending: Promise<WholeReply>): Promise<void> => {
    const reply = await pending;
    await acted.promise;
    // Who called `forward` later than that gets to say something else first.
    await new Promise((resolve) => setImmediate(resolve));
    if (!answered) await send(response, reply);
    answered = true;
  };
  let sent = Promise.resolve();
  const interception: Interception = {
    request,
    forward: async () => {
      if (forwarded === undefined) {
        forwarded = serve()
          .then(readReply)
          .catch((error: unknown) => readReply(failed(error)));
        sent = answer(forwarded);
      }
      const { status, body } = await forwarded;
      return { status, body };
    },
    respond: ({ status, headers = {}, body = '' }) => {
      if (answered) throw new Error(`${request.operation} is answered already`);
      answered = true;
      void send(response, {
        status,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        body,
      });
    },
    reset: () => {
      answered = true;
      response.destroy();
    },
  };
  await act(interception);
  acted.resolve(undefined);
  await sent;
}
