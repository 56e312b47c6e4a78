/** What answers for S3, SQS, Glue, Secrets Manager and their like: moto's server, with our mends (moto/*.py). */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LOCAL_ACCOUNT } from '../state.ts';
import type { Exit, Guard } from '../supervisor/index.ts';
import { type ToolPaths, toolPaths } from '../tools.ts';
import { stopProcess, waitUntilReady } from './readiness.ts';

const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 2000;
/** An object beyond this is kept in a file instead of memory. */
const SPOOL_BYTES = 256 * 1024;

export interface MotoOptions {
  /** Holds the log, and the objects too large for memory. */
  readonly dir: string;
  /** The account of all resources. @default - the local one */
  readonly account?: string;
  /** @default - what the set-up installed */
  readonly tools?: Pick<ToolPaths, 'python'>;
}

export interface Moto {
  /** http://127.0.0.1:<port>; takes any credentials, so nothing but the gateway should talk to it. */
  readonly endpoint: string;
  readonly logFile: string;
  readonly pid: number;
  /** Resolves when the emulator has ended, wanted or not. */
  readonly exited: Promise<Exit>;
  stop(): Promise<void>;
}

/** Starts the emulator, empty, and resolves when it answers. Throws ENGINE_FAILED with the reason from its log. */
export async function startMoto(
  guard: Guard,
  { dir, account = LOCAL_ACCOUNT, tools = toolPaths() }: MotoOptions,
): Promise<Moto> {
  const logFile = join(dir, 'moto.log');
  const portFile = join(dir, 'moto.port');
  const spool = join(dir, 'spool');
  await mkdir(spool, { recursive: true });
  await Promise.all([rm(portFile, { force: true }), rm(logFile, { force: true })]);
  const emulator = await guard.spawn({
    name: 'moto',
    command: tools.python,
    args: ['-s', '-E', join(import.meta.dirname, 'moto', 'server.py'), portFile],
    env: {
      PATH: process.env['PATH'],
      HOME: dir,
      TMPDIR: spool,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
      MOTO_ACCOUNT_ID: account,
      MOTO_S3_DEFAULT_KEY_BUFFER_SIZE: String(SPOOL_BYTES),
    },
    cwd: dir,
    logFile,
  });
  let endpoint = '';
  await waitUntilReady({
    engine: 'the AWS emulator',
    process: emulator,
    logFile,
    timeoutMs: START_TIMEOUT_MS,
    probe: async () => {
      endpoint = `http://127.0.0.1:${await readFile(portFile, 'utf8')}`;
      await (await fetch(`${endpoint}/moto-api/data.json`)).arrayBuffer();
    },
    reasonIn: (log) => log.trim().split('\n').at(-1),
  });
  return {
    endpoint,
    logFile,
    pid: emulator.pid,
    exited: emulator.exited,
    stop: () => stopProcess(emulator, STOP_GRACE_MS),
  };
}
