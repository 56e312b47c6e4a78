import { EntityNotFoundException, type GlueClient } from '@aws-sdk/client-glue';
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { createListedSymbols, type ListedSymbols } from '../../../adapters/listed-symbols.ts';

const FOLDER = 'dimensions/nasdaq_listed/load=jr_1/';

let objects: Map<string, Uint8Array>;
let location: string | Error;
let reads: string[];

function parquet(columns: Readonly<Record<string, readonly (string | null)[]>>): Uint8Array {
  const columnData = Object.entries(columns).map(([name, data]) => ({
    name,
    data: [...data],
    type: 'STRING' as const,
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

/** A catalog with one table, and a bucket. */
function make(): ListedSymbols {
  const glue = {
    send: () =>
      location instanceof Error
        ? Promise.reject(location)
        : Promise.resolve({ Table: { StorageDescriptor: { Location: location } } }),
  };
  const s3 = {
    send: (command: unknown) => {
      if (command instanceof ListObjectsV2Command) {
        const { Prefix: prefix = '', Bucket: bucket } = command.input;
        const keys = [...objects.keys()].filter((key) => bucket === 'lake' && key.startsWith(prefix));
        return Promise.resolve({ Contents: keys.map((Key) => ({ Key })) });
      }
      if (!(command instanceof GetObjectCommand)) throw new Error('nobody planned this call');
      const key = command.input.Key ?? '';
      reads.push(key);
      const body = objects.get(key) ?? new Uint8Array();
      return Promise.resolve({ ETag: 'e', Body: { transformToByteArray: () => Promise.resolve(body) } });
    },
  };
  return createListedSymbols(glue as unknown as GlueClient, s3 as unknown as S3Client, {
    database: 'lake',
    table: 'nasdaq_listed',
  });
}

beforeEach(() => {
  objects = new Map([
    [`${FOLDER}_SUCCESS`, new Uint8Array()],
    [
      `${FOLDER}part-0.parquet`,
      parquet({
        company_name: ['Apple Inc.', null],
        symbol: ['AAPL', 'NONAME'],
        market_category: ['Q', 'G'],
      }),
    ],
  ]);
  location = `s3://lake/${FOLDER}`;
  reads = [];
});

describe('the loaded listing', () => {
  test('gives symbols and their companies', async () => {
    await expect(make().read()).resolves.toEqual([
      { symbol: 'AAPL', companyName: 'Apple Inc.' },
      { symbol: 'NONAME', companyName: null },
    ]);
    expect(reads).toEqual([`${FOLDER}part-0.parquet`]);
  });

  test('is read again only when its table has moved', async () => {
    const listed = make();
    await listed.read();
    await listed.read();
    expect(reads).toHaveLength(1);
    objects.set(
      'dimensions/nasdaq_listed/load=jr_2/part-0.parquet',
      parquet({ symbol: ['NEW'], company_name: ['N'] }),
    );
    location = 's3://lake/dimensions/nasdaq_listed/load=jr_2';
    await expect(listed.read()).resolves.toEqual([{ symbol: 'NEW', companyName: 'N' }]);
  });
});

describe('without a listing to read', () => {
  test.each([
    [
      'there is no table',
      (): void => {
        location = new EntityNotFoundException({ message: 'x', $metadata: {} });
      },
      'OBJECT_NOT_FOUND',
      /no listing is loaded: there is no table lake\.nasdaq_listed/,
    ],
    [
      'its folder is empty',
      (): void => {
        objects.clear();
      },
      'LISTING_MALFORMED',
      /table nasdaq_listed has no row/,
    ],
    [
      'it is somewhere else',
      (): void => {
        location = 'jdbc:x';
      },
      'LISTING_MALFORMED',
      /is at jdbc:x, which is no folder in S3/,
    ],
  ])('because %s, the error says how to load one', async (_, spoil, code, message) => {
    spoil();
    const error: unknown = await make()
      .read()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, hint: expect.stringContaining('drop a listing under') as unknown });
    expect((error as Error).message).toMatch(message);
  });

  test('since its file is no Parquet, the error names it', async () => {
    objects.set(`${FOLDER}part-0.parquet`, Buffer.from('Symbol,Name'));
    await expect(make().read()).rejects.toThrow(`${FOLDER}part-0.parquet is not Parquet`);
  });

  test('since the catalog does not answer, it may be asked again', async () => {
    location = new Error('throttled');
    await expect(make().read()).rejects.toMatchObject({ code: 'CATALOG_UNAVAILABLE', canRetry: true });
  });
});
