import type { AthenaClient } from '@aws-sdk/client-athena';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { TickerlakeError } from '../../core/errors.ts';
import { HashSum, quoteHash } from '../../core/hash.ts';
import { QUOTE_FIELDS, type Quote, snakeCase } from '../../core/quote.ts';
import { type ResultRow, readResultCsv } from '../athena/result-csv.ts';
import { type QueryRequest, runQuery, sqlLiteral } from '../athena/run-query.ts';
import type { PartitionOffsets } from '../lake/topic-offsets.ts';
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
  /** Every partition of the topic, and how far it goes. */
  readonly ends: readonly Pick<PartitionOffsets, 'partition' | 'endOffset'>[];
  readonly onRows?: (rows: number) => void;
}

const LEADING_COLUMNS = ['kafka_partition', 'kafka_offset'];

/**
 * Reads every row of one log through the view, as an analyst would, and hashes its values. Results are streamed from
 * where Athena wrote them, a range of offsets at a time, so that memory and result files stay small for any log.
 */
export async function readVisible(
  athena: AthenaClient,
  s3: S3Client,
  request: VisibleRequest,
): Promise<ReadonlyMap<number, VisibleRows>> {
  const sums = new VisibleSums(request.onRows);
  for (const range of visibleRanges(request.ends)) {
    const sql = visibleRowsSql(request.view, request.logId, range);
    const { outputLocation } = await runQuery(athena, { ...request, sql });
    await sums.add(readResultCsv(await openResult(s3, outputLocation)));
  }
  return sums.partitions();
}

async function openResult(s3: S3Client, location: string): Promise<AsyncIterable<Uint8Array>> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(location) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new TickerlakeError('QUERY_FAILED', `the query's result is nowhere: "${location}"`);
  }
  const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  if (body === undefined) throw new TickerlakeError('QUERY_FAILED', `${location} is empty`);
  return body as AsyncIterable<Uint8Array>;
}

/** Offsets that one query reads: a result file of some tens of MB. */
export const RANGE_OFFSETS = 250_000;

/** Conditions on rows that together hold for every row there can be, and of which no two hold for one row. */
export function visibleRanges(
  ends: readonly Pick<PartitionOffsets, 'partition' | 'endOffset'>[],
  rangeOffsets = RANGE_OFFSETS,
): readonly string[] {
  const total = ends.reduce((sum, { endOffset }) => sum + endOffset, 0);
  if (total <= rangeOffsets) return ['true'];
  const ranges = ends.flatMap(({ partition, endOffset }) => {
    const count = Math.max(1, Math.ceil(endOffset / rangeOffsets));
    return Array.from({ length: count }, (_, index) => {
      const from = `kafka_offset >= ${index * rangeOffsets}`;
      // The last has no upper end: a row beyond the log's end must be seen as well.
      const to = index === count - 1 ? '' : ` AND kafka_offset < ${(index + 1) * rangeOffsets}`;
      return `kafka_partition = ${partition} AND ${index === 0 && count === 1 ? 'true' : from + to}`;
    });
  });
  return [...ranges, `kafka_partition NOT IN (${ends.map(({ partition }) => partition).join(', ')})`];
}

/** Coordinates first, then the quote's fields in contract order. */
export function visibleRowsSql(view: string, logId: string, range: string): string {
  const columns = [...LEADING_COLUMNS, ...QUOTE_FIELDS.map((field) => snakeCase(field.name))];
  return `SELECT ${columns.join(', ')} FROM ${view} WHERE log_id = ${sqlLiteral(logId)} AND ${range}`;
}

interface PartitionSum {
  rows: number;
  readonly offsets: OffsetSet;
  firstDoubled: number | undefined;
  readonly hash: HashSum;
}

/** Sums rows of result files per partition. */
export class VisibleSums {
  readonly #partitions = new Map<number, PartitionSum>();
  readonly #onRows: ((rows: number) => void) | undefined;
  #total = 0;

  constructor(onRows?: (rows: number) => void) {
    this.#onRows = onRows;
  }

  /** Adds the rows of one result file, whose first row is its head. */
  async add(batches: AsyncIterable<readonly ResultRow[]>): Promise<void> {
    let isHead = true;
    for await (const batch of batches) {
      for (const row of isHead ? batch.slice(1) : batch) this.#addRow(row);
      isHead = false;
      this.#onRows?.(this.#total);
    }
  }

  partitions(): ReadonlyMap<number, VisibleRows> {
    return new Map(
      [...this.#partitions].map(([partition, { hash, ...rest }]) => [
        partition,
        { ...rest, hash: hash.toString() },
      ]),
    );
  }

  #addRow(row: ResultRow): void {
    const [partition, offset] = [Number(row[0]), Number(row[1])];
    let sum = this.#partitions.get(partition);
    if (sum === undefined) {
      sum = { rows: 0, offsets: new OffsetSet(), firstDoubled: undefined, hash: new HashSum() };
      this.#partitions.set(partition, sum);
    }
    sum.rows++;
    sum.hash.add(quoteHash(quoteOfRow(row)));
    if (!sum.offsets.add(offset)) sum.firstDoubled = Math.min(sum.firstDoubled ?? offset, offset);
    this.#total++;
  }
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
