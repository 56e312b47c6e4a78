/** The database itself: who gets in and how, what a parameter group does, and what outlives what. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { readMessage } from '../../../local/engines/postgres/messages.ts';
import { type PostgresOptions, startPostgres } from '../../../local/engines/postgres.ts';
import { type Guard, startGuard } from '../../../local/supervisor/index.ts';
import { processIdentity } from '../../../scripts/setup/process.mjs';
import { PostgresStand } from '../../helpers/postgres-stand.ts';
import { until } from '../../helpers/until.ts';

let stand: PostgresStand;

beforeAll(async () => {
  stand = await PostgresStand.start({ parameters: { max_connections: '30', log_lock_waits: '1' } });
  await stand.query('CREATE ROLE writer LOGIN');
  await stand.query('GRANT rds_iam TO writer');
  await stand.query("CREATE ROLE crawler LOGIN PASSWORD 'its password'");
}, 60_000);

afterAll(() => stand.stop(), 30_000);

const whoAmI = async (login: pg.ClientConfig): Promise<unknown> =>
  (await stand.query<{ user: string }>('SELECT current_user AS user', [], login))[0]?.user;

const connected = async (login: pg.ClientConfig = stand.admin): Promise<pg.Client> => {
  const client = new pg.Client(login);
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

describe('a login', () => {
  test('is by password for who is not of rds_iam', async () => {
    expect(await whoAmI(stand.login('crawler', 'its password'))).toBe('crawler');
    await expect(whoAmI(stand.login('crawler', 'another'))).rejects.toMatchObject({ code: '28P01' });
    await expect(whoAmI(stand.login('crawler', stand.token))).rejects.toMatchObject({ code: '28P01' });
  });

  test('is by token for a member of rds_iam, and refused in the words of RDS', async () => {
    expect(await whoAmI(stand.login('writer'))).toBe('writer');
    const refused = { code: '28000', message: 'PAM authentication failed for user "writer"' };
    await expect(whoAmI(stand.login('writer', 'forged'))).rejects.toMatchObject(refused);
    await expect(whoAmI(stand.login('writer', ''))).rejects.toMatchObject({ code: '28000' });
  });

  test('stays by password for the master user, who made members of rds_iam', async () => {
    expect(await whoAmI(stand.admin)).toBe(stand.admin.user);
    await expect(whoAmI({ ...stand.admin, password: stand.token })).rejects.toMatchObject({ code: '28P01' });
  });

  test('is refused without TLS, before anything is asked', async () => {
    const plain = { ...stand.login('crawler', 'its password'), ssl: false };
    await expect(whoAmI(plain)).rejects.toMatchObject({
      code: '28000',
      message:
        'no pg_hba.conf entry for host "127.0.0.1", user "crawler", database "tickerlake", no encryption',
    });
  });

  test('shows a certificate that only who trusts it takes', async () => {
    await expect(whoAmI({ ...stand.admin, ssl: {} })).rejects.toThrow('self-signed certificate');
    expect(await whoAmI({ ...stand.admin, host: 'localhost' })).toBe(stand.admin.user);
  });

  test('is not for the superuser of RDS', async () => {
    await expect(whoAmI(stand.login('rdsadmin'))).rejects.toMatchObject({ code: '28000' });
  });

  test('is by token, too, when the server has something to say before', async () => {
    const types = await firstMessages(stand, [
      ['user', 'writer'],
      ['database', stand.database],
      ['_pq_.an_option_of_tomorrow', '1'],
    ]);
    expect(types).toEqual(['v', 'R 3']);
  });

  test('of nobody gets no further than what is asked', async () => {
    const socket = connectTcp(stand.port, stand.host);
    socket.end('GET / HTTP/1.1\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('unsupported frontend protocol');
    await once(socket, 'close');
  });
});

/** What comes first over TLS, up to a question for a password: the type, and of an authentication its kind. */
async function firstMessages(
  { host, port, ca }: PostgresStand,
  asked: readonly (readonly [string, string])[],
): Promise<string[]> {
  const socket = connectTcp(port, host);
  socket.write(Buffer.from('0000000804d2162f', 'hex'));
  expect(String((await once(socket, 'data'))[0])).toBe('S');
  const secured = connectTls({ socket, ca, host });
  const text = Buffer.from(`${asked.map(([name, value]) => `${name}\0${value}\0`).join('')}\0`);
  const head = Buffer.from('0000000000030000', 'hex');
  head.writeUInt32BE(text.length + 8);
  secured.write(Buffer.concat([head, text]));
  const types: string[] = [];
  let bytes = Buffer.alloc(0);
  try {
    for await (const chunk of secured as AsyncIterable<Buffer>) {
      bytes = Buffer.concat([bytes, chunk]);
      for (let read = readMessage(bytes); read !== undefined; read = readMessage(bytes)) {
        const { type, body } = read.value;
        types.push(type === 'R' ? `R ${body.readUInt32BE()}` : type);
        bytes = bytes.subarray(read.length);
        if (type === 'R') return types;
      }
    }
    return types;
  } finally {
    socket.destroy();
  }
}

