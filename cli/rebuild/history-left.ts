/** What is left of a topic's history: docs/adr/0010-history-tells-its-own-cut.md. */
import type { ObjectStore } from '../../adapters/objects.ts';
import { mergeCuts } from '../../core/cut.ts';
import { TickerlakeError } from '../../core/errors.ts';
import { locations } from '../../core/layout.ts';
import type { CutTerm } from '../../core/view.ts';

/**
 * `whole`: the table, its metadata, and every manifest and data file of its current snapshot; `absent`: no trace; `lost`: of
 * these some are there and others are not.
 */
export interface HistoryLeft {
  readonly state: 'whole' | 'absent' | 'lost';
  /** Whether the catalog names it. */
  readonly isInCatalog: boolean;
  /** What whole history says of itself: at least so far it goes. */
  readonly cut: readonly CutTerm[];
}

/** https://iceberg.apache.org/spec/#table-metadata-fields */
interface TableMetadata {
  readonly 'current-snapshot-id'?: number | null;
  readonly snapshots?: readonly Snapshot[];
}

interface Snapshot {
  readonly 'snapshot-id': number;
  readonly 'parent-snapshot-id'?: number | null;
  readonly 'manifest-list'?: string;
  readonly summary?: Readonly<Record<string, string>>;
}

/** What each commit of job compact carries in its snapshot's summary: glue-scripts/tickerlake_jobs/lineage.py. */
const NOTE = 'tickerlake.compaction';

/** The operation of a snapshot that changes files and no rows, as table optimizers commit them. */
const REWRITE = 'replace';

/** Asks Athena. @returns all rows of the result */
export type Query = (sql: string) => Promise<readonly (readonly (string | null)[])[]>;

export interface HistoryPlace {
  readonly database: string;
  readonly table: string;
  readonly topic: string;
  /** Where the catalog has the table's metadata; undefined without table. */
  readonly metadata: string | undefined;
}

/**
 * Whether every file that the current snapshot names is there. Files that only older snapshots name, or none, say nothing.
 * @throws TickerlakeError QUERY_FAILED if Athena cannot read the table though nothing is missing
 */
export async function readHistoryLeft(
  lake: Pick<ObjectStore, 'get' | 'list'>,
  query: Query,
  place: HistoryPlace,
): Promise<HistoryLeft> {
  if (place.metadata === undefined) {
    const { size } = await listKeys(lake, place.topic);
    return { state: size === 0 ? 'absent' : 'lost', isInCatalog: false, cut: [] };
  }
  const lost: HistoryLeft = { state: 'lost', isInCatalog: true, cut: [] };
  const stored = await lake.get(keyOf(place.metadata));
  if (stored === undefined) return lost;
  let metadata: TableMetadata;
  try {
    metadata = JSON.parse(stored.body.toString()) as TableMetadata;
  } catch {
    return lost;
  }
  const chain = ancestors(metadata);
  const [current] = chain;
  if (current === undefined) return { state: 'whole', isInCatalog: true, cut: [] };
  if (!(await isWhole(lake, query, place, current))) return lost;
  const noted = chain.flatMap(cutIn);
  const newest = chain.find(({ summary }) => summary?.['operation'] !== REWRITE);
  const told = newest?.summary?.[NOTE] === undefined ? await readHighest(query, place) : [];
  return { state: 'whole', isInCatalog: true, cut: mergeCuts(noted, told) };
}

/** S3 is listed after the table is read, so that what is committed meanwhile is never missed. */
async function isWhole(
  lake: Pick<ObjectStore, 'get' | 'list'>,
  query: Query,
  { database, table, topic }: HistoryPlace,
  current: Snapshot,
): Promise<boolean> {
  const list = current['manifest-list'];
  if (list !== undefined && (await lake.get(keyOf(list))) === undefined) return false;
  // https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-table-metadata.html
  const pathsIn = async (column: string, part: string): Promise<readonly string[]> =>
    (await query(`SELECT ${column} FROM "${database}"."${table}$${part}"`)).map(([path]) => path ?? '');
  const unreadable = (cause: unknown): TickerlakeError =>
    new TickerlakeError('QUERY_FAILED', `Athena cannot list the files of ${database}.${table}`, {
      cause,
      hint:
        'the same again. If Athena answers else, a manifest is damaged; have history made anew: ' +
        `aws glue delete-table --database-name ${database} --name ${table}, then tickerlake rebuild`,
    });
  const manifests = await pathsIn('path', 'manifests').catch((error: unknown) => {
    throw unreadable(error);
  });
  const files = await pathsIn('file_path', 'files').catch((error: unknown) => ({ error }));
  const there = await listKeys(lake, topic);
  const areThere = (paths: readonly string[]): boolean => paths.every((path) => there.has(keyOf(path)));
  if (!areThere(manifests)) return false;
  if (!('error' in files)) return areThere(files);
  throw unreadable(files.error);
}

/** The cut as the rows have it: for a snapshot of somebody else, as the job does it. */
async function readHighest(query: Query, { database, table }: HistoryPlace): Promise<readonly CutTerm[]> {
  const rows = await query(
    `SELECT log_id, kafka_partition, max(kafka_offset) FROM "${database}"."${table}" GROUP BY 1, 2`,
  );
  return rows.flatMap(([logId, partition, offset]) =>
    logId == null ? [] : [{ logId, partition: Number(partition), offset: Number(offset) }],
  );
}

async function listKeys(lake: Pick<ObjectStore, 'list'>, topic: string): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const key of lake.list(locations.history(topic))) keys.add(key);
  return keys;
}

function keyOf(path: string): string {
  return path.replace(/^s3[an]?:\/\/[^/]+\//, '');
}

/** The current snapshot and those that led to it: a rollback takes what it undid out of them. */
function ancestors({ snapshots = [], ...metadata }: TableMetadata): readonly Snapshot[] {
  const byId = new Map(snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  const chain: Snapshot[] = [];
  let next = byId.get(metadata['current-snapshot-id'] ?? -1);
  while (next !== undefined) {
    chain.push(next);
    byId.delete(next['snapshot-id']);
    next = byId.get(next['parent-snapshot-id'] ?? -1);
  }
  return chain;
}

function cutIn({ summary }: Snapshot): readonly CutTerm[] {
  const text = summary?.[NOTE];
  if (text === undefined) return [];
  try {
    return termsOf(JSON.parse(text));
  } catch {
    return [];
  }
}

function termsOf(note: unknown): readonly CutTerm[] {
  const { cut } = note as { cut?: readonly unknown[] };
  return (cut ?? []).flatMap((term) => {
    const [logId, partition, offset] = Array.isArray(term) ? (term as unknown[]) : [];
    return typeof logId === 'string' && typeof partition === 'number' && typeof offset === 'number'
      ? [{ logId, partition, offset }]
      : [];
  });
}
