-- title: Volume-weighted average price
-- description: The average price of each symbol and trading day weighted by the volume traded at it, beside the day's last price
-- columns: symbol varchar, trading_date date, vwap double, last_price double, volume double, ticks bigint
WITH ticks AS (
  SELECT
    symbol,
    trading_date,
    event_time,
    latest_price,
    greatest(
      latest_volume - lag(latest_volume, 1, 0e0) OVER (PARTITION BY symbol, trading_date ORDER BY event_time, kafka_offset),
      0e0
    ) AS traded
  FROM quotes
  WHERE latest_price IS NOT NULL
)
SELECT
  symbol,
  trading_date,
  round(sum(latest_price * traded) / nullif(sum(traded), 0), 4) AS vwap,
  max_by(latest_price, event_time) AS last_price,
  sum(traded) AS volume,
  count(*) AS ticks
FROM ticks
GROUP BY symbol, trading_date
ORDER BY symbol, trading_date
