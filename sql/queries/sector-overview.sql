-- title: Sectors
-- description: Each sector on the last trading day, by the sector that quotes name: symbols that rose and fell since the open, their average change in percent, the best and the worst
-- columns: sector varchar, symbols bigint, advancing bigint, declining bigint, average_change_percent double, volume double, best_symbol varchar, best_change_percent double, worst_symbol varchar, worst_change_percent double
WITH last_day AS (
  -- The last day with a quote from 09:30 in New York on, Monday to Friday, within a week of the last dt: what comes before the open,
  -- or on a Saturday, makes no trading day. All files are opened to find it: where the day is known, SELECT DATE '2026-11-20'
  -- AS trading_date in the place of this reads that day alone.
  SELECT max(trading_date) AS trading_date
  FROM quotes
  WHERE latest_price IS NOT NULL
    AND day_of_week(trading_date) <= 5
    AND 60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) >= 570
    AND dt >= (SELECT CAST(date_add('day', -7, CAST(max(dt) AS date)) AS varchar) FROM quotes)
),
ticks AS (
  SELECT
    symbol,
    sector,
    open,
    latest_price,
    latest_volume,
    row_number() OVER (PARTITION BY symbol ORDER BY event_time, kafka_offset, log_id) AS tick
  FROM quotes
  JOIN last_day
    ON quotes.trading_date = last_day.trading_date
    -- A trading day lies in the dt of its date and, after 19:00 in New York, in the next.
    AND quotes.dt BETWEEN CAST(last_day.trading_date AS varchar) AND CAST(date_add('day', 1, last_day.trading_date) AS varchar)
  WHERE latest_price IS NOT NULL
    -- Before 09:30 in New York quotes say what the day before was.
    AND 60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) >= 570
),
last_quotes AS (
  SELECT
    symbol,
    coalesce(max_by(sector, tick) FILTER (WHERE sector IS NOT NULL), 'Unknown') AS sector,
    max_by(open, tick) FILTER (WHERE open > 0e0) AS open,
    max_by(latest_price, tick) AS latest_price,
    max(latest_volume) AS volume
  FROM ticks
  GROUP BY symbol
),
changes AS (
  SELECT symbol, sector, round(1e2 * (latest_price - open) / open, 4) AS change_percent, volume
  FROM last_quotes
  WHERE open IS NOT NULL
),
ranked AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY sector ORDER BY change_percent DESC, symbol) AS best,
    row_number() OVER (PARTITION BY sector ORDER BY change_percent, symbol) AS worst
  FROM changes
)
SELECT
  sector,
  count(*) AS symbols,
  count(*) FILTER (WHERE change_percent > 0e0) AS advancing,
  count(*) FILTER (WHERE change_percent < 0e0) AS declining,
  round(avg(change_percent), 2) AS average_change_percent,
  round(sum(volume), 4) AS volume,
  max(CASE WHEN best = 1 THEN symbol END) AS best_symbol,
  round(max(change_percent), 2) AS best_change_percent,
  max(CASE WHEN worst = 1 THEN symbol END) AS worst_symbol,
  round(min(change_percent), 2) AS worst_change_percent
FROM ranked
GROUP BY sector
ORDER BY sector
