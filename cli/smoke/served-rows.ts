import type { Client } from 'pg';
import type { CoordinateRange } from './coordinate-range.ts';

/** Rows of the serving database that repeat quotes of these ranges; its primary key lets each be there once. */
export async function countServedRows(client: Client, ranges: readonly CoordinateRange[]): Promise<number> {
  let sum = 0;
  for (const { topic, logId, partition, first, last } of ranges) {
    const { rows } = await client.query<{ count: string }>(
      `SELECT count(*) FROM quotes_filtered
       WHERE source_log_id = $1 AND source_topic = $2 AND source_partition = $3 AND source_offset BETWEEN $4 AND $5`,
      [logId, topic, partition, first, last],
    );
    sum += Number(rows[0]?.count);
  }
  return sum;
}
