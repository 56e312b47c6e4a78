/** What a client is told where no Trino comes up. */
import { expect, test } from '@jest/globals';
import { TickerlakeError } from '../../../core/errors.ts';
import { TrinoEngine } from '../../../local/trino/index.ts';

test('a Trino that has not been fetched is told with the command that fetches it', async () => {
  const nobody = (): never => {
    throw new Error('nothing starts');
  };
  const engine = new TrinoEngine({
    guard: { spawn: nobody },
    tools: () => {
      throw new TickerlakeError('PREREQUISITE_MISSING', 'not installed: Trino', { hint: 'fetch it' });
    },
    directory: '/nowhere',
    logs: '/nowhere',
    lendKeys: nobody,
    metadata: { execute: nobody, close: nobody },
  });
  await expect(engine.parse('SELECT 1')).rejects.toMatchObject({
    athenaErrorName: 'GENERIC_INTERNAL_ERROR',
    message: 'GENERIC_INTERNAL_ERROR: not installed: Trino — try: fetch it',
  });
});