describe('the master user', () => {
  test('is no superuser, owns the database and has what RDS gives it', async () => {
    const [facts] = await stand.query(`
      SELECT rolsuper AS superuser, pg_has_role('rds_superuser', 'MEMBER') AS rds, pg_has_role('rds_iam', 'USAGE') AS iam,
             (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()) AS owner
      FROM pg_roles WHERE rolname = current_user`);
    expect(facts).toEqual({ superuser: false, rds: true, iam: false, owner: stand.admin.user });
    await expect(stand.query("COPY (SELECT 1) TO PROGRAM 'cat'")).rejects.toMatchObject({ code: '42501' });
  });
});

describe('a session', () => {
  test('has the parameters of the group', async () => {
    expect(await stand.query('SHOW max_connections')).toEqual([{ max_connections: '30' }]);
    expect(await stand.query('SHOW log_lock_waits')).toEqual([{ log_lock_waits: 'on' }]);
    expect(await stand.query('SHOW server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
  });

  test('takes and gives more than any buffer holds', async () => {
    const text = 'x'.repeat(8_000_000);
    const [row] = await stand.query<{ length: number; same: string }>(
      'SELECT length($1::text) AS length, $1::text AS same',
      [text],
    );
    expect(row?.length).toBe(text.length);
    expect(row?.same === text).toBe(true);
  });

  test('is cancelled by who knows its key', async () => {
    const client = await connected();
    const slow = client.query('SELECT pg_sleep(60)');
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const cancel = Buffer.alloc(16);
    [16, 80_877_102, processID, secretKey].forEach((word, at) => cancel.writeInt32BE(word | 0, at * 4));
    await until('the query to run', async () => {
      const sql = "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'";
      return (await stand.query(sql)).length > 0;
    });
    const socket = connectTcp(stand.port, stand.host);
    socket.end(cancel);
    await expect(slow).rejects.toMatchObject({ code: '57014' });
    await client.end();
  });

  test('ends at the database when its client is gone', async () => {
    const client = await connected();
    const { processID } = client as unknown as { processID: number };
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    await until('the session to end', async () => {
      const found = await stand.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [processID]);
      return found.length === 0;
    });
  });
});

describe('a cut', () => {
  test('ends what is connected and keeps out what comes, until it is over', async () => {
    const client = await connected();
    const ended = new Promise((resolve) => client.once('end', resolve));
    const { reopen } = stand.postgres.cut();
    await ended;
    await expect(whoAmI(stand.admin)).rejects.toThrow();
    reopen();
    expect(await whoAmI(stand.admin)).toBe(stand.admin.user);
  });
});

describe('a restart', () => {
  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'by %s keeps what is committed, and nothing else',
    async (signal) => {
      const table = `kept_${signal.toLowerCase()}`;
      await stand.query(`CREATE TABLE ${table} (n int)`);
      await stand.query(`INSERT INTO ${table} VALUES (1)`);
      const open = await connected();
      await open.query('BEGIN');
      await open.query(`INSERT INTO ${table} VALUES (2)`);
      const pid = stand.postgres.pid;
      await stand.restart(signal);
      expect(stand.postgres.pid).not.toBe(pid);
      await expect(open.query('COMMIT')).rejects.toThrow();
      expect(await stand.query(`SELECT n FROM ${table}`)).toEqual([{ n: 1 }]);
    },
    60_000,
  );
});

