import type { AthenaClient } from '@aws-sdk/client-athena';
import type { S3Client } from '@aws-sdk/client-s3';
import { quoteHash } from '../../core/hash.ts';
import { QUOTE_FIELDS, type Quote, snakeCase } from '../../core/quote.ts';
import type { ResultRow } from '../athena/result-csv.ts';
import { queryRows, withoutHead } from '../athena/result-rows.ts';
import { type QueryRequest, sqlLiteral } from '../athena/run-query.ts';
import type { PartitionOffsets } from '../lake/topic-offsets.ts';
import { RowSums, type SummedRows } from './row-sums.ts';

/** Every row that SQL sees of one partition. */
export type VisibleRows = SummedRows;

export interface VisibleRequest extends Omit<QueryRequest, 'sql'> {
  readonly view: string;
  readonly logId: string;
  /** Every partition of the topic, and how far it goes. */
  readonly ends: readonly Pick<PartitionOffsets, 'partition' | 'endOffset'>[];
  readonly onRows?: (rows: number) => void;
}

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
    await sums.add(queryRows(athena, s3, { ...request, sql }));
  }
  return sums.partitions();
}

/** Offsets that one query reads: a result file of some tens of MB. */
export const RANGE_OFFSETS = 250_000;

/** Names of the columns that say where a row comes from. */
export interface CoordinateColumns {
  readonly partition: string;
  readonly offset: string;
}

const KAFKA: CoordinateColumns = { partition: 'kafka_partition', offset: 'kafka_offset' };

/** Conditions on rows that together hold for every row there can be, and of which no two hold for one row. */
export function visibleRanges(
  ends: readonly Pick<PartitionOffsets, 'partition' | 'endOffset'>[],
  rangeOffsets = RANGE_OFFSETS,
  columns = KAFKA,
): readonly string[] {
  const total = ends.reduce((sum, { endOffset }) => sum + endOffset, 0);
  if (total <= rangeOffsets) return ['true'];
  const ranges = ends.flatMap(({ partition, endOffset }) => {
    const count = Math.max(1, Math.ceil(endOffset / rangeOffsets));
    return Array.from({ length: count }, (_, index) => {
      const from = `${columns.offset} >= ${index * rangeOffsets}`;
      // The last has no upper end: a row beyond the log's end must be seen as well.
      const to = index === count - 1 ? '' : ` AND ${columns.offset} < ${(index + 1) * rangeOffsets}`;
      return `${columns.partition} = ${partition} AND ${index === 0 && count === 1 ? 'true' : from + to}`;
    });
  });
  return [...ranges, `${columns.partition} NOT IN (${ends.map(({ partition }) => partition).join(', ')})`];
}

/** Coordinates first, then the quote's fields in contract order. */
export function visibleRowsSql(view: string, logId: string, range: string): string {
  const columns = [KAFKA.partition, KAFKA.offset, ...QUOTE_FIELDS.map((field) => snakeCase(field.name))];
  return `SELECT ${columns.join(', ')} FROM ${view} WHERE log_id = ${sqlLiteral(logId)} AND ${range}`;
}

/** Sums rows of result files per partition. */
export class VisibleSums {
  readonly #sums = new RowSums();
  readonly #onRows: ((rows: number) => void) | undefined;

  constructor(onRows?: (rows: number) => void) {
    this.#onRows = onRows;
  }

  /** Adds the rows of one result file, whose first row is its head. */
  async add(batches: AsyncIterable<readonly ResultRow[]>): Promise<void> {
    for await (const rows of withoutHead(batches)) {
      for (const row of rows) this.#sums.add(Number(row[0]), Number(row[1]), quoteHash(quoteOfRow(row)));
      this.#onRows?.(this.#sums.total);
    }
  }

  partitions(): ReadonlyMap<number, VisibleRows> {
    return this.#sums.partitions();
  }
}

/** The quote that a row shows: timestamps are UTC without zone, numbers as Athena prints them. */
function quoteOfRow(row: ResultRow): Quote {
  const quote: Record<string, string | number | null> = {};
  for (const [index, { name, kind }] of QUOTE_FIELDS.entries()) {
    const text = row[index + 2] ?? null;
    if (text === null || kind === 'string') quote[name] = text;
    else quote[name] = kind === 'time' ? Date.parse(`${text.replace(' ', 'T')}Z`) : Number(text);
  }
  return quote as Quote;
}
