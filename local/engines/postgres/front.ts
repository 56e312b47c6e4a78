/**
 * What clients of the database talk to: a port that does what RDS does before PostgreSQL's own authentication, over TLS, and
 * then lets the bytes pass. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
 */
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type SecureContext, TLSSocket } from 'node:tls';
import { TickerlakeError } from '../../../core/errors.ts';
import { ENGINE_SUPERUSER } from './configuration.ts';
import { join, take } from './connection.ts';
import {
  askForPassword,
  fatalError,
  isAuthenticated,
  message,
  type Opening,
  passwordIn,
  readMessage,
  readOpening,
} from './messages.ts';

export const DATABASE_HOST = '127.0.0.1';
/** PostgreSQL's own default of authentication_timeout. */
const LOGIN_TIMEOUT_MS = 60_000;
/** What PostgreSQL answers to a failed login that is not of a password it keeps. */
const INVALID_AUTHORIZATION = '28000';
const PROTOCOL_VIOLATION = '08P01';

/** Says why a token does not let the user in through this host and port; undefined when it does. */
export type CheckToken = (
  token: string,
  login: { readonly user: string; readonly host: string; readonly port: number },
) => string | undefined;

export interface FrontOptions {
  /** PostgreSQL's own, which nobody else may enter. */
  readonly socketFile: string;
  readonly tls: SecureContext;
  /** Refuses who does not ask for TLS: rds.force_ssl. */
  readonly forceTls: boolean;
  /** @default - nobody has a token that is good, as without IAM authentication */
  readonly checkToken?: CheckToken;
  /** @default - a free one */
  readonly port?: number;
  /** Receives one line for each refused token. @default - nowhere */
  readonly onRefusal?: (line: string) => void;
}

/** A port for clients of the database. */
export interface Front {
  readonly host: string;
  readonly port: number;
  /** Sessions and logins of now. */
  readonly connections: number;
  /** Resets every connection, and each new one until `reopen`. */
  cut(): { readonly reopen: () => void };
  stop(): Promise<void>;
}

/** Opens the port; it needs no database until somebody comes. */
export async function openFront(options: FrontOptions): Promise<Front> {
  const front = new DatabaseFront(options);
  await front.listen(options.port ?? 0);
  return front;
}