describe('the process', () => {
  test('is of a user other than root', async () => {
    if (process.platform !== 'linux') return;
    const status = await readFile(`/proc/${stand.postgres.pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\s+[1-9]\d*\s/m);
    expect(status).toMatch(/^Groups:\s*$/m);
  });

  test('ends with the run that started it, by kill -9 as well', async () => {
    const program = `
      import { PostgresStand } from ${JSON.stringify(join(import.meta.dirname, '../../helpers/postgres-stand.ts'))};
      const { postgres } = await PostgresStand.start();
      console.log(postgres.pid);
      setInterval(() => undefined, 1000);`;
    const run = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(run.stdout), 'line')) as [string];
    expect(processIdentity(Number(line))).toBeDefined();
    run.kill('SIGKILL');
    await until('PostgreSQL to end', () => processIdentity(Number(line)) === undefined);
  }, 60_000);
});

describe('a start', () => {
  let folder: string;
  let guard: Guard;

  beforeAll(async () => {
    // As a state folder below /root: the user whom PostgreSQL runs as cannot enter it.
    folder = await mkdtemp(join(tmpdir(), 'tickerlake-closed-'));
    guard = await startGuard();
  });

  afterAll(async () => {
    await guard.stopAll();
    await rm(folder, { recursive: true, force: true });
  });

  const start = (name: string, more: Partial<PostgresOptions> = {}) =>
    startPostgres(guard, {
      ground: { dir: join(folder, name) },
      masterUser: 'boss',
      masterPassword: "it's \\ a secret",
      database: 'db',
      ...more,
    });

  test('works in a folder of a long name that nobody else may enter, and leaves nothing elsewhere', async () => {
    const server = await start('ü '.repeat(50), { parameters: { 'rds.force_ssl': '0' } });
    const { superuser, host, port } = server;
    const login = { host, port, database: 'db', user: 'boss', password: "it's \\ a secret" };
    // Plaintext is let in here, but for tokens.
    expect(await whoAmI(login)).toBe('boss');
    await stand.query('CREATE ROLE token_user LOGIN IN ROLE rds_iam', [], superuser);
    await expect(whoAmI({ ...login, user: 'token_user' })).rejects.toMatchObject({
      code: '28000',
      message: expect.stringContaining('no encryption') as unknown as string,
    });
    await server.stop();
    expect(await server.exited).toEqual({ code: 0, signal: null });
    await expect(stat(String(superuser.host))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(whoAmI(login)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  }, 60_000);

  test('says which parameter PostgreSQL does not know', async () => {
    const wrong = start('wrong', { parameters: { no_such_parameter: '1' } });
    await expect(wrong).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('unrecognized configuration parameter "no_such_parameter"') as unknown,
      hint: expect.stringContaining('postgres.log') as unknown,
    });
  }, 60_000);

  test('says that a port is taken', async () => {
    await expect(start('taken', { port: stand.port })).rejects.toThrow('EADDRINUSE');
  }, 60_000);

  test.each([
    ['of another major version', '16\n', 'are of PostgreSQL 16, and this is 17'],
    ['broken', '', 'are broken'],
  ])('refuses data that are %s', async (_, version, reason) => {
    const dir = await mkdtemp(join(tmpdir(), 'tickerlake-old-data-'));
    await mkdir(join(dir, 'open/data/base'), { recursive: true });
    await writeFile(join(dir, 'open/data/PG_VERSION'), version);
    try {
      // Where PostgreSQL can enter, the data stay where they are.
      await chmod(dir, 0o755);
      const refused = start('unused', { ground: { dir: join(dir, 'open') } });
      await expect(refused).rejects.toMatchObject({
        message: expect.stringContaining(reason) as unknown,
        hint: 'npm run -s tickerlake -- clean',
      });
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});
