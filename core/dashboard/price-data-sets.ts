/**
 * Prices of symbols: as they come, in candles, and by trading day. Candles and days are those of the saved queries candles-5m and
 * candles-1d, in sql/queries/.
 */
import { count, select, subquery } from './columns.ts';
import type { DataSetDefinition, DataSetPlace } from './data-set.ts';
import { quotes, since, view } from './quotes-view.ts';

/**
 * Asked for directly, since a price that is an hour old is none; so only the last days, and of the
 * rest candles. Over a long weekend there is a session among five.
 */
const TICK_DAYS = 5;

export const TICKS: DataSetDefinition = {
  identifier: 'ticks',
  title: 'Prices of the last days',
  source: 'lake',
  importMode: 'DIRECT_QUERY',
  columns: quotes.plain('event_time', 'symbol', 'company_name', 'latest_price', 'latest_volume'),
  sql: (place) =>
    [
      select(TICKS.columns),
      `FROM ${view(place)}`,
      `WHERE ${since(TICK_DAYS)}`,
      'AND latest_price IS NOT NULL',
    ].join('\n'),
};

/** Place of a quote in its symbol's day. The order is total: two may be of one time, and in two logs of one offset. */
const TICK = count(
  'tick',
  'row_number() OVER (PARTITION BY symbol, trading_date ORDER BY event_time, kafka_offset, log_id)',
);
/** Of a quote's time, since midnight. */
const NEW_YORK_MINUTE = count(
  'new_york_minute',
  "60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time)",
);
/** 09:30. A quote before it has yesterday's price, and a count of yesterday's volume. */
const SESSION_OPEN = 570;
const CANDLE_MINUTES = 5;

/** Quotes of the days that are imported, each with its place in its day. @param names columns beside symbol and day */
function ticks(place: DataSetPlace, ...names: readonly string[]): string {
  const columns = [...quotes.plain('symbol', 'trading_date', ...names), TICK, NEW_YORK_MINUTE];
  return subquery(select(columns), `FROM ${view(place)}`, `WHERE ${since(place.days)}`);
}

/**
 * What the count has grown by since its largest so far: a restated, smaller one trades nothing, and is not traded again. The day's
 * first count is of all since the open: it is the first candle's, and of a later one nobody saw when it traded. Before the open
 * there is neither.
 */
const TRADED = quotes.derived(
  'traded',
  'latest_volume',
  `coalesce(
  greatest(
    latest_volume - max(CASE WHEN new_york_minute >= ${SESSION_OPEN} THEN latest_volume END) OVER (
      PARTITION BY symbol, trading_date ORDER BY tick ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ),
    0e0
  ),
  CASE WHEN new_york_minute BETWEEN ${SESSION_OPEN} AND ${SESSION_OPEN + CANDLE_MINUTES - 1} THEN latest_volume END
)`,
);

/** Of a group of ticks the last that says it. */
const last = (name: string, condition = `${name} IS NOT NULL`): string =>
  `max_by(${name}, tick) FILTER (WHERE ${condition})`;

/** A quote without a price has a count of volume, and is no tick of a candle. */
const PRICED_QUOTES = count('quotes', 'count(latest_price)');
const HAS_PRICE = 'HAVING count(ticks.latest_price) > 0';

export const CANDLES: DataSetDefinition = {
  identifier: 'candles',
  title: 'Candles of five minutes',
  source: 'lake',
  importMode: 'SPICE',
  columns: [
    ...quotes.plain('symbol'),
    quotes.derived(
      'candle_start',
      'event_time',
      `date_trunc('hour', event_time) + interval '1' minute * (${CANDLE_MINUTES} * (minute(event_time) / ${CANDLE_MINUTES}))`,
    ),
    quotes.derived(
      'open',
      'latest_price',
      'min_by(latest_price, tick) FILTER (WHERE latest_price IS NOT NULL)',
    ),
    quotes.derived('high', 'latest_price', 'max(latest_price)'),
    quotes.derived('low', 'latest_price', 'min(latest_price)'),
    quotes.derived('close', 'latest_price', last('latest_price')),
    // Rounded, for the sum of doubles depends on the order that an engine adds them in.
    quotes.derived('volume', 'latest_volume', 'round(sum(traded), 4)'),
    PRICED_QUOTES,
  ],
  sql: (place) => {
    const from = ticks(place, 'event_time', 'latest_price', 'latest_volume');
    const columns = [...quotes.plain('symbol', 'event_time', 'latest_price'), count('tick', 'tick'), TRADED];
    const traded = subquery(select(columns), `FROM ${from}`);
    return [select(CANDLES.columns), `FROM ${traded} AS ticks`, 'GROUP BY 1, 2', HAS_PRICE].join('\n');
  },
};

export const TRADING_DAYS: DataSetDefinition = {
  identifier: 'trading-days',
  title: 'Trading days by symbol',
  source: 'lake',
  importMode: 'SPICE',
  columns: [
    ...quotes.plain('symbol', 'trading_date'),
    quotes.derived('company_name', 'company_name', last('company_name')),
    quotes.derived('sector', 'sector', `coalesce(${last('sector')}, 'Unknown')`),
    // Nothing is divided by an open of nothing.
    quotes.derived('open', 'open', last('open', 'open > 0e0 AND latest_price IS NOT NULL')),
    quotes.derived('last_price', 'latest_price', last('latest_price')),
    // The count goes from the open on, whenever the first tick came: its largest is the day's volume.
    quotes.derived('volume', 'latest_volume', 'max(latest_volume)'),
    PRICED_QUOTES,
    // 0 for the last day that there is: a filter has no other way to say so.
    count('days_before_last', 'dense_rank() OVER (ORDER BY trading_date DESC) - 1'),
  ],
  sql: (place) => {
    const from = ticks(place, 'company_name', 'sector', 'open', 'latest_price', 'latest_volume');
    return [
      select(TRADING_DAYS.columns),
      `FROM ${from} AS ticks`,
      `WHERE new_york_minute >= ${SESSION_OPEN}`,
      'GROUP BY 1, 2',
      HAS_PRICE,
    ].join('\n');
  },
};