class DatabaseFront implements Front {
  readonly host = DATABASE_HOST;
  readonly #options: FrontOptions;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  #cuts = 0;

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      void this.#admit(client);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#clients.size;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => {
        reject(
          new TickerlakeError(
            'ENGINE_FAILED',
            `cannot listen on ${DATABASE_HOST}:${port}: ${cause.message}`,
            {
              cause,
            },
          ),
        );
      });
      this.#server.listen(port, DATABASE_HOST, resolve);
    });
  }

  cut(): { readonly reopen: () => void } {
    this.#cuts += 1;
    this.#resetAll();
    let isCut = true;
    return {
      reopen: () => {
        if (isCut) this.#cuts -= 1;
        isCut = false;
      },
    };
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#resetAll();
    await closed;
  }

  #resetAll(): void {
    for (const client of this.#clients) client.resetAndDestroy();
  }

  async #admit(client: Socket): Promise<void> {
    // Whatever breaks a connection ends it; there is nobody else to tell.
    client.on('error', () => client.destroy());
    if (this.#cuts > 0) {
      client.resetAndDestroy();
      return;
    }
    this.#clients.add(client);
    client.once('close', () => this.#clients.delete(client));
    const impatience = setTimeout(() => client.destroy(), LOGIN_TIMEOUT_MS);
    try {
      await this.#logIn(client);
    } catch {
      client.destroy();
    } finally {
      clearTimeout(impatience);
    }
  }

  async #logIn(socket: Socket): Promise<void> {
    let client: Duplex = socket;
    let opening = await take<Opening>(client, readOpening);
    while (opening.kind === 'gss' || opening.kind === 'ssl') {
      if (opening.kind === 'gss') client.write('N');
      else if (client !== socket) throw new Error('TLS within TLS');
      else client = this.#secure(socket);
      opening = await take<Opening>(client, readOpening);
    }
    if (opening.kind === 'cancel') await this.#cancel(client, opening.bytes);
    else if (opening.kind === 'startup') await this.#startSession(client, client !== socket, opening);
    else refuse(client, fatalError(PROTOCOL_VIOLATION, 'unsupported frontend protocol'));
  }

  #secure(socket: Socket): TLSSocket {
    // Bytes that came along with the request would pass for encrypted ones (CVE-2021-23222).
    if (socket.readableLength > 0) throw new Error('unencrypted data after the request for TLS');
    socket.write('S');
    const secured = new TLSSocket(socket, { isServer: true, secureContext: this.#options.tls });
    secured.on('error', () => socket.destroy());
    return secured;
  }

  async #startSession(
    client: Duplex,
    isEncrypted: boolean,
    { bytes, parameters: asked }: Extract<Opening, { kind: 'startup' }>,
  ): Promise<void> {
    const { forceTls } = this.#options;
    const user = asked.get('user') ?? '';
    const about = `for host "${DATABASE_HOST}", user "${user}", database "${asked.get('database') ?? user}"`;
    if (user === ENGINE_SUPERUSER) {
      const encryption = isEncrypted ? 'SSL encryption' : 'no encryption';
      refuse(
        client,
        fatalError(INVALID_AUTHORIZATION, `pg_hba.conf rejects connection ${about}, ${encryption}`),
      );
      return;
    }
    const noEntry = fatalError(INVALID_AUTHORIZATION, `no pg_hba.conf entry ${about}, no encryption`);
    if (forceTls && !isEncrypted) {
      refuse(client, noEntry);
      return;
    }
    const server = await this.#connect(client);
    server.write(bytes);
    let first = await take(server, readMessage);
    // The server may say before how far it knows the protocol.
    while (first.type !== 'R' && first.type !== 'E') {
      client.write(message(first.type, first.body));
      first = await take(server, readMessage);
    }
    if (isAuthenticated(first)) {
      // PostgreSQL lets the members of rds_iam in at once: the question for their token is put here.
      const refusal = isEncrypted ? await this.#askForToken(client, user) : noEntry;
      if (refusal !== undefined) {
        server.destroy();
        refuse(client, refusal);
        return;
      }
    }
    client.write(message(first.type, first.body));
    join(client, server);
  }

  /** Resolves with the answer to a client that is not let in. */
  async #askForToken(client: Duplex, user: string): Promise<Buffer | undefined> {
    const { checkToken = () => 'IAM authentication is not enabled', onRefusal } = this.#options;
    client.write(askForPassword);
    const token = passwordIn(await take(client, readMessage));
    const refused =
      token === undefined
        ? 'no password came'
        : checkToken(token, { user, host: DATABASE_HOST, port: this.port });
    if (refused === undefined) return undefined;
    onRefusal?.(`database user ${user}: ${refused}`);
    return fatalError(INVALID_AUTHORIZATION, `PAM authentication failed for user "${user}"`);
  }

  /** As PostgreSQL does, says nothing and hangs up. */
  async #cancel(client: Duplex, request: Buffer): Promise<void> {
    const server = await this.#connect(client);
    server.end(request);
    server.resume();
    client.end();
  }

  /** A connection to PostgreSQL that ends when the client's does, and ends it. */
  #connect(client: Duplex): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const server = createConnection({ path: this.#options.socketFile, allowHalfOpen: true });
      server.once('connect', () => {
        resolve(server);
      });
      server.on('error', (cause) => {
        client.destroy();
        reject(cause);
      });
      client.once('close', () => server.destroy());
      server.once('close', () => {
        // What PostgreSQL has said is on its way; a crash says nothing.
        if (!client.writableEnded) client.destroy();
      });
    });
  }
}

/** Says why and hangs up; what the client still says is not listened to. */
function refuse(client: Duplex, answer: Buffer): void {
  client.end(answer);
  client.resume();
}
