import { describe, expect, test } from '@jest/globals';
import type { StoredLogin } from '../../../adapters/database-login.ts';
import { TickerlakeError } from '../../../core/errors.ts';
import { DATABASE_USERS } from '../../../core/serving.ts';
import { migrateDatabase } from '../../../lambdas/migrate-database/migrate-database.ts';
import { md5Verifier, scramVerifier } from '../../../lambdas/migrate-database/password-verifiers.ts';
import { parseProperties } from '../../../lambdas/migrate-database/properties.ts';

const down = new TickerlakeError('DATABASE_UNAVAILABLE', 'it starts');
const wrongPassword = new TickerlakeError('DATABASE_REFUSED', 'no', { coordinates: { sqlState: '28P01' } });

/** A database that lets nobody in so often, and has been migrated. */
class Stand {
  readonly failures: Error[];
  readonly statements: string[] = [];
  readonly logins: StoredLogin[] = [];
  crawler: StoredLogin = { user: DATABASE_USERS.crawler, password: 'crawler password' };
  dashboard: StoredLogin | undefined;
  closed = 0;
  waitedMs = 0;
  private secretReads = 0;

  constructor(...failures: Error[]) {
    this.failures = failures;
  }

  migrate(timeMs = 60_000): ReturnType<typeof migrateDatabase> {
    const { dashboard } = this;
    return migrateDatabase(
      {
        adminLogin: () => {
          this.secretReads += 1;
          return Promise.resolve({ user: 'admin', password: `password ${this.secretReads}` });
        },
        tokenFor: (user) => Promise.resolve(`token of ${user}`),
        crawlerLogin: () => Promise.resolve(this.crawler),
        ...(dashboard !== undefined && { dashboardLogin: () => Promise.resolve(dashboard) }),
        connect: (login) => {
          this.logins.push(login);
          const failure = this.failures.shift();
          if (failure !== undefined) return Promise.reject(failure);
          return Promise.resolve({
            query: (text: string) => {
              this.statements.push(text);
              const rows = [{ held: true, found: true }] as never[];
              return Promise.resolve({
                rows: text.includes('FROM schema_migrations') ? [] : rows,
                rowCount: 0,
              });
            },
            close: () => {
              this.closed += 1;
              return Promise.resolve();
            },
          });
        },
        onWait: () => undefined,
      },
      [],
      {
        remainingMs: () => timeMs - this.waitedMs,
        wait: (ms) => {
          this.waitedMs += ms;
          return Promise.resolve();
        },
      },
    );
  }
}

describe('migrating', () => {
  test('waits for a database that starts', async () => {
    const stand = new Stand(down, down, down);
    expect(await stand.migrate()).toEqual({ pending: [], ahead: [] });
    expect([stand.waitedMs, stand.closed]).toEqual([3000, 1]);
  });

  test('gives up with the reason while there is time to say so', async () => {
    const stand = new Stand(...Array.from({ length: 100 }, () => down));
    await expect(stand.migrate(5000)).rejects.toBe(down);
    expect(stand.waitedMs).toBeLessThan(5000);
  });

  test('reads a password again that was rotated meanwhile, once', async () => {
    const stand = new Stand(wrongPassword);
    await stand.migrate();
    expect(stand.logins.map(({ password }) => password)).toEqual(['password 1', 'password 2']);
  });

  test('logs in with a token where no password is taken', async () => {
    const stand = new Stand(wrongPassword, wrongPassword);
    await stand.migrate();
    expect(stand.logins.at(-1)).toEqual({ user: 'admin', password: 'token of admin' });
    const refused = new Stand(wrongPassword, wrongPassword, wrongPassword);
    await expect(refused.migrate()).rejects.toBe(wrongPassword);
    expect(refused.logins).toHaveLength(3);
  });

  test('puts no password into a statement', async () => {
    const stand = new Stand();
    await stand.migrate();
    expect(stand.statements.at(-1)).toMatch(
      /^ALTER ROLE glue_crawler PASSWORD 'SCRAM-SHA-256\$4096:[\w+/=]+\$[\w+/=]+:[\w+/=]+'$/,
    );
    expect(stand.statements.join()).not.toContain('crawler password');
  });

  test('gives dashboards one where there is a dashboard, as their driver understands it', async () => {
    const stand = new Stand();
    await stand.migrate();
    expect(stand.statements.join()).not.toContain(DATABASE_USERS.dashboard);
    stand.dashboard = { user: DATABASE_USERS.dashboard, password: 'of a dashboard' };
    await stand.migrate();
    expect(stand.statements.at(-1)).toMatch(/^ALTER ROLE quicksight_reader PASSWORD 'md5[0-9a-f]{32}'$/);
    stand.dashboard = { user: DATABASE_USERS.crawler, password: 'of a dashboard' };
    await expect(stand.migrate()).rejects.toMatchObject({ code: 'SECRET_UNAVAILABLE' });
  });

  test('sets nobody else’s password', async () => {
    const stand = new Stand();
    stand.crawler = { user: 'tickerlake_admin', password: 'p' };
    await expect(stand.migrate()).rejects.toMatchObject({ code: 'SECRET_UNAVAILABLE' });
    expect(stand.closed).toBe(1);
  });
});

describe('a verifier', () => {
  test('is that of RFC 7677’s example', () => {
    expect(scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'))).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });

  test('for MD5 is that of a role of PostgreSQL', () => {
    // SELECT 'md5' || md5('pencil' || 'user')
    expect(md5Verifier({ user: 'user', password: 'pencil' })).toBe('md520c46e3762c864548e296b33c3406aa9');
  });

  test.each(['', 'pässword', 'a\nb'])('of %j is refused', (password) => {
    const refusal = expect.objectContaining({ code: 'SECRET_UNAVAILABLE' });
    expect(() => scramVerifier(password, Buffer.alloc(16))).toThrow(refusal);
    expect(() => md5Verifier({ user: 'user', password })).toThrow(refusal);
  });
});

describe('the properties', () => {
  const properties = {
    ServiceToken: 'x',
    DatabaseHost: 'db.example',
    DatabasePort: '5432',
    DatabaseName: 'tickerlake',
    AdminSecretArn: 'arn:aws:secretsmanager:a',
    CrawlerSecretArn: 'arn:aws:secretsmanager:b',
    Migrations: ['0001_a.sql sha256:00'],
  };

  test('name the database and two secrets', () => {
    expect(parseProperties(properties)).toEqual({
      address: { host: 'db.example', port: 5432, database: 'tickerlake' },
      adminSecretArn: 'arn:aws:secretsmanager:a',
      crawlerSecretArn: 'arn:aws:secretsmanager:b',
    });
  });

  test('name a third where there is a dashboard', () => {
    const DashboardSecretArn = 'arn:aws:secretsmanager:c';
    expect(parseProperties({ ...properties, DashboardSecretArn })).toMatchObject({
      dashboardSecretArn: DashboardSecretArn,
    });
    expect(() => parseProperties({ ...properties, DashboardSecretArn: 'c' })).toThrow('DashboardSecretArn');
  });

  test.each(['DatabaseHost', 'DatabasePort', 'DatabaseName', 'AdminSecretArn', 'CrawlerSecretArn'])(
    'lack %s, and it is named',
    (name) => {
      expect(() => parseProperties({ ...properties, [name]: undefined })).toThrow(name);
    },
  );
});
