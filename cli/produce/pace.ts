import { SESSION_MS } from '../../core/market-calendar.ts';

/** Least event time between two quotes of one symbol; the quotes of one tick come within this time. */
const MIN_INTERVAL_MS = 1000;

/**
 * Event time between two quotes of a symbol, so that so many records of so many symbols fill one trading session: from
 * 09:30 to 16:00 in New York for any number of records above a few per symbol.
 */
export function intervalFor(records: number, symbols: number): number {
  const ticks = Math.ceil(records / symbols);
  return Math.max(MIN_INTERVAL_MS, Math.floor(SESSION_MS / Math.max(1, ticks)));
}
