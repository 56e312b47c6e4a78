import { Signer } from '@aws-sdk/rds-signer';
import { describe, expect, jest, test } from '@jest/globals';
import { Authorizer } from '../../../local/gateway/authorizer.ts';
import { checkDatabaseToken } from '../../../local/gateway/database-tokens.ts';
import { Identities } from '../../../local/gateway/identity.ts';
import type { AwsCredentials, DatabaseLogin } from '../../../local/gateway/index.ts';

const ACCOUNT = '123456789012';
const REGION = 'eu-west-1';
const userArn = (user: string, resourceId = 'db-ABC'): string =>
  `arn:aws:rds-db:${REGION}:${ACCOUNT}:dbuser:${resourceId}/${user}`;
const LOGIN: DatabaseLogin = {
  user: 'quotes_writer',
  host: '127.0.0.1',
  port: 5432,
  userArn: userArn('quotes_writer'),
};

function stand(resource = userArn('quotes_writer')) {
  const identities = new Identities(ACCOUNT);
  identities.putRole({
    name: 'serve',
    arn: `arn:aws:iam::${ACCOUNT}:role/serve`,
    trust: { Statement: [] },
    policies: [
      {
        name: 'database',
        document: { Statement: { Effect: 'Allow', Action: 'rds-db:connect', Resource: resource } },
      },
    ],
  });
  const authorizer = new Authorizer(identities, ACCOUNT, REGION);
  const { credentials } = identities.open('serve', 'serve');
  const check = (token: string, login: Partial<DatabaseLogin> = {}): string | undefined =>
    checkDatabaseToken(token, { ...LOGIN, ...login }, identities, authorizer);
  return { credentials, check, authorizer };
}

interface Asked {
  readonly username?: string;
  readonly hostname?: string;
  readonly port?: number;
  readonly region?: string;
}

/** As every function and person gets one. */
function tokenFor(credentials: AwsCredentials, asked: Asked = {}): Promise<string> {
  const signer = new Signer({
    hostname: LOGIN.host,
    port: LOGIN.port,
    username: LOGIN.user,
    region: REGION,
    credentials,
    ...asked,
  });
  return signer.getAuthToken();
}

describe('a token of the SDK’s own signer', () => {
  test('lets in a role that may connect as the user', async () => {
    const { credentials, check, authorizer } = stand();
    expect(check(await tokenFor(credentials))).toBeUndefined();
    expect(authorizer.calls.all()).toMatchObject([
      { role: 'serve', action: 'rds-db:connect', resource: LOGIN.userArn, allowed: true },
    ]);
  });

  test.each([
    ['another user', { username: 'quotes_reader' }, 'for another user'],
    ['another host', { hostname: 'localhost' }, 'is for localhost:5432, not for 127.0.0.1:5432'],
    ['another port', { port: 5433 }, 'is for 127.0.0.1:5433'],
    ['another region', { region: 'us-east-1' }, 'is for us-east-1, not for eu-west-1'],
  ])('is refused when it is for %s', async (_, asked, reason) => {
    const { credentials, check } = stand();
    expect(check(await tokenFor(credentials, asked))).toContain(reason);
  });

  test.each([
    ['another user', userArn('quotes_reader')],
    ['another instance', userArn('quotes_writer', 'db-XYZ')],
  ])('is refused when the role may connect as or to %s only', async (_, resource) => {
    const { credentials, check } = stand(resource);
    expect(check(await tokenFor(credentials))).toContain('is not authorized to perform: rds-db:connect');
  });

  test('is refused after 15 minutes', async () => {
    const { credentials, check } = stand();
    const token = await tokenFor(credentials);
    const now = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 15 * 60_000 + 2000);
    try {
      expect(check(token)).toContain('expired');
    } finally {
      now.mockRestore();
    }
  });

  test('is refused when somebody changed it, or has other keys', async () => {
    const { credentials, check } = stand();
    const token = await tokenFor(credentials);
    expect(check(token.replace('X-Amz-Expires=900', 'X-Amz-Expires=899'))).toContain('mismatch');
    expect(check(token.replace('X-Amz-Expires=900', 'X-Amz-Expires=9000'))).toContain('more than 900 s');
    const stranger = { ...credentials, secretAccessKey: 'not the key' };
    expect(check(await tokenFor(stranger))).toContain('mismatch');
    expect(check(await tokenFor({ ...credentials, sessionToken: 'not the session' }))).toContain('unknown');
  });

  test.each(['', 'secret', 'https://', '127.0.0.1:5432/?Action=connect&DBUser=quotes_writer', '\0'])(
    'is not %j',
    (password) => {
      expect(stand().check(password)).toEqual(expect.any(String));
    },
  );
});
