/** RDS for PostgreSQL, locally: a real PostgreSQL, and in front of it a port that logs people in as RDS does. */
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import type { ClientConfig } from 'pg';
import { TickerlakeError } from '../../core/errors.ts';
import type { Exit, Guard, ManagedProcess } from '../supervisor/index.ts';
import { KEYSTORE_PASSWORD } from './kafka/certificate.ts';
import { type CheckToken, type Front, openFront } from './postgres/front.ts';
import { type GroundOptions, type PostgresGround, preparePostgres } from './postgres/ground.ts';
import { createInstance, type DatabaseInstance } from './postgres/instance.ts';
import { launchPostgres, superuserOf } from './postgres/launch.ts';
import { interpretParameters } from './postgres/parameters.ts';

export { type CheckToken, DATABASE_HOST } from './postgres/front.ts';
export { type PostgresGround, preparePostgres } from './postgres/ground.ts';

const STOP_GRACE_MS = 5000;
/** How long sessions of a server that was killed may take to notice it: until then no other may start. */
const ORPHANS_TIMEOUT_MS = 15_000;
const ORPHANS_POLL_MS = 100;

export interface PostgresOptions extends DatabaseInstance {
  /** A folder to prepare, or one that `preparePostgres` has prepared. */
  readonly ground: GroundOptions | PostgresGround;
  /** Of a parameter group: PostgreSQL's own and RDS's. @default none */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Judges IAM tokens. @default - nobody has a good one, as without IAM authentication */
  readonly checkToken?: CheckToken;
  /** Port of the instance's endpoint. @default - a free one */
  readonly port?: number;
  /** Receives one line for each refused token. @default - nowhere */
  readonly onRefusal?: (line: string) => void;
}

export interface Postgres {
  /** The instance's endpoint. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** PEM of the certificate that clients have to trust. */
  readonly caFile: string;
  readonly logFile: string;
  /** `17.10` */
  readonly version: string;
  /** All-powerful and without a password: for the runner itself, never for a function. */
  readonly superuser: ClientConfig;
  /** Of the process of now: a restart changes it. */
  readonly pid: number;
  /** Resolves when the server has ended, wanted or not, but for a restart's end. */
  readonly exited: Promise<Exit>;
  /** Resets every connection, and each new one until `reopen`. */
  cut(): { readonly reopen: () => void };
  /**
   * Ends the server by SIGKILL (the default), or in order (SIGTERM: sessions are ended, nothing is waited for), and starts it on
   * the same data and ports. Resolves when it answers again; throws ENGINE_FAILED when it does not.
   */
  restart(options?: { readonly signal?: 'SIGKILL' | 'SIGTERM' }): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a database and resolves when it answers. Throws ENGINE_FAILED with the reason from its log. */
export async function startPostgres(guard: Guard, options: PostgresOptions): Promise<Postgres> {
  const ground = 'binaries' in options.ground ? options.ground : await preparePostgres(guard, options.ground);
  const { settings, forceTls, unknown } = interpretParameters(options.parameters ?? {});
  if (unknown.length > 0) {
    throw new TickerlakeError(
      'ENGINE_FAILED',
      `PostgreSQL: parameter ${unknown.join(', ')} of RDS is not known here`,
      {
        hint: 'add it to local/engines/postgres/parameters.ts',
      },
    );
  }
  const launch = (): Promise<ManagedProcess> =>
    launchPostgres(guard, ground, { settings, masterUser: options.masterUser });
  let server: ManagedProcess | undefined;
  try {
    server = await launch();
    await createInstance(superuserOf(ground), options);
    const front = await openFrontOf(ground, forceTls, options);
    return new LocalPostgres({ ground, database: options.database, launch, server, front });
  } catch (error) {
    if (server !== undefined) await endServer(server);
    await discardGround(ground);
    throw error;
  }
}

async function openFrontOf(
  ground: PostgresGround,
  forceTls: boolean,
  { checkToken, port, onRefusal }: PostgresOptions,
): Promise<Front> {
  const tls = createSecureContext({
    pfx: await readFile(ground.certificate.keystore),
    passphrase: KEYSTORE_PASSWORD,
    minVersion: 'TLSv1.2',
  });
  return openFront({
    socketFile: ground.socketFile,
    tls,
    forceTls,
    ...(checkToken && { checkToken }),
    ...(port !== undefined && { port }),
    ...(onRefusal && { onRefusal }),
  });
}

/** Removes what was prepared outside of the run's own folder. May be repeated. */
export async function discardGround({ elsewhere }: PostgresGround): Promise<void> {
  await Promise.all(elsewhere.map((folder) => rm(folder, { recursive: true, force: true })));
}

interface Parts {
  readonly ground: PostgresGround;
  readonly database: string;
  readonly launch: () => Promise<ManagedProcess>;
  readonly server: ManagedProcess;
  readonly front: Front;
}

class LocalPostgres implements Postgres {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly caFile: string;
  readonly logFile: string;
  readonly version: string;
  readonly superuser: ClientConfig;
  readonly #parts: Parts;
  readonly #ended = Promise.withResolvers<Exit>();
  #server: ManagedProcess;
  #restart = Promise.resolve();
  #restarting = false;

  constructor(parts: Parts) {
    const { ground, front, database, server } = parts;
    this.host = front.host;
    this.port = front.port;
    this.database = database;
    this.caFile = ground.certificate.caFile;
    this.logFile = ground.logFile;
    this.version = ground.binaries.version;
    this.superuser = { ...superuserOf(ground), database };
    this.#parts = parts;
    this.#server = server;
    this.#watch();
  }

  get pid(): number {
    return this.#server.pid;
  }

  get exited(): Promise<Exit> {
    return this.#ended.promise;
  }

  cut(): { readonly reopen: () => void } {
    return this.#parts.front.cut();
  }

  /** One at a time: a second waits for the first. */
  async restart({ signal = 'SIGKILL' }: { readonly signal?: 'SIGKILL' | 'SIGTERM' } = {}): Promise<void> {
    const before = this.#restart;
    const now = before.then(() => this.#restartBy(signal));
    this.#restart = now.catch(() => undefined);
    await now;
  }

  async stop(): Promise<void> {
    await this.#restart;
    await this.#parts.front.stop();
    await endServer(this.#server);
    await discardGround(this.#parts.ground);
  }

  async #restartBy(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#restarting = true;
    try {
      if (signal === 'SIGTERM') await endServer(this.#server);
      else this.#server.kill(signal);
      await this.#server.exited;
      this.#server = await this.#relaunch();
    } finally {
      this.#restarting = false;
      // A server that did not come back has ended for everybody.
      this.#watch();
    }
  }

  async #relaunch(): Promise<ManagedProcess> {
    const deadline = performance.now() + ORPHANS_TIMEOUT_MS;
    for (;;) {
      try {
        return await this.#parts.launch();
      } catch (error) {
        const hasOrphans = error instanceof Error && /shared memory block|lock file/.test(error.message);
        if (!hasOrphans || performance.now() > deadline) throw error;
        await delay(ORPHANS_POLL_MS);
      }
    }
  }

  #watch(): void {
    void this.#server.exited.then((exit) => {
      if (!this.#restarting) this.#ended.resolve(exit);
    });
  }
}

/** A "fast" shutdown: https://www.postgresql.org/docs/17/server-shutdown.html (SIGTERM would wait for every session). */
async function endServer(server: ManagedProcess): Promise<void> {
  server.kill('SIGINT');
  const impatience = setTimeout(() => {
    server.kill('SIGKILL');
  }, STOP_GRACE_MS);
  await server.exited;
  clearTimeout(impatience);
}
