/** MSK, locally: a real Apache Kafka broker (KRaft, one node) that lets clients in by their IAM tokens. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import kafkajs from 'kafkajs';
import { statePaths } from '../state.ts';
import type { Exit, Guard, ManagedProcess } from '../supervisor/index.ts';
import { type ToolPaths, toolPaths } from '../tools.ts';
import { ensureCertificate } from './kafka/certificate.ts';
import { renderLogProperties, renderServerProperties } from './kafka/configuration.ts';
import { findFreePorts } from './ports.ts';
import { PortTakenError, stopProcess, waitUntilReady } from './readiness.ts';

const START_TIMEOUT_MS = 90_000;
const STOP_GRACE_MS = 10_000;
const PORT_ATTEMPTS = 3;

// Short-lived and small: the quick compiler, one garbage collector thread, a heap that a laptop does not notice.
const JVM_OPTIONS = [
  '-Xmx512m',
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-XX:-UsePerfData',
  '-XX:+ExitOnOutOfMemoryError',
  '-Djava.awt.headless=true',
];

export interface BrokerOptions {
  /** Holds the broker's data, configuration and logs. A folder with data is opened as the same cluster again. */
  readonly dir: string;
  /** Where tokens are verified: answers a POST of one with 200 {principal, lifetimeMs}, or refuses it. */
  readonly verifyUrl: string;
  /** Port of the IAM listener. @default - a free one */
  readonly port?: number;
  /** @default - what the set-up installed */
  readonly tools?: Pick<ToolPaths, 'java' | 'keytool' | 'kafkaClasspath' | 'kafkaArchive'>;
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
  readonly pid: number;
  /** Resolves when the broker has ended, wanted or not. */
  readonly exited: Promise<Exit>;
  stop(): Promise<void>;
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
  const logFile = join(dir, 'broker.log');
  const authorizerLog = join(dir, 'authorizer.log');
  const temporary = join(dir, 'tmp');
  await Promise.all([mkdir(dataDir, { recursive: true }), mkdir(temporary, { recursive: true })]);
  const [certificate, clusterId, [admin = 0, controller = 0, iam = 0]] = await Promise.all([
    ensureCertificate(join(statePaths().folder, 'tls'), tools.keytool),
    readClusterId(dataDir).then((id) => id ?? newClusterId()),
    findFreePorts(3),
  ]);
  const ports = { admin, controller, iam: port ?? iam };
  const properties = join(dir, 'server.properties');
  const logProperties = join(dir, 'log4j.properties');
  await Promise.all([
    writeFile(
      properties,
      renderServerProperties({ ports, dataDir, keystore: certificate.keystore, verifyUrl }),
    ),
    writeFile(logProperties, renderLogProperties(authorizerLog)),
    // The reason for an end is looked for in this log: an earlier start's must not be found.
    writeFile(logFile, ''),
  ]);
  const java = await guard.spawn({
    name: 'kafka',
    command: tools.java,
    args: [
      ...JVM_OPTIONS,
      `-XX:SharedArchiveFile=${tools.kafkaArchive}`,
      // Native compression libraries are unpacked here: /tmp may forbid running them.
      `-Djava.io.tmpdir=${temporary}`,
      `-XX:ErrorFile=${join(dir, 'jvm-error.log')}`,
      `-Dlog4j.configuration=${pathToFileURL(logProperties).href}`,
      ...['-cp', tools.kafkaClasspath, 'LocalBroker', properties, clusterId, dataDir],
    ],
    // Under the plain C locale Java refuses file names beyond ASCII.
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    cwd: dir,
    logFile,
  });
  const bootstrapAdmin = `127.0.0.1:${String(ports.admin)}`;
  await waitUntilReady({
    engine: 'the Kafka broker',
    process: java,
    logFile,
    timeoutMs: START_TIMEOUT_MS,
    probe: async () => {
      // The administrator's door opens before the broker knows whether it can open the others.
      if (!(await readFile(logFile, 'utf8')).includes('Kafka Server started')) throw new Error('starting');
      await describeCluster(bootstrapAdmin);
    },
    reasonIn: reasonInLog,
  });
  return {
    clusterId,
    bootstrapAdmin,
    bootstrapIam: `127.0.0.1:${String(ports.iam)}`,
    caFile: certificate.caFile,
    logFile,
    authorizerLog,
    pid: java.pid,
    exited: java.exited,
    stop: () => stopBroker(java),
  };
}

function stopBroker(process: ManagedProcess): Promise<void> {
  return stopProcess(process, STOP_GRACE_MS);
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

async function describeCluster(bootstrap: string): Promise<void> {
  const admin = new kafkajs.Kafka({
    clientId: 'tickerlake-probe',
    brokers: [bootstrap],
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 1000,
    requestTimeout: 5000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    if (brokers.length === 0) throw new Error('no broker has joined the cluster yet');
  } finally {
    await admin.disconnect();
  }
}

/** The line that says why the broker ended: the first error, without its time and class. */
function reasonInLog(log: string): string | undefined {
  const line =
    /^\S+ \S+ (?:ERROR|FATAL) (.+)$/m.exec(log)?.[1] ??
    /^(?:Error|Exception|Unrecognized).*$/m.exec(log)?.[0];
  const cause = /^(?:Caused by: )?[\w.$]+(?:Exception|Error): (.+)$/m.exec(log)?.[1];
  return (
    [line?.replace(/ \([\w$.]+\)$/, ''), cause].filter((part) => part !== undefined).join(': ') || undefined
  );
}
