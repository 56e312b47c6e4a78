-- title: Candles of five minutes
-- description: Open, high, low, close and volume of every symbol in steps of five minutes; volume is the growth of the day's cumulative volume
-- columns: symbol varchar, candle_start timestamp(3), open double, high double, low double, close double, volume double, ticks bigint
WITH ticks AS (
  SELECT
    symbol,
    event_time,
    latest_price,
    -- latest_volume counts from the day's open, so a tick traded what it has more than the tick before; a restated count never trades less than nothing.
    greatest(
      latest_volume - lag(latest_volume, 1, 0e0) OVER (PARTITION BY symbol, trading_date ORDER BY event_time, kafka_offset),
      0e0
    ) AS traded
  FROM quotes
  WHERE latest_price IS NOT NULL
)
SELECT
  symbol,
  date_trunc('hour', event_time) + interval '1' minute * (5 * (minute(event_time) / 5)) AS candle_start,
  min_by(latest_price, event_time) AS open,
  max(latest_price) AS high,
  min(latest_price) AS low,
  max_by(latest_price, event_time) AS close,
  sum(traded) AS volume,
  count(*) AS ticks
FROM ticks
GROUP BY 1, 2
ORDER BY 1, 2
