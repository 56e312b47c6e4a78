import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, test } from '@jest/globals';
import { cachedSecret, DEFAULT_SECRET_AGE_MS } from '../../../adapters/secrets.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:1:secret:quotes';

function client(
  ...values: readonly (string | Error | undefined)[]
): SecretsManagerClient & { calls: number } {
  const fake = {
    calls: 0,
    send: () => {
      const value = values[Math.min(fake.calls, values.length - 1)];
      fake.calls += 1;
      return value instanceof Error ? Promise.reject(value) : Promise.resolve({ SecretString: value });
    },
  };
  return fake as unknown as SecretsManagerClient & { calls: number };
}

test.each([
  ['plain', 'plain'],
  [' with-a-line-end\n', 'with-a-line-end'],
  ['{"apiKey":"inner"}', 'inner'],
])('a secret %j is the key %s', async (text, key) => {
  expect(await cachedSecret(client(text), ARN)()).toBe(key);
});

test('is read once, until it is old', async () => {
  let nowMs = 0;
  const secrets = client('first', 'rotated');
  const read = cachedSecret(secrets, ARN, { now: () => nowMs });
  expect([await read(), await read(), secrets.calls]).toEqual(['first', 'first', 1]);
  nowMs = DEFAULT_SECRET_AGE_MS;
  expect(await read()).toBe('rotated');
});

test('a failure is not kept', async () => {
  const read = cachedSecret(client(new Error('throttled'), 'key'), ARN);
  await expect(read()).rejects.toMatchObject({ code: 'SECRET_UNAVAILABLE' });
  expect(await read()).toBe('key');
});

test.each([undefined, '', ' ', '{"other":"value"}', '{"apiKey":3}', '{broken'])(
  'a secret %j holds no key, and the error does not show it',
  async (text) => {
    const failure = await cachedSecret(client(text), ARN)().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'SECRET_UNAVAILABLE' });
    expect(String(failure)).not.toContain('value');
  },
);
