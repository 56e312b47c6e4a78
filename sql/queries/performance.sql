-- title: Performance
-- description: Each symbol's last close and its change in percent over 1, 5, 20 and 60 trading days
-- columns: symbol varchar, trading_date date, close double, change_1d_percent double, change_5d_percent double, change_20d_percent double, change_60d_percent double
WITH ticks AS (
  SELECT
    symbol,
    trading_date,
    latest_price,
    row_number() OVER (PARTITION BY symbol, trading_date ORDER BY event_time DESC, kafka_offset DESC, log_id DESC) AS recency
  FROM quotes
  -- Not before 09:30 in New York: a quote then still has yesterday's price.
  -- Reads the whole lake: a condition on dt here reads some days alone.
  WHERE latest_price IS NOT NULL
    AND 60 * hour(at_timezone(with_timezone(event_time, 'UTC'), 'America/New_York')) + minute(event_time) >= 570
),
closes AS (
  SELECT
    symbol,
    trading_date,
    latest_price AS close,
    row_number() OVER (PARTITION BY symbol ORDER BY trading_date DESC) AS days_ago,
    lag(latest_price, 1) OVER (PARTITION BY symbol ORDER BY trading_date) AS close_1d,
    lag(latest_price, 5) OVER (PARTITION BY symbol ORDER BY trading_date) AS close_5d,
    lag(latest_price, 20) OVER (PARTITION BY symbol ORDER BY trading_date) AS close_20d,
    lag(latest_price, 60) OVER (PARTITION BY symbol ORDER BY trading_date) AS close_60d
  FROM ticks
  WHERE recency = 1
)
SELECT
  symbol,
  trading_date,
  close,
  round(1e2 * (close - close_1d) / nullif(close_1d, 0e0), 2) AS change_1d_percent,
  round(1e2 * (close - close_5d) / nullif(close_5d, 0e0), 2) AS change_5d_percent,
  round(1e2 * (close - close_20d) / nullif(close_20d, 0e0), 2) AS change_20d_percent,
  round(1e2 * (close - close_60d) / nullif(close_60d, 0e0), 2) AS change_60d_percent
FROM closes
WHERE days_ago = 1
ORDER BY symbol
