/** A Trino server on 127.0.0.1: coordinator and worker in one JVM. */
import { findFreePorts } from '../engines/ports.ts';
import { PortTakenError, stopProcess, waitUntilReady } from '../engines/readiness.ts';
import type { Guard } from '../supervisor/index.ts';
import type { TrinoToolPaths } from '../tools.ts';
import { execute } from './client.ts';
import { ADMINISTRATOR, writeConfiguration } from './configuration.ts';

const START_TIMEOUT_MS = 120_000;
const STOP_GRACE_MS = 3000;
const ATTEMPTS = 3;

export interface TrinoServerOptions {
  readonly guard: Pick<Guard, 'spawn'>;
  readonly tools: TrinoToolPaths;
  /** Folder for the server's files. */
  readonly directory: string;
  readonly logFile: string;
}

export interface TrinoServer {
  /** http://127.0.0.1:<port>; asks nobody who they are. */
  readonly endpoint: string;
  readonly hasEnded: () => boolean;
  stop(): Promise<void>;
}

/** Starts a server and resolves when it runs statements. @throws TickerlakeError ENGINE_FAILED with the reason from its log */
export async function startTrino(options: TrinoServerOptions): Promise<TrinoServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (!(error instanceof PortTakenError) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function startOnce({ guard, tools, directory, logFile }: TrinoServerOptions): Promise<TrinoServer> {
  const [port = 0] = await findFreePorts(1);
  const configuration = await writeConfiguration({ directory, plugins: tools.plugins, port });
  const server = await guard.spawn({
    name: 'trino',
    command: tools.java,
    args: [
      '-Xmx1g',
      '-XX:+UseSerialGC',
      // Short queries on a small lake end before the second compiler pays for itself.
      '-XX:TieredStopAtLevel=1',
      '-XX:-UsePerfData',
      // One that has run out of memory is of no use any more: the next query starts another.
      '-XX:+ExitOnOutOfMemoryError',
      '-Djdk.attach.allowAttachSelf=true',
      `-Djava.io.tmpdir=${directory}`,
      '--enable-native-access=ALL-UNNAMED',
      `-Dconfig=${configuration}`,
      '-cp',
      tools.classpath,
      'io.trino.server.TrinoServer',
    ],
    env: { PATH: process.env['PATH'], HOME: directory },
    cwd: directory,
    logFile,
  });
  let ended = false;
  void server.exited.then(() => {
    ended = true;
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await waitUntilReady({
    engine: 'Trino',
    process: server,
    logFile,
    timeoutMs: START_TIMEOUT_MS,
    // It answers before it has a worker: a statement that reads something has to run.
    probe: async () =>
      execute(endpoint, {
        sql: 'SELECT node_id FROM system.runtime.nodes',
        user: ADMINISTRATOR,
        signal: AbortSignal.timeout(START_TIMEOUT_MS),
      }),
    reasonIn: (log) => /^\d+\) (?:Error: )?(.*)$/m.exec(log)?.[1] ?? log.trim().split('\n').at(-1),
  });
  return { endpoint, hasEnded: () => ended, stop: () => stopProcess(server, STOP_GRACE_MS) };
}
