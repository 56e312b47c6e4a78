/** Symbols of the listing that was loaded last: table nasdaq_listed, a few Parquet files where the catalog says. */
import { EntityNotFoundException, GetTableCommand, type GlueClient } from '@aws-sdk/client-glue';
import type { S3Client } from '@aws-sdk/client-s3';
import { parquetReadObjects } from 'hyparquet';
import { TickerlakeError } from '../core/errors.ts';
import type { ListedSymbol } from '../core/listing.ts';
import { createS3ObjectStore, type ObjectStore } from './objects.ts';

export interface ListedSymbols {
  /**
   * The symbols in order, with their companies' names. Read anew only when the table has moved.
   * @throws TickerlakeError OBJECT_NOT_FOUND if nothing was loaded yet, LISTING_MALFORMED if it cannot be read, CATALOG_UNAVAILABLE, STORE_*
   */
  read(): Promise<readonly ListedSymbol[]>;
}

export interface ListedSymbolsOptions {
  readonly database: string;
  readonly table: string;
}

/** What to do when there is no listing to read. */
const HINT = 'drop a listing under reference/nasdaq_listed/ in the lake bucket: its workflow loads the table';

export function createListedSymbols(
  glue: GlueClient,
  s3: S3Client,
  { database, table }: ListedSymbolsOptions,
): ListedSymbols {
  const coordinates = { database, table };
  let known: { readonly location: string; readonly symbols: readonly ListedSymbol[] } | undefined;

  const locate = async (): Promise<string> => {
    try {
      const { Table } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: table }));
      const location = Table?.StorageDescriptor?.Location;
      if (location !== undefined) return location;
    } catch (error) {
      if (!(error instanceof EntityNotFoundException)) {
        throw new TickerlakeError('CATALOG_UNAVAILABLE', `the Glue catalog cannot describe table ${table}`, {
          coordinates,
          cause: error,
        });
      }
    }
    throw new TickerlakeError(
      'OBJECT_NOT_FOUND',
      `no listing is loaded: there is no table ${database}.${table}`,
      {
        coordinates,
        hint: HINT,
      },
    );
  };

  return {
    async read() {
      const location = await locate();
      if (known?.location === location) return known.symbols;
      const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.+?)\/?$/.exec(location) ?? [];
      if (bucket === undefined || prefix === undefined) {
        throw new TickerlakeError(
          'LISTING_MALFORMED',
          `table ${table} is at ${location}, which is no folder in S3`,
          {
            coordinates,
            hint: HINT,
          },
        );
      }
      const symbols = await readFolder(createS3ObjectStore(bucket, s3), `${prefix}/`);
      if (symbols.length === 0) {
        throw new TickerlakeError('LISTING_MALFORMED', `table ${table} has no row at ${location}`, {
          coordinates,
          hint: HINT,
        });
      }
      known = { location, symbols };
      return symbols;
    },
  };
}

async function readFolder(
  store: Pick<ObjectStore, 'get' | 'list'>,
  prefix: string,
): Promise<readonly ListedSymbol[]> {
  const symbols: ListedSymbol[] = [];
  for await (const key of store.list(prefix)) {
    if (key.endsWith('.parquet')) symbols.push(...(await readFile(store, key)));
  }
  return symbols;
}

async function readFile(store: Pick<ObjectStore, 'get'>, key: string): Promise<readonly ListedSymbol[]> {
  const object = await store.get(key);
  if (object === undefined) {
    throw new TickerlakeError('OBJECT_NOT_FOUND', `${key} was listed and is gone`, { coordinates: { key } });
  }
  try {
    const rows = await parquetReadObjects({
      // A view of its own: a Buffer may be a part of a larger one.
      file: new Uint8Array(object.body).buffer,
      columns: ['symbol', 'company_name'],
    });
    return rows.flatMap(({ symbol, company_name: companyName }) =>
      typeof symbol === 'string'
        ? [{ symbol, companyName: typeof companyName === 'string' ? companyName : null }]
        : [],
    );
  } catch (error) {
    throw new TickerlakeError('LISTING_MALFORMED', `${key} is not Parquet with a column symbol`, {
      coordinates: { key },
      cause: error,
    });
  }
}
