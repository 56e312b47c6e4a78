-- title: Candles of five minutes
-- description: Open, high, low, close and volume of every symbol in steps of five minutes (UTC); volume is the growth of the day's cumulative volume
-- columns: symbol varchar, candle_start timestamp(3), open double, high double, low double, close double, volume double, ticks bigint
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
    -- Reads the whole lake: a condition on dt here, as dt >= '2026-11-19', reads some days alone.
  ) AS placed
),
ticks AS (
  SELECT
    symbol,
    trading_date,
    event_time,
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
      -- The day's first count is of all since the open. It is this candle's if that is the session's first; else nobody saw when it traded.
      CASE WHEN new_york_minute < 575 THEN day_volume END
    ) AS traded
  FROM counted
),
candles AS (
  SELECT
    symbol,
    date_trunc('hour', event_time) + interval '1' minute * (5 * (minute(event_time) / 5)) AS candle_start,
    min_by(latest_price, tick) FILTER (WHERE latest_price IS NOT NULL) AS open,
    max(latest_price) AS high,
    min(latest_price) AS low,
    max_by(latest_price, tick) FILTER (WHERE latest_price IS NOT NULL) AS close,
    round(sum(traded), 4) AS volume,
    count(latest_price) AS ticks
  FROM ticks
  GROUP BY 1, 2
)
SELECT *
FROM candles
WHERE ticks > 0
ORDER BY symbol, candle_start
