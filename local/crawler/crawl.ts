/** One crawl: looks at all targets, and then changes the catalog. */
import type { AwsApi } from '../resources/aws-api.ts';
import { DEPRECATED_BY, UPDATED_BY } from './catalog-table.ts';
import { findRelationTables, type JdbcCrawl, type JdbcPorts } from './crawl-jdbc.ts';
import { findFileTables, type S3Crawl, type S3Target } from './crawl-s3.ts';
import type { PartitionInput } from './file-table.ts';
import {
  type CatalogPartition,
  type CatalogTable,
  planChanges,
  planPartitions,
  type SchemaChangePolicy,
} from './update-catalog.ts';

export interface CrawlRequest {
  readonly crawlerName: string;
  /** Glue database that the tables go to. */
  readonly databaseName: string;
  readonly tablePrefix: string;
  readonly policy: SchemaChangePolicy;
  readonly jdbcTargets: JdbcCrawl['targets'];
  readonly s3: Pick<S3Crawl, 'classifiers' | 'grouping' | 'targets'>;
}

export interface CrawlPorts extends JdbcPorts {
  /** As the crawler's role. */
  readonly api: Pick<AwsApi, 'json' | 'rest'>;
}

type Api = CrawlPorts['api'];

/** Rejects with why it failed; the catalog is as it was if a target failed. */
export async function crawl(request: CrawlRequest, ports: CrawlPorts, signal: AbortSignal): Promise<void> {
  const { crawlerName, databaseName, tablePrefix, policy, s3, jdbcTargets } = request;
  const { api, log } = ports;
  const relations = await findRelationTables(
    { crawlerName, tablePrefix, targets: jdbcTargets },
    ports,
    signal,
  );
  const files = await findFileTables(api, { crawlerName, tablePrefix, ...s3 }, log, signal);
  const catalog = await readTables(api, databaseName);
  for (const target of s3.targets) refuseProjection(target, catalog);
  const found = [...relations, ...files.map(({ table }) => table)];
  for (const change of planChanges(crawlerName, found, catalog, policy)) {
    signal.throwIfAborted();
    switch (change.kind) {
      case 'create':
        await api.json('glue', 'CreateTable', { DatabaseName: databaseName, TableInput: change.table });
        break;
      case 'update':
        await api.json('glue', 'UpdateTable', { DatabaseName: databaseName, TableInput: change.table });
        break;
      case 'deprecate':
        await deprecate(api, databaseName, change.table);
        break;
      case 'delete':
        await api.json('glue', 'DeleteTable', { DatabaseName: databaseName, Name: change.name });
        break;
      case 'log':
        log(`table ${change.name} ${change.what}, and the catalog stays as it is`);
        break;
    }
  }
  for (const { table, partitions } of files) {
    signal.throwIfAborted();
    const isOurs = catalog.every(
      ({ Name, Parameters }) => Name !== table.Name || isCrawledBy(crawlerName, Parameters),
    );
    if (isOurs && (table.PartitionKeys ?? []).length > 0) {
      await writePartitions(request, table.Name, partitions, ports);
    }
  }
}

function isCrawledBy(crawlerName: string, parameters: CatalogTable['Parameters']): boolean {
  return parameters?.[UPDATED_BY] === crawlerName;
}

/**
 * Athena takes the partitions of such a table from its properties and ignores registered ones, so that what a crawl adds there
 * would never be read: https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
 */
function refuseProjection({ bucket, prefix }: S3Target, catalog: readonly CatalogTable[]): void {
  const place = `s3://${bucket}/${prefix}`;
  const table = catalog.find(({ Parameters: parameters, StorageDescriptor: storage }) => {
    if (parameters?.['projection.enabled'] !== 'true') return false;
    const location = `${(storage?.Location ?? '').replace(/\/+$/, '')}/`;
    return location.startsWith(place) || place.startsWith(location);
  });
  if (table === undefined) return;
  throw new Error(
    `${place} is where table ${table.Name} is, whose partitions are projected: no crawler sees those`,
  );
}

async function readTables(api: Api, databaseName: string): Promise<readonly CatalogTable[]> {
  return readPages(api, 'GetTables', { DatabaseName: databaseName }, 'TableList');
}

/** https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html and API_BatchDeletePartition.html */
const MOST = { created: 100, deleted: 25 } as const;

async function writePartitions(
  { databaseName, policy }: CrawlRequest,
  tableName: string,
  found: readonly PartitionInput[],
  { api, log }: CrawlPorts,
): Promise<void> {
  const place = { DatabaseName: databaseName, TableName: tableName };
  const there = await readPages<CatalogPartition>(api, 'GetPartitions', place, 'Partitions');
  const { added, changed, gone } = planPartitions(found, there, policy);
  for (const some of chunks(added, MOST.created)) {
    const answer = await api.json('glue', 'BatchCreatePartition', { ...place, PartitionInputList: some });
    failOn(answer, 'create', tableName);
  }
  for (const partition of changed) {
    const PartitionValueList = partition.Values;
    await api.json('glue', 'UpdatePartition', { ...place, PartitionValueList, PartitionInput: partition });
  }
  if (policy.remove === 'DELETE_FROM_DATABASE') {
    for (const some of chunks(gone, MOST.deleted)) {
      const PartitionsToDelete = some.map(({ Values }) => ({ Values }));
      failOn(
        await api.json('glue', 'BatchDeletePartition', { ...place, PartitionsToDelete }),
        'delete',
        tableName,
      );
    }
  } else if (gone.length > 0) {
    // Of a partition nothing says that it is deprecated: https://docs.aws.amazon.com/glue/latest/webapi/API_SchemaChangePolicy.html
    log(
      `partitions ${gone.map(({ Values }) => Values.join('/')).join(', ')} of table ${tableName} are gone, and stay`,
    );
  }
}

function failOn(answer: Readonly<Record<string, unknown>>, what: string, tableName: string): void {
  const errors = (answer['Errors'] ?? []) as readonly {
    readonly ErrorDetail?: { readonly ErrorMessage?: string };
  }[];
  const [first] = errors;
  if (first === undefined) return;
  throw new Error(
    `cannot ${what} partitions of ${tableName}: ${first.ErrorDetail?.ErrorMessage ?? 'Glue gives no reason'}`,
  );
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}

async function readPages<T>(api: Api, action: string, input: object, member: string): Promise<readonly T[]> {
  const items: T[] = [];
  let token: unknown;
  do {
    const page = await api.json('glue', action, {
      ...input,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    items.push(...((page[member] ?? []) as T[]));
    token = page['NextToken'];
  } while (token !== undefined && token !== null);
  return items;
}

/** UpdateTable replaces all of a table: what the crawler does not know of it goes back as it was. */
async function deprecate(
  api: Api,
  databaseName: string,
  { Name, Owner, TableType, PartitionKeys, Parameters, StorageDescriptor }: CatalogTable,
): Promise<void> {
  const since = String(Date.now());
  await api.json('glue', 'UpdateTable', {
    DatabaseName: databaseName,
    TableInput: {
      Name,
      Owner,
      TableType,
      ...(PartitionKeys === undefined ? {} : { PartitionKeys }),
      Parameters: { ...Parameters, [DEPRECATED_BY]: since },
      StorageDescriptor,
    },
  });
}
