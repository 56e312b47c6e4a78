import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, test } from '@jest/globals';
import { iamTokens, readStoredLogin } from '../../../adapters/database-login.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-1';

describe('a token', () => {
  const token = iamTokens({ host: 'db.example', port: 5432, database: 'tickerlake' }, 'quotes_writer', {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' },
  });

  test('names host, port, user and service, and lives for 15 minutes', async () => {
    const url = new URL(`https://${await token()}`);
    expect([url.host, url.pathname]).toEqual(['db.example:5432', '/']);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'connect',
      DBUser: 'quotes_writer',
      'X-Amz-Expires': '900',
      'X-Amz-Security-Token': 'session',
      'X-Amz-Credential': expect.stringMatching(/^AKIAEXAMPLE\/\d{8}\/eu-west-1\/rds-db\/aws4_request$/),
    });
  });
});

describe('a stored login', () => {
  const client = (answer: () => Promise<{ SecretString?: string }>): SecretsManagerClient => {
    const fake = new SecretsManagerClient({ region: 'us-east-1' });
    fake.send = answer as typeof fake.send;
    return fake;
  };

  test('is read as RDS keeps it', async () => {
    const text = JSON.stringify({ username: 'tickerlake_admin', password: 'p', engine: 'postgres' });
    const secrets = client(() => Promise.resolve({ SecretString: text }));
    expect(await readStoredLogin(secrets, ARN)).toEqual({ user: 'tickerlake_admin', password: 'p' });
  });

  test.each([
    undefined,
    '',
    'hunter2',
    '{"username":"hunter2"}',
    '[]',
    'null',
    '{"username":1,"password":"hunter2"}',
  ])('of the form %j is refused without being shown', async (text) => {
    const secrets = client(() => Promise.resolve(text === undefined ? {} : { SecretString: text }));
    const error: unknown = await readStoredLogin(secrets, ARN).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'SECRET_UNAVAILABLE' });
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('hunter2');
  });

  test('that cannot be read may be there later', async () => {
    const secrets = client(() => Promise.reject(new Error('throttled')));
    await expect(readStoredLogin(secrets, ARN)).rejects.toMatchObject({
      code: 'SECRET_UNAVAILABLE',
      canRetry: true,
    });
  });
});
