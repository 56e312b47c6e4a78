/** The broker's process: configured, started, and asked until it answers. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import kafkajs from 'kafkajs';
import type { Guard, ManagedProcess } from '../../supervisor/index.ts';
import type { ToolPaths } from '../../tools.ts';
import { waitUntilReady } from '../readiness.ts';
import type { Certificate } from './certificate.ts';
import { renderLogProperties, renderServerProperties } from './configuration.ts';

const START_TIMEOUT_MS = 90_000;

// Short-lived and small: the quick compiler, one garbage collector thread, a heap that a laptop does not notice.
const JVM_OPTIONS = [
  '-Xmx512m',
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-XX:-UsePerfData',
  '-XX:+ExitOnOutOfMemoryError',
  '-Djava.awt.headless=true',
];

export type BrokerTools = Pick<ToolPaths, 'java' | 'keytool' | 'kafkaClasspath' | 'kafkaArchive'>;

/** What one start of the broker needs, and the next one after it. */
export interface BrokerLayout {
  readonly dir: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly authorizerLog: string;
  readonly verifyUrl: string;
  readonly ports: { readonly admin: number; readonly controller: number; readonly iam: number };
  readonly certificate: Certificate;
  readonly clusterId: string;
  readonly tools: BrokerTools;
}

/** Writes the configuration and starts the process; resolves when its admin interface answers. */
export async function launchBroker(guard: Guard, layout: BrokerLayout): Promise<ManagedProcess> {
  const { dir, dataDir, logFile, authorizerLog, verifyUrl, ports, certificate, clusterId, tools } = layout;
  const temporary = join(dir, 'tmp');
  const properties = join(dir, 'server.properties');
  const logProperties = join(dir, 'log4j.properties');
  await Promise.all([
    mkdir(temporary, { recursive: true }),
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
  await waitUntilReady({
    engine: 'the Kafka broker',
    process: java,
    logFile,
    timeoutMs: START_TIMEOUT_MS,
    probe: async () => {
      // The administrator's door opens before the broker knows whether it can open the others.
      if (!(await readFile(logFile, 'utf8')).includes('Kafka Server started')) throw new Error('starting');
      await describeCluster(adminAddress(layout));
    },
    reasonIn: reasonInLog,
  });
  return java;
}

export const adminAddress = ({ ports }: BrokerLayout): string => `127.0.0.1:${String(ports.admin)}`;

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
