/** What PostgreSQL needs before it can be started: its programs, a data folder, a socket of its own and a certificate. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { statePaths } from '../../state.ts';
import type { Guard } from '../../supervisor/index.ts';
import { type ToolPaths, toolPaths } from '../../tools.ts';
import { type Certificate, ensureCertificate } from '../kafka/certificate.ts';
import { installPostgres, type PostgresBinaries } from './binaries.ts';
import { prepareCluster } from './cluster.ts';
import { enterableFolder, findOwner, type Owner, privateFolder } from './owner.ts';

/** Part of a socket's file name only: nothing listens on it. */
const SOCKET_PORT = 5432;
/** Of the path of a socket, its end included; macOS allows 104, Linux 108. */
const MAX_SOCKET_PATH_BYTES = 103;

export interface GroundOptions {
  /** Holds data and configuration. A folder with data is opened as the same database again. */
  readonly dir: string;
  /** @default - postgres.log in `dir` */
  readonly logFile?: string;
  /** @default - what the set-up installed */
  readonly tools?: Pick<ToolPaths, 'keytool'>;
}

export interface PostgresGround {
  readonly owner: Owner | undefined;
  readonly binaries: PostgresBinaries;
  /** Holds the data and the configuration; `dir` unless PostgreSQL may not enter that. */
  readonly folder: string;
  /** Folders outside of `dir`, which go when PostgreSQL is stopped. */
  readonly elsewhere: readonly string[];
  readonly dataDir: string;
  /** PostgreSQL's and ours alone. */
  readonly socketFolder: string;
  readonly socketFile: string;
  readonly port: number;
  readonly certificate: Certificate;
  readonly logFile: string;
}

/** Prepares everything that takes a while and can be done before anybody knows how PostgreSQL is to be started. */
export async function preparePostgres(
  guard: Guard,
  { dir, logFile = join(dir, 'postgres.log'), tools = toolPaths() }: GroundOptions,
): Promise<PostgresGround> {
  const { folder: state, tools: toolsFolder } = statePaths();
  const owner = await findOwner();
  await mkdir(dirname(logFile), { recursive: true });
  const certificate = ensureCertificate(join(state, 'tls-database'), tools.keytool, 'database');
  const prepared = (async () => {
    const binaries = await installPostgres(toolsFolder, owner);
    const folder = await enterableFolder(dir, owner);
    const dataDir = join(folder, 'data');
    await prepareCluster({ guard, binaries, owner, dataDir, logFile });
    const socketFolder = await privateFolder(shortFolder(join(folder, 'socket')), owner);
    const elsewhere = [folder, socketFolder].filter((used) => !used.startsWith(dir));
    return { binaries, folder, dataDir, socketFolder, elsewhere };
  })();
  const [ready, certificateReady] = await Promise.all([prepared, certificate]);
  return {
    ...ready,
    owner,
    port: SOCKET_PORT,
    socketFile: socketIn(ready.socketFolder),
    certificate: certificateReady,
    logFile,
  };
}

const socketIn = (folder: string): string => join(folder, `.s.PGSQL.${SOCKET_PORT}`);

/** The folder, or one of a short path where a socket in it would have too long a name for the system. */
function shortFolder(folder: string): string {
  if (Buffer.byteLength(socketIn(folder)) <= MAX_SOCKET_PATH_BYTES) return folder;
  return join(tmpdir(), `tickerlake-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}-s`);
}
