/**
 * Databases and tables as Athena's API shows them, read from Glue with the caller's credentials, so that the caller's grants decide.
 * https://docs.aws.amazon.com/athena/latest/APIReference/API_TableMetadata.html
 */
import {
  type Column,
  type Database,
  GetDatabaseCommand,
  GetTableCommand,
  GlueClient,
  paginateGetDatabases,
  paginateGetTables,
  type Table,
} from '@aws-sdk/client-glue';
import { text } from '../actions/call.ts';
import { epochSeconds } from '../http/answer.ts';
import { AwsError } from '../http/errors.ts';
import type { ServiceCall } from '../services/service.ts';
import { invalidRequest } from './errors.ts';
import { type Members, requiredText } from './members.ts';
import type { Operations } from './operations.ts';
import { pageOf } from './paging.ts';
import { isGlueCatalog } from './query-plan.ts';

/** The one catalog that every account has: https://docs.aws.amazon.com/athena/latest/ug/understanding-tables-databases-and-the-data-catalog.html */
const GLUE_CATALOG = 'AwsDataCatalog';

export interface DataCatalogsOptions {
  readonly endpoint: () => string;
  readonly region: string;
  readonly account: string;
}

export function dataCatalogOperations(options: DataCatalogsOptions): Operations {
  const read = <Result>(request: ServiceCall, work: (glue: GlueClient) => Promise<Result>): Promise<Result> =>
    readGlue(request, options, work);
  return {
    ListDataCatalogs: ({ call: { parameters } }) => {
      const { items, NextToken } = pageOf([{ CatalogName: GLUE_CATALOG, Type: 'GLUE' }], parameters, 2);
      return { DataCatalogsSummary: items, NextToken };
    },
    GetDataCatalog: ({ call: { parameters } }) => {
      checkCatalog(requiredText(parameters, 'Name'));
      return {
        DataCatalog: { Name: GLUE_CATALOG, Type: 'GLUE', Parameters: { 'catalog-id': options.account } },
      };
    },
    GetDatabase: async (request) => {
      const name = requiredText(request.call.parameters, 'DatabaseName');
      const found = await read(request, (glue) => glue.send(new GetDatabaseCommand({ Name: name })));
      return { Database: describeDatabase(found.Database ?? { Name: name }) };
    },
    ListDatabases: async (request) => {
      const databases = await read(request, (glue) =>
        collect(paginateGetDatabases({ client: glue }, {}), ({ DatabaseList }) => DatabaseList),
      );
      const { items, NextToken } = pageOf(byName(databases), request.call.parameters, 1);
      return { DatabaseList: items.map(describeDatabase), NextToken };
    },
    GetTableMetadata: async (request) => {
      const { parameters } = request.call;
      const name = requiredText(parameters, 'TableName');
      const command = new GetTableCommand({
        DatabaseName: requiredText(parameters, 'DatabaseName'),
        Name: name,
      });
      const found = await read(request, (glue) => glue.send(command));
      return { TableMetadata: describeTable(found.Table ?? { Name: name }) };
    },
    ListTableMetadata: async (request) => {
      const { parameters } = request.call;
      const input = {
        DatabaseName: requiredText(parameters, 'DatabaseName'),
        Expression: text(parameters, 'Expression'),
      };
      const tables = await read(request, (glue) =>
        collect(paginateGetTables({ client: glue }, input), ({ TableList }) => TableList),
      );
      const { items, NextToken } = pageOf(byName(tables), parameters, 1);
      return { TableMetadataList: items.map(describeTable), NextToken };
    },
  };
}

function checkCatalog(name: string): void {
  if (!isGlueCatalog(name))
    throw invalidRequest(`DataCatalog ${name} was not found`, 'DATACATALOG_NOT_FOUND');
}

async function readGlue<Result>(
  { call, caller: { credentials } }: ServiceCall,
  { endpoint, region }: DataCatalogsOptions,
  work: (glue: GlueClient) => Promise<Result>,
): Promise<Result> {
  checkCatalog(requiredText(call.parameters, 'CatalogName'));
  const glue = new GlueClient({ endpoint: endpoint(), region, credentials, maxAttempts: 1 });
  try {
    return await work(glue);
  } catch (error) {
    throw metadataFailure(error as Error & { readonly $metadata?: { readonly requestId?: string } });
  } finally {
    glue.destroy();
  }
}

/** Athena tells what Glue said in the words of its own client: https://docs.aws.amazon.com/athena/latest/APIReference/API_MetadataException.html */
function metadataFailure(error: Error & { readonly $metadata?: { readonly requestId?: string } }): Error {
  if (error.$metadata === undefined) return error;
  const of = `Status Code: 400; Error Code: ${error.name}; Request ID: ${error.$metadata.requestId ?? ''}`;
  return new AwsError(
    400,
    'MetadataException',
    `${error.message} (Service: AmazonDataCatalog; ${of}; Proxy: null)`,
  );
}

async function collect<Answer, Item>(
  pages: AsyncIterable<Answer>,
  itemsOf: (page: Answer) => readonly Item[] | undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...(itemsOf(page) ?? []));
  return items;
}

function byName<Item extends { readonly Name: string | undefined }>(items: readonly Item[]): Item[] {
  return items.toSorted((a, b) => ((a.Name ?? '') < (b.Name ?? '') ? -1 : 1));
}

function describeDatabase({ Name, Description, Parameters }: Database): Members {
  return { Name, Description, Parameters };
}

function describeTable(table: Table): Members {
  const { Name, CreateTime, LastAccessTime, TableType, PartitionKeys, StorageDescriptor } = table;
  const { Columns, InputFormat, OutputFormat, Location, SerdeInfo } = StorageDescriptor ?? {};
  const serde = Object.entries(SerdeInfo?.Parameters ?? {}).map(([key, value]) => [
    `serde.param.${key}`,
    value,
  ]);
  return {
    Name,
    CreateTime: CreateTime && epochSeconds(CreateTime),
    LastAccessTime: epochSeconds(LastAccessTime ?? new Date(0)),
    TableType,
    Columns: (Columns ?? []).map(describeColumn),
    PartitionKeys: (PartitionKeys ?? []).map(describeColumn),
    Parameters: {
      ...table.Parameters,
      inputformat: InputFormat,
      location: Location,
      outputformat: OutputFormat,
      ...(Object.fromEntries(serde) as Members),
      'serde.serialization.lib': SerdeInfo?.SerializationLibrary,
    },
  };
}

function describeColumn({ Name, Type, Comment }: Column): Members {
  return { Name, Type, Comment };
}
