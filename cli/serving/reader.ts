import { readFileSync } from 'node:fs';
import { Client, DatabaseError } from 'pg';
import { iamTokens } from '../../adapters/database-login.ts';
import { TickerlakeError } from '../../core/errors.ts';
import { DATABASE_USERS } from '../../core/serving.ts';
import { type LakeConnection, outputOf } from '../lake/connection.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** Where people read: the replica where there is one. */
export function readerAddress(lake: LakeConnection): {
  readonly host: string;
  readonly port: number;
  readonly database: string;
} {
  return {
    host: outputOf(lake, 'serving', 'DatabaseReaderHost'),
    port: Number(outputOf(lake, 'serving', 'DatabasePort')),
    database: outputOf(lake, 'serving', 'DatabaseName'),
  };
}

/**
 * Logs in to the serving database as the one who reads: an IAM token of the lake's operator for a password, the server's
 * certificate verified, just as a person does on AWS.
 * @throws TickerlakeError DATABASE_UNAVAILABLE or DATABASE_REFUSED
 */
export async function withReader<T>(lake: LakeConnection, work: (client: Client) => Promise<T>): Promise<T> {
  const address = readerAddress(lake);
  const client = new Client({
    ...address,
    user: DATABASE_USERS.reader,
    password: iamTokens(address, DATABASE_USERS.reader, { region: lake.region, credentials: lake.operator }),
    ssl: { host: address.host, ca: readFileSync(lake.caFile, 'utf8') },
    application_name: 'tickerlake-cli',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // Told to whoever waits for an answer; an idle connection that ends is nobody's news.
  client.on('error', () => undefined);
  try {
    await client.connect().catch((error: unknown) => {
      throw explainConnection(error, address);
    });
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** SQLSTATE classes whose cause lies with who logs in: https://www.postgresql.org/docs/17/errcodes-appendix.html */
const REFUSED = /^(28|3D|42)/;

function explainConnection(cause: unknown, { host, port }: { host: string; port: number }): TickerlakeError {
  const where = `${host}:${port}`;
  if (cause instanceof DatabaseError && REFUSED.test(cause.code ?? '')) {
    return new TickerlakeError(
      'DATABASE_REFUSED',
      `the serving database refuses the login: ${cause.message}`,
      {
        cause,
        hint: 'tickerlake logs, for what the database says of it; its migrations make the users',
      },
    );
  }
  const why =
    cause instanceof Error && cause.message !== ''
      ? cause.message
      : String((cause as NodeJS.ErrnoException).code);
  return new TickerlakeError(
    'DATABASE_UNAVAILABLE',
    `the serving database at ${where} cannot be reached: ${why}`,
    {
      cause,
      hint: 'tickerlake status says whether it is up, tickerlake logs what it wrote last',
    },
  );
}
