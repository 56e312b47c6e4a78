-- title: Volume-weighted average price
-- description: The average price of each symbol and trading day weighted by the volume traded at it, beside the day's last price
-- columns: symbol varchar, trading_date date, vwap double, last_price double, volume double, ticks bigint
WITH counted AS (
  SELECT
    symbol,
    trading_date,
    event_time,
    kafka_offset,
    log_id,
    latest_price,
    new_york_minute,
    -- latest_volume counts from the session's open. What a quote says before 09:30 in New York is yesterday's count, or none.
    CASE WHEN new_york_minute >= 570 THEN latest_volume END AS day_volume
  FROM (
    SELECT
      *,
      60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) AS new_york_minute
    FROM quotes
    -- Reads the whole lake: a condition on dt here reads some days alone. A trading day's ticks lie in the dt of its date and the next.
    WHERE latest_price IS NOT NULL
  ) AS placed
),
ticks AS (
  SELECT
    symbol,
    trading_date,
    latest_price,
    row_number() OVER (PARTITION BY symbol, trading_date ORDER BY event_time, kafka_offset, log_id) AS tick,
    coalesce(
      -- What the count has grown by since its largest so far: a restated, smaller count trades nothing, and is not traded again.
      greatest(
        day_volume - max(day_volume) OVER (
          PARTITION BY symbol, trading_date
          ORDER BY event_time, kafka_offset, log_id
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ),
        0e0
      ),
      -- The day's first count is of all since the open: it traded at this price if the session has just begun; else nobody saw at which.
      CASE WHEN new_york_minute < 575 THEN day_volume END
    ) AS traded
  FROM counted
)
SELECT
  symbol,
  trading_date,
  round(sum(latest_price * traded) / nullif(sum(traded), 0e0), 4) AS vwap,
  max_by(latest_price, tick) AS last_price,
  round(sum(traded), 4) AS volume,
  count(*) AS ticks
FROM ticks
GROUP BY symbol, trading_date
ORDER BY symbol, trading_date
