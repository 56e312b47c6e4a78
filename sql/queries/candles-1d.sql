-- title: Candles of a day
-- description: Open, high, low, close and volume of every symbol by trading day in New York, from the session's open on
-- columns: symbol varchar, trading_date date, open double, high double, low double, close double, volume double, ticks bigint
WITH ticks AS (
  SELECT
    symbol,
    trading_date,
    latest_price,
    latest_volume,
    row_number() OVER (PARTITION BY symbol, trading_date ORDER BY event_time, kafka_offset, log_id) AS tick
  FROM quotes
  -- Not before 09:30 in New York: a quote then still has yesterday's price, and a count of yesterday's volume.
  -- Reads the whole lake: a condition on dt here reads some days alone. A trading day's ticks lie in the dt of its date and the next.
  WHERE 60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) >= 570
),
candles AS (
  SELECT
    symbol,
    trading_date,
    min_by(latest_price, tick) FILTER (WHERE latest_price IS NOT NULL) AS open,
    max(latest_price) AS high,
    min(latest_price) AS low,
    max_by(latest_price, tick) FILTER (WHERE latest_price IS NOT NULL) AS close,
    -- The count goes from the open on, whenever the first tick came: its largest is the day's volume.
    max(latest_volume) AS volume,
    count(latest_price) AS ticks
  FROM ticks
  GROUP BY 1, 2
)
SELECT *
FROM candles
WHERE ticks > 0
ORDER BY symbol, trading_date
