/** What a crawl changes in the catalog, decided without touching it. */
import { type CrawledTable, DEPRECATED_BY, UPDATED_BY } from './catalog-table.ts';

/** https://docs.aws.amazon.com/glue/latest/webapi/API_SchemaChangePolicy.html */
export interface SchemaChangePolicy {
  /** @default 'UPDATE_IN_DATABASE' */
  readonly update: 'LOG' | 'UPDATE_IN_DATABASE';
  /** @default 'DEPRECATE_IN_DATABASE' */
  readonly remove: 'LOG' | 'DELETE_FROM_DATABASE' | 'DEPRECATE_IN_DATABASE';
}

/** A table as GetTables shows it, as far as a crawler compares it. */
export interface CatalogTable {
  readonly Name: string;
  readonly Owner?: string;
  readonly TableType?: string;
  readonly Parameters?: Readonly<Record<string, string>>;
  readonly StorageDescriptor?: {
    readonly Columns?: readonly { readonly Name: string; readonly Type?: string }[];
    readonly Location?: string;
    readonly Parameters?: Readonly<Record<string, string>>;
  };
}

export type CatalogChange =
  | { readonly kind: 'create' | 'update'; readonly table: CrawledTable }
  | { readonly kind: 'deprecate'; readonly table: CatalogTable }
  | { readonly kind: 'delete'; readonly name: string }
  /** Seen, and left as it is because the policy says so. */
  | { readonly kind: 'log'; readonly name: string; readonly what: string };

/**
 * Compares what was found with what the catalog has. A table of this crawler that was not found is gone; one that somebody
 * else put there is left alone, though it has the name of what was found.
 */
export function planChanges(
  crawlerName: string,
  found: readonly CrawledTable[],
  catalog: readonly CatalogTable[],
  policy: SchemaChangePolicy,
): readonly CatalogChange[] {
  const known = new Map(catalog.map((table) => [table.Name, table]));
  const names = new Set(found.map(({ Name }) => Name));
  const gone = catalog.filter(
    ({ Name, Parameters }) => !names.has(Name) && Parameters?.[UPDATED_BY] === crawlerName,
  );
  return [
    ...found.flatMap((table): CatalogChange[] => {
      const there = known.get(table.Name);
      if (there === undefined) return [{ kind: 'create', table }];
      if (isSame(table, there)) return [];
      if (there.Parameters?.[UPDATED_BY] !== crawlerName)
        return [{ kind: 'log', name: table.Name, what: 'is not this crawler’s' }];
      if (policy.update === 'UPDATE_IN_DATABASE') return [{ kind: 'update', table }];
      return [{ kind: 'log', name: table.Name, what: 'changed' }];
    }),
    ...gone.flatMap((table): CatalogChange[] => {
      if (policy.remove === 'DELETE_FROM_DATABASE') return [{ kind: 'delete', name: table.Name }];
      if (policy.remove === 'LOG') return [{ kind: 'log', name: table.Name, what: 'is gone' }];
      return table.Parameters?.[DEPRECATED_BY] === undefined ? [{ kind: 'deprecate', table }] : [];
    }),
  ];
}

/** Whether the catalog says the same: else every crawl would leave a version of each table. */
function isSame(found: CrawledTable, there: CatalogTable): boolean {
  const columns = (table: CatalogTable): string =>
    JSON.stringify((table.StorageDescriptor?.Columns ?? []).map(({ Name, Type }) => [Name, Type]));
  const parameters = (table: CatalogTable): string =>
    JSON.stringify(Object.entries(table.Parameters ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
  return (
    columns(found) === columns(there) &&
    parameters(found) === parameters(there) &&
    found.StorageDescriptor.Location === there.StorageDescriptor?.Location
  );
}
