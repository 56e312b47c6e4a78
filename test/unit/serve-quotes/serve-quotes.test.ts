/** The use case apart from PostgreSQL: what is tried again and for how long. The rest is in test/local/serving. */
import { describe, expect, test } from '@jest/globals';
import type { Database } from '../../../adapters/database.ts';
import { TickerlakeError } from '../../../core/errors.ts';
import { loadConfig } from '../../../lambdas/serve-quotes/config.ts';
import { QuoteServer } from '../../../lambdas/serve-quotes/serve-quotes.ts';
import { delivery } from '../../helpers/records.ts';
import {
  filteredPartition,
  filteredRecord,
  LAKE_START_MS,
  quoteReader,
  source,
} from '../../helpers/serving.ts';

const deadlock = new TickerlakeError('DATABASE_UNAVAILABLE', 'deadlock', {
  coordinates: { sqlState: '40P01' },
});
const partition = filteredPartition([filteredRecord(0, source(0)), filteredRecord(1, source(0))]);

/** A database that fails so often, and the waits in between. */
function stand(
  failures: readonly Error[],
  reading?: Parameters<typeof quoteReader>[0],
): {
  server: QuoteServer;
  waits: number[];
  nowMs: () => number;
  statements: string[];
} {
  const left = [...failures];
  const waits: number[] = [];
  const statements: string[] = [];
  const database: Pick<Database, 'transaction'> = {
    transaction: (work) => {
      const failure = left.shift();
      if (failure !== undefined) return Promise.reject(failure);
      return work({
        query: (text) => {
          statements.push(text);
          return Promise.resolve({ rows: [], rowCount: 1 });
        },
      });
    },
  };
  const server = new QuoteServer(
    {
      database,
      reader: quoteReader(reading),
      random: () => 0.5,
      wait: (ms) => {
        waits.push(ms);
        return Promise.resolve();
      },
    },
    { topic: 'quotes_filtered' },
  );
  return { server, waits, statements, nowMs: () => waits.reduce((sum, ms) => sum + ms, 0) };
}

describe('a transaction that lost to another one', () => {
  test('is tried again after a while that grows', async () => {
    const { server, waits } = stand([deadlock, deadlock, deadlock]);
    expect(await server.serve([partition], () => 30_000)).toMatchObject({
      served: 1,
      servedAgain: 1,
      retries: 3,
    });
    expect(waits).toEqual([10, 20, 40]);
  });

  test('is given up when the time is', async () => {
    const { server, nowMs, waits } = stand(Array.from({ length: 100 }, () => deadlock));
    const { partitions } = await server.serve([partition], () => 2100 - nowMs());
    expect(partitions[0]?.failure?.error).toBe(deadlock);
    expect(nowMs()).toBeLessThan(100);
    expect(waits.length).toBeGreaterThan(1);
  });

  test('is given up some time', async () => {
    const { server, waits } = stand(Array.from({ length: 100 }, () => deadlock));
    const { partitions } = await server.serve([partition], () => 1e9);
    expect(partitions[0]?.failure?.error).toBe(deadlock);
    expect(waits).toHaveLength(10);
  });
});

test('a database that is not there is left to the event source', async () => {
  const down = new TickerlakeError('DATABASE_UNAVAILABLE', 'down');
  const { server, waits } = stand([down]);
  expect(await server.serve([partition], () => 30_000)).toMatchObject({
    served: 0,
    partitions: [{ failure: { fromOffset: 0 } }],
  });
  expect(waits).toEqual([]);
});

test('one batch is three statements, whatever its size', async () => {
  const { server, statements } = stand([]);
  const records = Array.from({ length: 500 }, (_, offset) => filteredRecord(offset, source(offset)));
  await server.serve([filteredPartition(records), filteredPartition(records, 1)], () => 30_000);
  expect(statements).toHaveLength(3);
});

test('quotes without a source are not passed over: what cannot be served is not done', async () => {
  const { server, statements } = stand([], { lakeStartMs: LAKE_START_MS });
  const { partitions } = await server.serve([partition], () => 30_000);
  expect(partitions[0]?.failure).toMatchObject({ fromOffset: 0, error: { code: 'CONFIG_INVALID' } });
  expect(statements).toEqual([]);
});

test('records of another topic are refused', async () => {
  const { server } = stand([]);
  await expect(server.serve([delivery([0])], () => 30_000)).rejects.toMatchObject({
    code: 'EVENT_MALFORMED',
  });
});

describe('the configuration', () => {
  const env = {
    AWS_LAMBDA_FUNCTION_NAME: 'tickerlake-dev-serve-quotes',
    TOPIC: 'quotes_filtered',
    SOURCE_TOPIC: 'quotes',
    REGISTRY_NAME: 'tickerlake-dev',
    SCHEMA_NAME: 'quotes',
    LAKE_START: '2000-01-01',
    RAW_BUCKET: 'raw',
    PARTIAL_BATCH_RESPONSE: 'true',
    DATABASE_HOST: 'db.example',
    DATABASE_PORT: '5432',
    DATABASE_NAME: 'tickerlake',
    DATABASE_USER: 'quotes_writer',
  };

  test('is read whole', () => {
    expect(loadConfig(env)).toMatchObject({
      sourceTopic: 'quotes',
      lakeStartMs: Date.parse('2000-01-01'),
      partialBatchResponse: true,
      database: { host: 'db.example', port: 5432, database: 'tickerlake', user: 'quotes_writer' },
    });
  });

  test.each([
    'SOURCE_TOPIC',
    'DATABASE_HOST',
    'DATABASE_PORT',
    'DATABASE_NAME',
    'DATABASE_USER',
    'RAW_BUCKET',
  ])('without %s stops the start', (name) => {
    expect(() => loadConfig({ ...env, [name]: undefined })).toThrow(name);
  });

  test.each(['0', '70000', 'x'])('with port %s stops the start', (port) => {
    expect(() => loadConfig({ ...env, DATABASE_PORT: port })).toThrow('DATABASE_PORT');
  });
});
