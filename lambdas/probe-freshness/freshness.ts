/**
 * What freshness is, and when it is asked for.
 *
 * The newest record that the view shows should be young, as long as records are due. They are due while the exchanges hold a
 * session: a schedule then produces some every few minutes, and the objective leaves room for one such period. Outside of a
 * session, and where no schedule produces, nothing is due: the newest record grows old and nobody is worse off, so there is
 * no sample, and what has no sample burns no budget. Before the first record of a session is due, yesterday's are as fresh as
 * can be: time counts from the open.
 *
 * A session in which the producer fails does count: who asks for quotes gets old ones, whichever part is to blame.
 */
import { lastSessionOpenedAt } from '../../core/market-calendar.ts';

const DAY_MS = 86_400_000;

/** Since when records are due at an instant; undefined while none is. */
export function dueSince(nowMs: number, isProduced: boolean): number | undefined {
  if (!isProduced) return undefined;
  const { openMs, closeMs } = lastSessionOpenedAt(nowMs);
  return nowMs <= closeMs ? openMs : undefined;
}

/**
 * @param newestMs Kafka timestamp of the newest record to be seen; undefined if there is none
 * @returns seconds; 0 of a record from a clock ahead of ours
 */
export function freshnessSeconds(nowMs: number, dueSinceMs: number, newestMs: number | undefined): number {
  return Math.max(0, nowMs - Math.max(dueSinceMs, newestMs ?? 0)) / 1000;
}

/**
 * The newest record's timestamp, over yesterday's and today's partitions: a quote that did not change keeps an event time, and
 * so a dt, of the day before. One column is read, and no column for the count.
 */
export function freshnessQuery(view: string, nowMs: number): string {
  const yesterday = new Date(nowMs - DAY_MS).toISOString().slice(0, 10);
  return `SELECT max(kafka_timestamp) AS newest, count(*) AS row_count FROM ${view} WHERE dt >= '${yesterday}'`;
}
