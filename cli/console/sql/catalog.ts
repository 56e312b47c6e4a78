import { type GlueClient, paginateGetTables } from '@aws-sdk/client-glue';
import type { CatalogTable } from '../../../console/api.ts';

/** What SQL can name in a database, views first. */
export async function readCatalog(glue: GlueClient, database: string): Promise<readonly CatalogTable[]> {
  const tables: CatalogTable[] = [];
  for await (const page of paginateGetTables({ client: glue }, { DatabaseName: database })) {
    for (const {
      Name: name = '',
      TableType: type,
      StorageDescriptor: storage,
      PartitionKeys: keys,
    } of page.TableList ?? []) {
      const columnsOf = (columns: typeof keys, isPartitionKey: boolean): CatalogTable['columns'] =>
        (columns ?? []).map((column) => ({
          name: column.Name ?? '',
          type: column.Type ?? 'string',
          isPartitionKey,
        }));
      tables.push({
        name,
        kind: type === 'VIRTUAL_VIEW' ? 'view' : 'table',
        columns: [...columnsOf(storage?.Columns, false), ...columnsOf(keys, true)],
      });
    }
  }
  const rank = ({ kind }: CatalogTable): number => (kind === 'view' ? 0 : 1);
  return tables.sort((left, right) => rank(left) - rank(right) || left.name.localeCompare(right.name));
}
