import type { AthenaClient } from '@aws-sdk/client-athena';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { TickerlakeError } from '../../core/errors.ts';
import { HashSum, quoteHash } from '../../core/hash.ts';
import { QUOTE_FIELDS, type Quote, snakeCase } from '../../core/quote.ts';
import { type ResultRow, readResultCsv } from '../athena/result-csv.ts';
import { type QueryRequest, runQuery } from '../athena/run-query.ts';
import { OffsetSet } from './offset-set.ts';

/** Every row that SQL sees of one partition. */
export interface VisibleRows {
  readonly rows: number;
  readonly offsets: OffsetSet;
  readonly firstDoubled: number | undefined;
  /** Sum of the hashes of all rows' values, as 16 hex digits. */
  readonly hash: string;
}

export interface VisibleRequest extends Omit<QueryRequest, 'sql'> {
  readonly view: string;
  readonly logId: string;
  readonly onRows?: (rows: number) => void;
}

const LEADING_COLUMNS = ['kafka_partition', 'kafka_offset'];

/**
 * Reads every row of one log through the view, as an analyst would, and hashes its values. The result is streamed from
 * where Athena wrote it, so the memory needed is one bit a record.
 */
export async function readVisible(
  athena: AthenaClient,
  s3: S3Client,
  request: VisibleRequest,
): Promise<ReadonlyMap<number, VisibleRows>> {
  const { outputLocation } = await runQuery(athena, {
    ...request,
    sql: visibleRowsSql(request.view, request.logId),
  });
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(outputLocation) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new TickerlakeError('QUERY_FAILED', `the query's result is nowhere: "${outputLocation}"`);
  }
  const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  if (body === undefined) throw new TickerlakeError('QUERY_FAILED', `${outputLocation} is empty`);
  return sumRows(readResultCsv(body as AsyncIterable<Uint8Array>), request.onRows);
}

/** Coordinates first, then the quote's fields in contract order. */
export function visibleRowsSql(view: string, logId: string): string {
  const columns = [...LEADING_COLUMNS, ...QUOTE_FIELDS.map((field) => snakeCase(field.name))];
  return `SELECT ${columns.join(', ')} FROM ${view} WHERE log_id = '${logId.replaceAll("'", "''")}'`;
}

/** Sums rows per partition; the first row is the result file's head. */
export async function sumRows(
  batches: AsyncIterable<readonly ResultRow[]>,
  onRows?: (rows: number) => void,
): Promise<ReadonlyMap<number, VisibleRows>> {
  const partitions = new Map<
    number,
    { rows: number; offsets: OffsetSet; firstDoubled: number | undefined; hash: HashSum }
  >();
  let total = 0;
  let isHead = true;
  for await (const batch of batches) {
    for (const row of batch) {
      if (isHead) {
        isHead = false;
        continue;
      }
      const [partition, offset] = [Number(row[0]), Number(row[1])];
      let sum = partitions.get(partition);
      if (sum === undefined) {
        sum = { rows: 0, offsets: new OffsetSet(), firstDoubled: undefined, hash: new HashSum() };
        partitions.set(partition, sum);
      }
      sum.rows++;
      sum.hash.add(quoteHash(quoteOfRow(row)));
      if (!sum.offsets.add(offset)) sum.firstDoubled = Math.min(sum.firstDoubled ?? offset, offset);
      total++;
    }
    onRows?.(total);
  }
  return new Map(
    [...partitions].map(([partition, { hash, ...rest }]) => [partition, { ...rest, hash: hash.toString() }]),
  );
}

/** The quote that a row shows: timestamps are UTC without zone, numbers as Athena prints them. */
function quoteOfRow(row: ResultRow): Quote {
  const quote: Record<string, string | number | null> = {};
  for (const [index, { name, kind }] of QUOTE_FIELDS.entries()) {
    const text = row[index + LEADING_COLUMNS.length] ?? null;
    if (text === null || kind === 'string') quote[name] = text;
    else quote[name] = kind === 'time' ? Date.parse(`${text.replace(' ', 'T')}Z`) : Number(text);
  }
  return quote as Quote;
}
