import { ParameterNotFound, type SSMClient } from '@aws-sdk/client-ssm';
import { expect, test } from '@jest/globals';
import { parameterReader } from '../../../adapters/parameters.ts';

const NAME = '/tickerlake/dev/watchlist';

const answering = (answer: () => Promise<object>): SSMClient => ({ send: answer }) as unknown as SSMClient;

test('a parameter is its text and its version', async () => {
  const client = answering(() => Promise.resolve({ Parameter: { Value: '{}', Version: 3 } }));
  expect(await parameterReader(client, NAME)()).toEqual({ text: '{}', version: 3 });
});

test.each([
  [
    'that is not there',
    () => Promise.reject(new ParameterNotFound({ message: '', $metadata: {} })),
    /no parameter/,
  ],
  ['that cannot be read', () => Promise.reject(new Error('throttled')), /cannot read/],
  ['without a value', () => Promise.resolve({}), /has no value/],
])('one %s is an error that names it and can be tried again', async (_, answer, message) => {
  const reading = parameterReader(answering(answer), NAME)();
  await expect(reading).rejects.toMatchObject({
    code: 'PARAMETER_UNAVAILABLE',
    canRetry: true,
    coordinates: { parameter: NAME },
  });
  await expect(reading).rejects.toThrow(message);
});
