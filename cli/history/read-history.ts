/** What a topic's history is, as the Iceberg table says of itself: https://iceberg.apache.org/spec/#table-metadata-fields */
import { EntityNotFoundException, GetTableCommand, type GlueClient } from '@aws-sdk/client-glue';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { TickerlakeError } from '../../core/errors.ts';

export interface HistoryState {
  readonly rows: number;
  /** Data files. */
  readonly files: number;
  /** Of the data files. */
  readonly bytes: number;
  readonly snapshots: number;
  /** When it was committed to last, ISO 8601; null if never. */
  readonly committedAt: string | null;
}

interface TableMetadata {
  readonly 'current-snapshot-id'?: number | null;
  readonly snapshots?: readonly {
    readonly 'snapshot-id': number;
    readonly 'timestamp-ms': number;
    readonly summary?: Readonly<Record<string, string>>;
  }[];
}

export interface HistoryTable {
  readonly database: string;
  readonly table: string;
}

/** @returns undefined until the first compaction makes the table */
export async function readHistory(
  glue: GlueClient,
  s3: S3Client,
  { database, table }: HistoryTable,
): Promise<HistoryState | undefined> {
  const location = await findMetadata(glue, { database, table });
  if (location === undefined) return undefined;
  const [, bucket, key] = /^s3[an]?:\/\/([^/]+)\/(.+)$/.exec(location) ?? [];
  if (bucket === undefined || key === undefined) throw malformed(table, `its metadata is at "${location}"`);
  const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  let metadata: TableMetadata;
  try {
    metadata = JSON.parse((await body?.transformToString()) ?? '') as TableMetadata;
  } catch {
    throw malformed(table, `${location} is no JSON`);
  }
  return summarize(metadata);
}

function summarize({ snapshots = [], ...metadata }: TableMetadata): HistoryState {
  const current = snapshots.find((snapshot) => snapshot['snapshot-id'] === metadata['current-snapshot-id']);
  const total = (name: string): number => Number(current?.summary?.[name] ?? 0);
  return {
    rows: total('total-records'),
    files: total('total-data-files'),
    bytes: total('total-files-size'),
    snapshots: snapshots.length,
    committedAt: current === undefined ? null : new Date(current['timestamp-ms']).toISOString(),
  };
}

async function findMetadata(
  glue: GlueClient,
  { database, table }: HistoryTable,
): Promise<string | undefined> {
  try {
    const { Table: found } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: table }));
    const location = found?.Parameters?.['metadata_location'];
    if (location === undefined) throw malformed(table, 'it names no metadata');
    return location;
  } catch (error) {
    if (error instanceof EntityNotFoundException) return undefined;
    throw error;
  }
}

function malformed(table: string, why: string): TickerlakeError {
  return new TickerlakeError('RESOURCE_FAILED', `table ${table} is no Iceberg table: ${why}`, {
    hint: 'docs/batch.md, on a history that was damaged',
  });
}
