import { describe, expect, test } from '@jest/globals';
import { generateAuthTokenFromCredentialsProvider } from 'aws-msk-iam-sasl-signer-js';
import { makeKafkaToken, type TokenCredentials } from '../../../adapters/kafka-token.ts';

const KEYS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };
const CREDENTIALS = {
  ...KEYS,
  // As real ones: base64, which has to be escaped.
  sessionToken: 'IQoJb3JpZ2luX2VjE+/x==',
};
const NOW = new Date('2026-11-20T15:30:00Z');

function urlOf(token: string): URL {
  return new URL(Buffer.from(token, 'base64url').toString());
}

async function lifetimeOf(credentials: TokenCredentials): Promise<string | null> {
  return urlOf(await makeKafkaToken('eu-west-1', credentials, NOW)).searchParams.get('X-Amz-Expires');
}

describe('a token for MSK', () => {
  test.each([CREDENTIALS, KEYS])(
    "is the one of AWS's own signer, signature and all: %j",
    async (credentials) => {
      const theirs = urlOf(
        (
          await generateAuthTokenFromCredentialsProvider({
            region: 'eu-west-1',
            awsCredentialsProvider: () => Promise.resolve(credentials),
          })
        ).token,
      );
      const [, day = '', time = ''] =
        /^(\d{8})T(\d{6})Z$/.exec(theirs.searchParams.get('X-Amz-Date') ?? '') ?? [];
      const signedAt = new Date(
        `${day.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`,
      );
      const ours = urlOf(await makeKafkaToken('eu-west-1', credentials, signedAt));
      for (const url of [ours, theirs]) {
        url.searchParams.delete('User-Agent');
        url.searchParams.sort();
      }
      expect(theirs.searchParams.has('X-Amz-Signature')).toBe(true);
      expect(ours.href).toBe(theirs.href);
    },
  );

  test('has nothing in it that a SASL message would have to escape', async () => {
    expect(await makeKafkaToken('eu-west-1', CREDENTIALS, NOW)).toMatch(/^[\w-]+$/);
  });

  test('lives for 15 minutes, or as many whole seconds as its credentials', async () => {
    const expiringIn = (ms: number) => ({ ...CREDENTIALS, expiration: new Date(NOW.getTime() + ms) });
    expect(await lifetimeOf(CREDENTIALS)).toBe('900');
    expect(await lifetimeOf(expiringIn(3_600_000))).toBe('900');
    expect(await lifetimeOf(expiringIn(90_500))).toBe('90');
  });
});
