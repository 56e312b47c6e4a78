/** What is left of a topic's history: docs/adr/0010-history-tells-its-own-cut.md. */
import { EntityNotFoundException, GetTableCommand, type GlueClient } from '@aws-sdk/client-glue';
import type { ObjectStore } from '../../adapters/objects.ts';
import { mergeCuts } from '../../core/cut.ts';
import { locations } from '../../core/layout.ts';
import type { CutTerm } from '../../core/view.ts';

/**
 * `whole`: the table, its metadata and as many data files as they count; `absent`: no trace; `lost`: of table, metadata and
 * files some are there and others are not.
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
  readonly summary?: Readonly<Record<string, string>>;
}

/** What each commit of job compact carries in its snapshot's summary: glue-scripts/tickerlake_jobs/lineage.py. */
const NOTE = 'tickerlake.compaction';

export async function readHistoryLeft(
  glue: GlueClient,
  lake: Pick<ObjectStore, 'get' | 'list'>,
  place: { readonly database: string; readonly table: string; readonly topic: string },
): Promise<HistoryLeft> {
  const location = await findMetadata(glue, place);
  const files = await countFiles(lake, place.topic);
  if (location === undefined) {
    return { state: files.all === 0 ? 'absent' : 'lost', isInCatalog: false, cut: [] };
  }
  const lost: HistoryLeft = { state: 'lost', isInCatalog: true, cut: [] };
  const stored = await lake.get(location.replace(/^s3[an]?:\/\/[^/]+\//, ''));
  if (stored === undefined) return lost;
  let metadata: TableMetadata;
  try {
    metadata = JSON.parse(stored.body.toString()) as TableMetadata;
  } catch {
    return lost;
  }
  const chain = ancestors(metadata);
  const counted = Number(chain[0]?.summary?.['total-data-files'] ?? 0);
  if (files.data < counted) return lost;
  return { state: 'whole', isInCatalog: true, cut: mergeCuts(chain.flatMap(cutIn), []) };
}

async function findMetadata(
  glue: GlueClient,
  { database, table }: { readonly database: string; readonly table: string },
): Promise<string | undefined> {
  try {
    const { Table: found } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: table }));
    return found?.Parameters?.['metadata_location'] ?? '';
  } catch (error) {
    if (error instanceof EntityNotFoundException) return undefined;
    throw error;
  }
}

async function countFiles(
  lake: Pick<ObjectStore, 'list'>,
  topic: string,
): Promise<{ readonly all: number; readonly data: number }> {
  let [all, data] = [0, 0];
  for await (const key of lake.list(locations.history(topic))) {
    all += 1;
    if (key.endsWith('.parquet')) data += 1;
  }
  return { all, data };
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
