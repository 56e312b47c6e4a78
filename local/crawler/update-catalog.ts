/** What a crawl changes in the catalog, decided without touching it. */
import { type CrawledTable, DEPRECATED_BY, UPDATED_BY } from './catalog-table.ts';
import type { PartitionInput } from './file-table.ts';

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
  readonly PartitionKeys?: readonly { readonly Name: string; readonly Type?: string }[];
  readonly Parameters?: Readonly<Record<string, string>>;
  readonly StorageDescriptor?: {
    readonly Columns?: readonly { readonly Name: string; readonly Type?: string }[];
    readonly Location?: string;
    readonly Parameters?: Readonly<Record<string, string>>;
  };
}

/** A partition as GetPartitions shows it. */
export interface CatalogPartition {
  readonly Values: readonly string[];
  readonly StorageDescriptor?: NonNullable<CatalogTable['StorageDescriptor']>;
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
      return isAlike(table, there) ? [] : [{ kind: 'log', name: table.Name, what: 'changed' }];
    }),
    ...gone.flatMap((table): CatalogChange[] => {
      if (policy.remove === 'DELETE_FROM_DATABASE') return [{ kind: 'delete', name: table.Name }];
      if (policy.remove === 'LOG') return [{ kind: 'log', name: table.Name, what: 'is gone' }];
      return table.Parameters?.[DEPRECATED_BY] === undefined ? [{ kind: 'deprecate', table }] : [];
    }),
  ];
}

/** What a crawl changes among a table's partitions. What is gone is the policy's matter, as of tables. */
export function planPartitions(
  found: readonly PartitionInput[],
  catalog: readonly CatalogPartition[],
  { update }: SchemaChangePolicy,
): {
  readonly added: readonly PartitionInput[];
  readonly changed: readonly PartitionInput[];
  readonly gone: readonly CatalogPartition[];
} {
  const keyOf = ({ Values }: CatalogPartition): string => JSON.stringify(Values);
  const known = new Map(catalog.map((partition) => [keyOf(partition), partition]));
  const names = new Set(found.map(keyOf));
  return {
    added: found.filter((partition) => !known.has(keyOf(partition))),
    changed:
      update === 'LOG'
        ? []
        : found.filter((partition) => {
            const there = known.get(keyOf(partition));
            return there !== undefined && schemaOf(partition) !== schemaOf(there);
          }),
    gone: catalog.filter((partition) => !names.has(keyOf(partition))),
  };
}

/** Parameters that say how much there is, not what it is. */
const STATISTICS: ReadonlySet<string> = new Set(['objectCount', 'sizeKey']);

/** Whether the catalog says the same: else every crawl would leave a version of each table. */
function isSame(found: CrawledTable, there: CatalogTable): boolean {
  return schemaOf(found) === schemaOf(there) && parametersOf(found) === parametersOf(there);
}

/** Whether only sizes differ, which is no change that a policy is asked about. */
function isAlike(found: CrawledTable, there: CatalogTable): boolean {
  return (
    schemaOf(found) === schemaOf(there) && parametersOf(found, STATISTICS) === parametersOf(there, STATISTICS)
  );
}

function parametersOf({ Parameters }: CatalogTable, without?: ReadonlySet<string>): string {
  const entries = Object.entries(Parameters ?? {}).filter(([name]) => without?.has(name) !== true);
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function schemaOf({
  PartitionKeys = [],
  StorageDescriptor: storage,
}: Pick<CatalogTable, 'PartitionKeys' | 'StorageDescriptor'>): string {
  const columns = (storage?.Columns ?? []).map(({ Name, Type }) => [Name, Type]);
  return JSON.stringify([columns, PartitionKeys.map(({ Name, Type }) => [Name, Type]), storage?.Location]);
}
