/** "table$snapshots" and the like: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-table-metadata.html */
import { identifier, literal } from '../sql-text.ts';
import type { CatalogEntry } from '../translator.ts';
import type { IcebergTable } from './iceberg-table.ts';
import { currentSnapshot } from './table-metadata.ts';

/** Athena's type and DuckDB's, by column. */
type Columns = Readonly<Record<string, readonly [trino: string, duckdb: string]>>;

interface MetadataTable {
  readonly columns: Columns;
  /** DuckDB expressions, in the columns' order. */
  readonly rows: (table: IcebergTable) => Promise<readonly (readonly string[])[]>;
}

const BIGINT = ['bigint', 'BIGINT'] as const;
const INTEGER = ['integer', 'INTEGER'] as const;
const TEXT = ['varchar', 'VARCHAR'] as const;
const INSTANT = ['timestamp(3) with time zone', 'TIMESTAMPTZ'] as const;

// Columns as in https://trino.io/docs/476/connector/iceberg.html#metadata-tables, without those that hold maps by field id.
const TABLES: Readonly<Record<string, MetadataTable>> = {
  snapshots: {
    columns: {
      committed_at: INSTANT,
      snapshot_id: BIGINT,
      parent_id: BIGINT,
      operation: TEXT,
      manifest_list: TEXT,
      summary: ['map(varchar, varchar)', 'MAP(VARCHAR, VARCHAR)'],
    },
    rows: ({ metadata }) =>
      Promise.resolve(
        metadata.snapshots.map(({ timestampMs, id, parentId = 'NULL', manifestList, summary }) => {
          const { operation = '', ...rest } = summary;
          const entries = Object.entries(rest).map(([key, value]) => `${literal(key)}: ${literal(value)}`);
          return [
            instant(timestampMs),
            id,
            parentId,
            literal(operation),
            literal(manifestList),
            `MAP {${entries.join(', ')}}`,
          ];
        }),
      ),
  },
  history: {
    columns: {
      made_current_at: INSTANT,
      snapshot_id: BIGINT,
      parent_id: BIGINT,
      is_current_ancestor: ['boolean', 'BOOLEAN'],
    },
    rows: ({ metadata }) => {
      const parents = new Map(metadata.snapshots.map(({ id, parentId }) => [id, parentId]));
      const ancestors = new Set<string>();
      for (let id = metadata.currentSnapshotId; id !== undefined; id = parents.get(id)) ancestors.add(id);
      return Promise.resolve(
        metadata.snapshotLog.map(({ timestampMs, snapshotId }) => [
          instant(timestampMs),
          snapshotId,
          parents.get(snapshotId) ?? 'NULL',
          String(ancestors.has(snapshotId)),
        ]),
      );
    },
  },
  files: {
    columns: {
      content: INTEGER,
      file_path: TEXT,
      record_count: BIGINT,
      file_format: TEXT,
      file_size_in_bytes: BIGINT,
    },
    rows: async (table) =>
      (await table.dataFiles(currentSnapshot(table.metadata))).map(({ path, records, format, bytes }) => [
        '0',
        literal(path),
        String(records),
        literal(format),
        String(bytes),
      ]),
  },
  manifests: {
    columns: {
      path: TEXT,
      length: BIGINT,
      partition_spec_id: INTEGER,
      added_snapshot_id: BIGINT,
      added_data_files_count: INTEGER,
      existing_data_files_count: INTEGER,
      deleted_data_files_count: INTEGER,
    },
    rows: async (table) =>
      (await table.manifests(currentSnapshot(table.metadata))).map((manifest) => [
        literal(manifest.path),
        ...[manifest.lengthBytes, manifest.specId].map(String),
        manifest.addedSnapshotId,
        ...[manifest.addedFiles, manifest.existingFiles, manifest.deletedFiles].map(String),
      ]),
  },
  refs: {
    columns: { name: TEXT, type: TEXT, snapshot_id: BIGINT },
    rows: ({ metadata }) =>
      Promise.resolve(
        [...metadata.references].map(([name, { type, snapshotId }]) => [
          literal(name),
          literal(type.toUpperCase()),
          snapshotId,
        ]),
      ),
  },
};

/** `quotes_history$files` as table and metadata table, undefined for any other name. */
export function splitMetadataName(
  name: string,
): { readonly base: string; readonly part: string } | undefined {
  const at = name.lastIndexOf('$');
  const part = name.slice(at + 1);
  return at > 0 && (part in TABLES || part === 'partitions') ? { base: name.slice(0, at), part } : undefined;
}

export function metadataEntry(table: IcebergTable, part: string): CatalogEntry {
  const columns = Object.entries(metadataTable(table, part).columns);
  return { kind: 'table', columns: columns.map(([name, [type]]) => ({ name, type })), partitionKeys: [] };
}

/** The metadata table's rows as a DuckDB relation. */
export async function metadataRelation(table: IcebergTable, part: string): Promise<string> {
  const { columns, rows } = metadataTable(table, part);
  const names = Object.keys(columns);
  const typed = Object.entries(columns).map(
    ([name, [, type]]) => `CAST(${identifier(name)} AS ${type}) AS ${identifier(name)}`,
  );
  const found = await rows(table);
  const values = found.length > 0 ? found : [names.map(() => 'NULL')];
  const from = `(VALUES ${values.map((row) => `(${row.join(', ')})`).join(', ')}) AS t(${names.map(identifier).join(', ')})`;
  return `(SELECT ${typed.join(', ')} FROM ${from}${found.length > 0 ? '' : ' WHERE false'})`;
}

function metadataTable(table: IcebergTable, part: string): MetadataTable {
  return TABLES[part] ?? partitions(table);
}

/** Its first column is a row of the columns that the table is partitioned by. */
function partitions(table: IcebergTable): MetadataTable {
  const keys = table.keys();
  const row = (form: (key: (typeof keys)[number]) => string): string => keys.map(form).join(', ');
  return {
    columns: {
      ...(keys.length > 0 && {
        partition: [
          `row(${row(({ name, type }) => `${name} ${type.trino}`)})`,
          `STRUCT(${row(({ name, type }) => `${identifier(name)} ${type.duckdb}`)})`,
        ] as const,
      }),
      record_count: BIGINT,
      file_count: BIGINT,
      total_size: BIGINT,
    },
    rows: async () => {
      const files = await table.dataFiles(currentSnapshot(table.metadata));
      return [...Map.groupBy(files, (file) => JSON.stringify(table.keyValues(file)))].map(([, group]) => {
        const values = (group[0] && table.keyValues(group[0])) ?? [];
        const sum = (of: (file: (typeof group)[number]) => number): string =>
          String(group.reduce((total, file) => total + of(file), 0));
        const fields = keys.map(({ name }, index) => {
          const value = values[index] ?? null;
          return `${identifier(name)}: ${value === null ? 'NULL' : literal(value)}`;
        });
        return [
          ...(keys.length > 0 ? [`{${fields.join(', ')}}`] : []),
          sum(({ records }) => records),
          String(group.length),
          sum(({ bytes }) => bytes),
        ];
      });
    },
  };
}

function instant(ms: number): string {
  return `TIMESTAMPTZ ${literal(new Date(ms).toISOString())}`;
}
