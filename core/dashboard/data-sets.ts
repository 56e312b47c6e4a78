/**
 * What the dashboard's visuals read: each data set's columns and SQL. Types follow from the quote contract, and the SQL from the
 * columns, so that a field that is renamed there is missed here before it is missed on a screen.
 */
import type { DataSetDefinition } from './data-set.ts';
import { FRESHNESS, QUARANTINE } from './pipeline-data-sets.ts';
import { CANDLES, TICKS, TRADING_DAYS } from './price-data-sets.ts';
import { SERVED_QUOTES } from './serving-data-sets.ts';

/** Every data set of the dashboard. */
export const DATA_SETS: readonly DataSetDefinition[] = [
  TICKS,
  CANDLES,
  TRADING_DAYS,
  FRESHNESS,
  QUARANTINE,
  SERVED_QUOTES,
];
