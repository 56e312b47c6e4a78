-- title: Range of the day
-- description: The spread between low and high of each symbol on the last trading day in percent of the low, and where in it the last price stands (0 the low, 100 the high)
-- columns: symbol varchar, low double, high double, range_percent double, latest_price double, position_percent double
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
    latest_price,
    row_number() OVER (PARTITION BY symbol ORDER BY event_time, kafka_offset, log_id) AS tick
  FROM quotes
  JOIN last_day
    ON quotes.trading_date = last_day.trading_date
    -- A trading day lies in the dt of its date and, after 19:00 in New York, in the next.
    AND quotes.dt BETWEEN CAST(last_day.trading_date AS varchar) AND CAST(date_add('day', 1, last_day.trading_date) AS varchar)
  WHERE latest_price IS NOT NULL
    AND 60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) >= 570
),
ranges AS (
  -- Of the prices seen, not of the fields high and low: those are the whole day's, also where the lake has a part of it.
  SELECT
    symbol,
    min(latest_price) AS low,
    max(latest_price) AS high,
    max_by(latest_price, tick) AS latest_price
  FROM ticks
  GROUP BY symbol
)
SELECT
  symbol,
  low,
  high,
  round(1e2 * (high - low) / nullif(low, 0e0), 2) AS range_percent,
  latest_price,
  round(1e2 * (latest_price - low) / nullif(high - low, 0e0), 2) AS position_percent
FROM ranges
ORDER BY range_percent DESC, symbol
