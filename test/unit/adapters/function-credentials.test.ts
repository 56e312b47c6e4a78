import { afterEach, expect, test } from '@jest/globals';
import { defaultProvider } from '../../../adapters/function-credentials.ts';

const KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'session',
};
const { env } = process;

afterEach(() => {
  process.env = env;
});

test("a function's credentials are those of its environment", async () => {
  process.env = { ...KEYS };
  expect(await defaultProvider()()).toEqual({
    accessKeyId: 'AKIAEXAMPLE',
    secretAccessKey: 'secret',
    sessionToken: 'session',
  });
});

test.each(Object.keys(KEYS))('a call without %s fails, and names it', async (name) => {
  process.env = { ...KEYS, [name]: '' };
  await expect(defaultProvider()()).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(name),
  });
});
