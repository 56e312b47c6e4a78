/** MSK, locally: a real Apache Kafka broker (KRaft, one node) that lets clients in by their IAM tokens. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { statePaths } from '../state.ts';
import type { Exit, Guard, ManagedProcess } from '../supervisor/index.ts';
import { toolPaths } from '../tools.ts';
import { ensureCertificate } from './kafka/certificate.ts';
import { adminAddress, type BrokerLayout, type BrokerTools, launchBroker } from './kafka/launch.ts';
import { findFreePorts } from './ports.ts';
import { PortTakenError, stopProcess } from './readiness.ts';

const STOP_GRACE_MS = 10_000;
const PORT_ATTEMPTS = 3;

export interface BrokerOptions {
  /** Holds the broker's data, configuration and logs. A folder with data is opened as the same cluster again. */
  readonly dir: string;
  /** Where tokens are verified: answers a POST of one with 200 {principal, lifetimeMs}, or refuses it. */
  readonly verifyUrl: string;
  /** Port of the IAM listener. @default - a free one */
  readonly port?: number;
  /** @default - what the set-up installed */
  readonly tools?: BrokerTools;
}

export interface Broker {
  /** Kafka's own id of the cluster: new with every new data folder. */
  readonly clusterId: string;
  /** Plain and all-powerful: for the runner itself, never for a function. */
  readonly bootstrapAdmin: string;
  /** SASL_SSL with OAUTHBEARER, as MSK's IAM listener. */
  readonly bootstrapIam: string;
  /** PEM of the certificate that clients have to trust. */
  readonly caFile: string;
  readonly logFile: string;
  /** Every decision of the authorizer, one a line; see kafka/authorizer-log.ts. */
  readonly authorizerLog: string;
  /** Of the process of now: a restart changes it. */
  readonly pid: number;
  /** Resolves when the broker has ended, wanted or not, but for a restart's end. */
  readonly exited: Promise<Exit>;
  /**
   * Ends the broker by a signal (SIGKILL by default) and starts it on the same data, ports and cluster id. Resolves when it
   * answers again; throws ENGINE_FAILED when it does not.
   */
  restart(options?: { readonly signal?: 'SIGKILL' | 'SIGTERM' }): Promise<void>;
  stop(): Promise<void>;
  /** Ends it without the second in which it closes its files: where nobody opens its folder again. */
  abandon(): Promise<void>;
}

/** Starts a broker and resolves when its admin interface answers. Throws ENGINE_FAILED with the reason from its log. */
export async function startBroker(guard: Guard, options: BrokerOptions): Promise<Broker> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(guard, options);
    } catch (error) {
      const mayRetry = error instanceof PortTakenError && options.port === undefined;
      if (!mayRetry || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function startOnce(
  guard: Guard,
  { dir, verifyUrl, port, tools = toolPaths() }: BrokerOptions,
): Promise<Broker> {
  const dataDir = join(dir, 'data');
  await mkdir(dataDir, { recursive: true });
  const [certificate, clusterId, [admin = 0, controller = 0, iam = 0]] = await Promise.all([
    ensureCertificate(join(statePaths().folder, 'tls'), tools.keytool),
    readClusterId(dataDir).then((id) => id ?? newClusterId()),
    findFreePorts(3),
  ]);
  const layout: BrokerLayout = {
    dir,
    dataDir,
    logFile: join(dir, 'broker.log'),
    authorizerLog: join(dir, 'authorizer.log'),
    verifyUrl,
    ports: { admin, controller, iam: port ?? iam },
    certificate,
    clusterId,
    tools,
  };
  return new LocalBroker(guard, layout, await launchBroker(guard, layout));
}

class LocalBroker implements Broker {
  readonly clusterId: string;
  readonly bootstrapAdmin: string;
  readonly bootstrapIam: string;
  readonly caFile: string;
  readonly logFile: string;
  readonly authorizerLog: string;
  readonly #guard: Guard;
  readonly #layout: BrokerLayout;
  readonly #ended = Promise.withResolvers<Exit>();
  #process: ManagedProcess;
  #restart = Promise.resolve();
  #restarting = false;

  constructor(guard: Guard, layout: BrokerLayout, process: ManagedProcess) {
    this.clusterId = layout.clusterId;
    this.bootstrapAdmin = adminAddress(layout);
    this.bootstrapIam = `127.0.0.1:${String(layout.ports.iam)}`;
    this.caFile = layout.certificate.caFile;
    this.logFile = layout.logFile;
    this.authorizerLog = layout.authorizerLog;
    this.#guard = guard;
    this.#layout = layout;
    this.#process = process;
    this.#watch();
  }

  get pid(): number {
    return this.#process.pid;
  }

  get exited(): Promise<Exit> {
    return this.#ended.promise;
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
    await stopProcess(this.#process, STOP_GRACE_MS);
  }

  async abandon(): Promise<void> {
    await this.#restart;
    this.#process.kill('SIGKILL');
    await this.#process.exited;
  }

  async #restartBy(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#restarting = true;
    try {
      if (signal === 'SIGTERM') await stopProcess(this.#process, STOP_GRACE_MS);
      else this.#process.kill(signal);
      await this.#process.exited;
      this.#process = await this.#relaunchBroker();
    } finally {
      this.#restarting = false;
      // A broker that did not come back has ended for everybody.
      this.#watch();
    }
  }

  /** A client that looks for the broker may itself hold one of its ports for a moment. */
  async #relaunchBroker(): Promise<ManagedProcess> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await launchBroker(this.#guard, this.#layout);
      } catch (error) {
        if (!(error instanceof PortTakenError) || attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  #watch(): void {
    void this.#process.exited.then((exit) => {
      if (!this.#restarting) this.#ended.resolve(exit);
    });
  }
}

/** A cluster id as Kafka makes them: 16 random bytes in URL-safe base64, never with a leading dash. */
function newClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
}

async function readClusterId(dataDir: string): Promise<string | undefined> {
  try {
    return /^cluster\.id=(\S+)$/m.exec(await readFile(join(dataDir, 'meta.properties'), 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
